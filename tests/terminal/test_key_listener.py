from __future__ import annotations

import contextlib
import io
import os
import queue
import signal
import termios
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import TextIO

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from chatcli.terminal import key_reader, tty
from chatcli.terminal.key_listener import KeyActions, Listener, PlainTypeAhead, Wish
from chatcli.terminal.sequences import KeySplitter
from tests.support.drafts import typed_of

DEADLINE_S = 10


def ahead(*pieces: str) -> tuple[str, list[Wish]]:
    """Return the draft and the wishes of what is typed in *pieces*."""
    typed, splitter = PlainTypeAhead(), KeySplitter()
    wishes: list[Wish] = []
    for piece in pieces:
        wishes += typed.take(splitter.feed(piece))
    wishes += typed.take(splitter.flush() + splitter.end_paste())
    return typed.draft.text, wishes


@pytest.mark.parametrize(
    ("typed", "draft"),
    [
        pytest.param("next question", "next question", id="text"),
        pytest.param("one\rtwo\r", "one\ntwo", id="enter is a newline, the last one goes"),
        pytest.param("one\ntwo\x1b\r\x1b[13;2uthree", "one\ntwo\n\nthree", id="newline keys"),
        pytest.param("ab\x7f\x7f\x7fc", "c", id="backspace"),
        pytest.param("a\U0001f44d\U0001f3fd\x08", "a", id="backspace takes a whole emoji"),
        pytest.param("a\tb\x01\x1b[A\x1bf\x1b[3~\x80", "ab", id="other keys"),
        pytest.param("a\x1b[200~1\r\n\t2\x1b[A\x1b[201~b", "a1\n\t2[Ab", id="paste"),
        pytest.param("\x1b[200~one\r", "one", id="paste without end"),
        pytest.param("\x1b[97;1u\x1b[98u", "ab", id="keyboard protocol"),
        pytest.param("a\x04", "a", id="ctrl-d in text"),
    ],
)
def test_what_is_typed_becomes_the_draft(typed: str, draft: str) -> None:
    assert ahead(typed) == (draft, [])
    assert ahead(*typed) == (draft, [])


@pytest.mark.parametrize(
    ("keys", "typed"),
    [
        pytest.param("a\x1b[200~b@c\x1b[201~d", "ad", id="marked paste"),
        pytest.param("@c\r/model x\r", "", id="paste without marks"),
        pytest.param("@c\r", "@c", id="a line"),
        pytest.param("\x1b[200~b\x1b[201~\x7fa\x1b\r", "a\n", id="in place of a paste"),
    ],
)
def test_a_draft_knows_what_of_it_was_typed(keys: str, typed: str) -> None:
    ahead, splitter = PlainTypeAhead(), KeySplitter()
    ahead.take(splitter.feed(keys))

    assert typed_of(ahead.draft) == typed.rstrip("\n")


@pytest.mark.parametrize(
    ("typed", "wishes"),
    [
        pytest.param("\x1b", ["stop"], id="esc"),
        pytest.param("\x1b[27u", ["stop"], id="esc of kitty"),
        pytest.param("\x0f\x0f", ["fold", "fold"], id="ctrl-o"),
        pytest.param("\x04", ["leave"], id="ctrl-d"),
        pytest.param("\x1b\x1b[A", [], id="alt-up"),
        pytest.param("\x1b\x1b", ["stop", "stop"], id="esc twice"),
        pytest.param("\x1b[99;5u\x1b[27;5;99~\x1b[99;133u", ["stop"] * 3, id="ctrl-c as a key"),
        pytest.param("\x1b[122;5u", ["suspend"], id="ctrl-z as a key"),
    ],
)
def test_wishes(typed: str, wishes: list[Wish]) -> None:
    assert ahead(typed) == ("", wishes)


@given(st.text())
@example("\r\t0")
def test_no_noise_leaves_a_control_character(noise: str) -> None:
    """Newlines stay, and tabs do where text behind an Enter tells that it was pasted."""
    draft, _ = ahead(noise)

    assert all(character.isprintable() or character in "\n\t" or ord(character) > 0x9F for character in draft)


@dataclass
class Line:
    """A terminal line: *master* is where its user sits."""

    master: int
    source: TextIO
    events: queue.Queue[str] = field(default_factory=queue.Queue)

    def type(self, text: str | bytes) -> None:
        os.write(self.master, text.encode() if isinstance(text, str) else text)

    def listener(self, **options: object) -> Listener:
        return Listener(
            KeyActions(lambda: self.events.put("stop"), lambda: self.events.put("fold")),
            source=self.source,
            **options,  # type: ignore[arg-type]  # tests name real options
        )

    def expect(self, event: str) -> None:
        assert self.events.get(timeout=DEADLINE_S) == event


@pytest.fixture
def line() -> Iterator[Line]:
    master, slave = os.openpty()
    with open(slave, encoding="utf-8") as source:  # noqa: PTH123  # a descriptor, not a path
        yield Line(master, source)
    with contextlib.suppress(OSError):
        os.close(master)


def drawn(line: Line, listener: Listener, text: str) -> None:
    """Wait until what was typed has arrived: Ctrl+O answers behind it."""
    line.type(text + "\x0f")
    line.expect("fold")
    assert listener.draft.text


def test_typing_is_kept_and_not_echoed(line: Line) -> None:
    with line.listener() as listener:
        drawn(line, listener, "next\r")

    assert listener.draft.text == "next"
    assert not listener.leave
    os.set_blocking(line.master, False)
    with pytest.raises(BlockingIOError):
        os.read(line.master, 100)


def test_esc_stops_once(line: Line) -> None:
    with line.listener() as listener:
        line.type("\x1b")
        line.expect("stop")
        line.type("\x1b[27u\x1b[27u")
        drawn(line, listener, "x")

    assert line.events.empty()
    assert not listener.leave


def test_arrow_in_two_reads_is_no_esc(line: Line) -> None:
    with line.listener(escape_wait_s=DEADLINE_S) as listener:
        line.type("a\x1b")
        while listener.draft.text != "a":  # the first half has been read
            threading.Event().wait(0.001)
        line.type("[A")
        drawn(line, listener, "b")

    assert line.events.empty()
    assert listener.draft.text == "ab"


def test_ctrl_d_stops_and_leaves(line: Line) -> None:
    with line.listener() as listener:
        line.type("\x04")
        line.expect("stop")

    assert listener.leave


def test_end_of_the_terminal_stops_and_leaves(line: Line) -> None:
    with line.listener() as listener:
        os.close(line.master)
        line.expect("stop")

    assert listener.leave


def test_character_in_two_reads_is_whole(line: Line) -> None:
    first, second = "日".encode()[:2], "日".encode()[2:]

    with line.listener() as listener:
        line.type(b"a" + first)
        while listener.draft.text != "a":
            threading.Event().wait(0.001)
        line.type(second)
        drawn(line, listener, "b")

    assert listener.draft.text == "a日b"


def test_open_paste_is_in_the_draft(line: Line) -> None:
    with line.listener() as listener:
        drawn(line, listener, "a")
        line.type("\x1b[200~one\rtwo")
        while line_has_input(line):
            threading.Event().wait(0.001)

    assert listener.draft.text == "aone\ntwo"


def test_lost_end_of_a_paste_gives_the_keyboard_back(line: Line, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(key_reader, "PASTE_WAIT_S", 0.01)

    with line.listener() as listener:
        line.type("\x1b[200~one")
        while listener.draft.text != "one":
            threading.Event().wait(0.001)
        drawn(line, listener, "!")

    assert listener.draft.text == "one!"


def test_terminal_is_set_and_put_back(line: Line) -> None:
    before = termios.tcgetattr(line.source.fileno())

    with line.listener():
        during = termios.tcgetattr(line.source.fileno())

    assert not during[3] & (termios.ECHO | termios.ICANON)
    assert during[3] & termios.ISIG
    assert termios.tcgetattr(line.source.fileno()) == before


def test_handlers_are_put_back_after_an_error(line: Line) -> None:
    before = signal.getsignal(signal.SIGTSTP), signal.getsignal(signal.SIGCONT)
    listener = line.listener()

    with pytest.raises(KeyboardInterrupt), listener:
        raise KeyboardInterrupt

    assert (signal.getsignal(signal.SIGTSTP), signal.getsignal(signal.SIGCONT)) == before
    assert not [thread for thread in threading.enumerate() if thread.name == "keys"]


def test_listener_can_be_entered_in_another_thread(line: Line) -> None:
    drafts: list[str] = []

    def listen() -> None:
        with line.listener() as listener:
            drawn(line, listener, "a")
        drafts.append(listener.draft.text)

    thread = threading.Thread(target=listen)
    thread.start()
    thread.join(DEADLINE_S)

    assert drafts == ["a"]


def test_without_a_terminal_nothing_happens() -> None:
    with (
        open(os.devnull, encoding="utf-8") as source,  # noqa: PTH123  # as stdin is opened
        Listener(KeyActions(pytest.fail, pytest.fail), source=source) as listener,
    ):
        pass

    assert listener.draft.text == ""
    assert not listener.leave


def test_closed_stream_is_no_terminal() -> None:
    stream = io.StringIO()
    stream.close()

    assert tty.descriptor(stream) is None


def line_has_input(line: Line) -> bool:
    import array
    import fcntl

    count = array.array("i", [0])
    fcntl.ioctl(line.source.fileno(), termios.FIONREAD, count)
    return count[0] > 0
