"""A long answer calls its reader, but only one who looks elsewhere."""

from __future__ import annotations

from pathlib import Path

import pytest

from chatcli.records import replace
from chatcli.repl.hints import FinishedTurn
from chatcli.repl.window import ChatWindow
from chatcli.settings.definition import Ui
from chatcli.terminal.key_reader import KeyReader
from chatcli.terminal.window import WindowTitle
from tests.repl.test_loop import Typist, talk
from tests.support.scripted import says


@pytest.mark.parametrize(
    ("seconds", "reports", "alert", "title", "written"),
    [
        (10.0, b"\x1b[O", "bell", "Alps", "\x07"),
        (9.9, b"\x1b[O", "bell", "Alps", ""),
        (60.0, b"", "bell", "Alps", ""),
        (60.0, b"\x1b[O\x1b[I", "bell", "Alps", ""),
        (60.0, b"\x1b[O", "off", "Alps", ""),
        (60.0, b"\x1b[O", "desktop", "Alps", "\x1b]9;chat has answered: Alps\x07"),
        (60.0, b"\x1b[O", "desktop", "", "\x1b]9;chat has answered\x07"),
    ],
)
def test_who_looks_elsewhere_is_called(
    tmp_path: Path, seconds: float, reports: bytes, alert: str, title: str, written: str
) -> None:
    reader, path = KeyReader(), tmp_path / "screen"
    with path.open("w+") as screen:
        bar = WindowTitle(screen, {}, is_on=False)
        ui = replace(Ui(), alert=alert)
        window = ChatWindow(screen, {}, lambda: ui, lambda: title, reader, bar)
        reader.feed(reports)

        window.call_user(seconds)

    assert path.read_text() == written


def test_a_turn_is_measured_from_the_question_to_its_end() -> None:
    times, finished = iter([100.0, 112.5]), list[FinishedTurn]()

    talk(Typist("one"), says("A"), clock=lambda: next(times), after_turn=finished.append)

    assert [one.seconds for one in finished] == [12.5]
