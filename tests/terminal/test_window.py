"""The window's title is lent: whatever happens, its own comes back; sequences hold nothing but what they say."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import TextIO

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from chatcli.terminal.key_reader import KeyReader
from chatcli.terminal.window import WindowTitle, notification
from tests.support.screen import Screen

XTERM = {"TERM": "xterm-256color"}


class Line:
    """A terminal whose window is called `own`."""

    def __init__(self, master: int, stream: TextIO) -> None:
        self.stream = stream
        self._master = master
        self._screen = Screen(40, 4, answer=lambda _report: None)
        self._screen.feed(b"\x1b]2;own\x07")

    @property
    def written(self) -> bytes:
        """All that was written since this was last asked."""
        os.write(self.stream.fileno(), b"\0")  # so that there is something to read
        data = b""
        while not data.endswith(b"\0"):
            data += os.read(self._master, 1 << 16)
        self._screen.feed(data[:-1])
        return data[:-1]

    @property
    def title(self) -> str:
        """The title of the window."""
        assert self.written is not None
        return self._screen.title


@pytest.fixture
def line() -> Iterator[Line]:
    master, slave = os.openpty()
    with open(slave, "w") as stream:  # noqa: PTH123 - a descriptor
        yield Line(master, stream)
    os.close(master)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=30, deadline=None)
@given(st.lists(st.text(max_size=100), max_size=4))
def test_the_windows_own_title_comes_back(line: Line, titles: list[str]) -> None:
    window = WindowTitle(line.stream, XTERM, is_on=True)

    with window.kept():
        for title in titles:
            window.show(title)
            assert "\x1b" not in line.title

    assert line.title == "own"


def test_a_title_is_one_line_that_fits(line: Line) -> None:
    window = WindowTitle(line.stream, XTERM, is_on=True)

    with window.kept():
        window.show("a\n b\x1b]2;evil\x07 " + "漢" * 100)
        assert line.title.startswith("a b^[]2;evil^G 漢漢")
        assert len(line.title) < 60
        window.show("a\n b\x1b]2;evil\x07 " + "漢" * 100)
        assert line.written == b""


@pytest.mark.parametrize(
    ("environ", "is_on"),
    [({"TERM": "dumb"}, True), ({}, True), ({"TERM": "linux"}, True), (XTERM, False)],
    ids=["dumb", "none", "console", "switched off"],
)
def test_where_no_window_has_a_title_nothing_is_written(line: Line, environ: dict[str, str], is_on: bool) -> None:
    window = WindowTitle(line.stream, environ, is_on=is_on)

    with window.kept():
        window.show("chat")

    assert line.written == b""


def test_a_file_has_no_title(tmp_path: Path) -> None:
    with (tmp_path / "file").open("w") as stream:
        window = WindowTitle(stream, XTERM, is_on=True)
        with window.kept():
            window.show("chat")

    assert (tmp_path / "file").read_text() == ""


@given(st.text())
def test_a_notification_is_one_sequence(text: str) -> None:
    sequence = notification(text, {})

    assert sequence.startswith("\x1b]9;")
    assert sequence.endswith("\x07")
    assert not set(sequence[4:-1]) & {"\x1b", "\x07", "\n"}
    assert notification(text, {"TMUX": "/tmp/tmux"}) == f"\x1bPtmux;\x1b{sequence}\x1b\\"


@pytest.mark.parametrize(
    ("data", "is_focused"),
    [(b"\x1b[O", False), (b"\x1b[O\x1b[I", True), (b"\x1b[Oa", True), (b"\x1b[I\x1b[O", False), (b"\x1b\x1b[O", False)],
    ids=["lost", "back", "typed", "lost again", "behind esc"],
)
def test_the_reader_knows_whether_the_window_has_the_focus(data: bytes, is_focused: bool) -> None:
    """However the report is cut; anyone who types looks at it."""
    for place in range(len(data) + 1):
        reader = KeyReader()
        tokens = [*reader.feed(data[:place]), *reader.feed(data[place:])]

        assert reader.is_focused == is_focused
        assert not [token for token in tokens if "[" in getattr(token, "sequence", "")]
