"""The thread that draws a turn, and the door to it."""

from __future__ import annotations

import errno
import io
import re
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from rich.box import ASCII
from rich.panel import Panel
from rich.tree import Tree

from chatcli.conversation.messages import Reasoning, Sent, Text
from chatcli.render.live import LiveTurn, Look, render, show
from tests.render.stage import rendered, trimmed
from tests.support.screen import Screen

ANSWER = "\n\n".join(f"Paragraph {number} with **bold** text." for number in range(50))


class Terminal(io.StringIO):
    """A stream that tells when something is written, and does what it is told before."""

    def __init__(self, before_write: Callable[[str], None] = lambda _: None) -> None:
        super().__init__()
        self._before_write = before_write
        self.has_written = threading.Event()

    def write(self, text: str) -> int:
        self._before_write(text)
        self.has_written.set()
        return super().write(text)

    @property
    def rows(self) -> list[str]:
        screen = Screen(80, 24, answer=lambda _: None)
        screen.feed(self.getvalue().encode())
        return trimmed(screen.history)


def live(stream: Any, **options: Any) -> LiveTurn:
    return LiveTurn(stream, size=lambda: (80, 24), look=Look(), **options)


def play(turn: LiveTurn, text: str) -> None:
    for place in range(0, len(text), 7):
        turn.show(Text(text[place : place + 7]))


def play_until(fault: BaseException, turn: LiveTurn, text: str) -> None:
    """Show a text, and let the turn end with *fault*."""
    with turn:
        play(turn, text)
        raise fault


def wait_until(event: threading.Event) -> Callable[[str], None]:
    """Return a terminal's fault: it takes nothing before *event*."""

    def wait(_: str) -> None:
        assert event.wait(30)

    return wait


def fail_with(fault: BaseException) -> Callable[[str], None]:
    """Return a terminal's fault: it takes nothing at all."""

    def fail(_: str) -> None:
        raise fault

    return fail


def test_everything_is_on_the_screen_at_the_end() -> None:
    stream = Terminal()

    with live(stream) as turn:
        turn.show(Sent())
        play(turn, ANSWER)

    assert stream.rows == rendered(ANSWER)


def test_what_has_arrived_is_shown_while_the_turn_goes_on() -> None:
    stream = Terminal()

    with live(stream) as turn:
        turn.show(Text("Hello, "))
        assert stream.has_written.wait(10)
        turn.show(Text("world"))
        seen = stream.getvalue()

    assert seen.startswith("Hello,")
    assert stream.rows == ["Hello, world"]


def test_the_spinner_moves_without_events() -> None:
    stream = Terminal()

    with live(stream):
        assert stream.has_written.wait(10)

    assert "waiting 0 s" in stream.getvalue()
    assert stream.rows == []


def test_one_long_delta_is_shown_in_several_frames() -> None:
    writes: list[str] = []
    stream = Terminal(writes.append)

    with live(stream) as turn:
        turn.show(Text(ANSWER * 20))

    assert len(writes) > 3
    assert stream.rows == rendered(ANSWER * 20)


def test_text_of_several_kinds_stays_in_order() -> None:
    stream = Terminal()

    with live(stream, choices=2) as turn:
        turn.toggle_reasoning()
        for event in (Reasoning("r1 "), Reasoning("r2"), Text("a1 "), Text("b1", choice=1), Text("a2")):
            turn.show(event)

    assert stream.rows == [
        *["Answer 1", "", "r1 r2", "thought for a moment", "", "a1 a2", ""],
        *["Answer 2", "", "b1"],
    ]


def test_what_was_received_is_shown_when_the_turn_is_stopped() -> None:
    stream = Terminal()

    with pytest.raises(KeyboardInterrupt):
        play_until(KeyboardInterrupt(), live(stream), ANSWER)

    assert stream.rows == rendered(ANSWER)


@contextmanager
def interrupted_joins(turn: LiveTurn, count: int) -> Iterator[None]:
    """Let Ctrl+C be pressed *count* times while the end of the turn is waited for."""
    thread = turn._thread
    join = thread.join

    def interrupted(timeout: float | None = None) -> None:
        nonlocal count
        count -= 1
        if count >= 0:
            raise KeyboardInterrupt
        join(timeout)

    thread.join = interrupted  # type: ignore[method-assign]  # a press cannot be timed
    yield
    join()


def test_a_second_interrupt_tears_nothing() -> None:
    stream = Terminal()
    turn = live(stream)

    with interrupted_joins(turn, 1), pytest.raises(KeyboardInterrupt):
        play_until(KeyboardInterrupt(), turn, ANSWER)

    assert stream.rows == rendered(ANSWER)


def test_an_interrupt_at_the_end_is_kept_until_everything_is_shown() -> None:
    stream = Terminal()
    turn = live(stream)

    with interrupted_joins(turn, 2), pytest.raises(KeyboardInterrupt), turn:
        play(turn, ANSWER)

    assert stream.rows == rendered(ANSWER)


def test_a_terminal_that_takes_nothing_is_given_up_at_the_third_interrupt() -> None:
    blocked = threading.Event()
    stream = Terminal(wait_until(blocked))
    turn = live(stream)

    with interrupted_joins(turn, 3):
        with pytest.raises(KeyboardInterrupt), turn:
            turn.show(Text("a"))
        written = stream.getvalue()
        blocked.set()

    assert written == ""
    assert "a" not in stream.getvalue().replace("waiting", "")


FAULTS: list[BaseException] = [OSError(errno.EIO, "gone"), BrokenPipeError(errno.EPIPE, "closed"), ValueError("a bug")]


@pytest.mark.parametrize("fault", FAULTS, ids=repr)
def test_a_fault_of_the_thread_is_raised_as_it_is(fault: BaseException) -> None:
    with pytest.raises(type(fault)) as raised, live(Terminal(fail_with(fault))) as turn:
        turn.show(Text("a"))

    assert raised.value is fault


def test_a_terminal_that_is_gone_stops_the_turn() -> None:
    turn = live(Terminal(fail_with(OSError(errno.EIO, "gone"))))

    def goes_on() -> None:
        with turn:
            turn.show(Text("a"))
            turn._thread.join(10)
            turn.show(Text("b"))
            pytest.fail("the terminal is gone")

    with pytest.raises(OSError, match="gone"):
        goes_on()


def test_the_fault_of_the_turn_comes_before_that_of_the_screen() -> None:
    with pytest.raises(LookupError, match="first"):
        play_until(LookupError("first"), live(Terminal(fail_with(OSError(errno.EIO, "gone")))), "a")


def test_handing_over_never_waits_for_the_terminal() -> None:
    blocked = threading.Event()
    stream = Terminal(wait_until(blocked))

    with live(stream) as turn:
        play(turn, ANSWER)
        assert not blocked.is_set()
        blocked.set()

    assert stream.rows == rendered(ANSWER)


def test_time_comes_from_the_clock_that_was_given() -> None:
    stream = Terminal()
    times = iter(range(0, 10_000, 7))

    with live(stream, clock=lambda: float(next(times))) as turn:
        turn.show(Reasoning("a"))
        turn.show(Text("b"))

    assert stream.rows == ["thought for 7 s", "", "b"]


def test_importing_brings_nothing_heavy() -> None:
    heavy = "{'rich', 'pygments', 'markdown_it'} & {name.split('.')[0] for name in sys.modules}"
    code = f"import sys, chatcli.render.live; print({heavy})"

    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    assert ran.stdout == "set()\n"


def test_a_whole_text_is_written_at_once() -> None:
    stream = io.StringIO()

    render("# a\n\n- b", stream, size=lambda: (80, 24), look=Look(colour=False))

    assert stream.getvalue() == "\x1b[1;4ma\x1b[0m\n\n\x1b[1m • \x1b[0mb\n"


ANY = {"half_a_pair": ("\ud83d", ["\ufffd"]), "nul": ("\0", ["^@"]), "long": ("a" * 20_000, ["a" * 80] * 250)}


@pytest.mark.parametrize(("text", "rows"), ANY.values(), ids=ANY)
def test_any_text_can_be_shown(text: str, rows: list[str]) -> None:
    stream = Terminal()

    with live(stream) as turn:
        turn.show(Text(text))

    assert stream.rows == rows


def test_anything_that_rich_can_draw_can_be_shown() -> None:
    stream = io.StringIO()
    tree = Tree("a")
    tree.add(Panel("[b]", box=ASCII, expand=False))

    show(tree, stream, size=lambda: (20, 24), look=Look(colour=False))

    assert stream.getvalue().splitlines() == ["a", "└── +-----+", "    | [b] |", "    +-----+"]


@pytest.mark.parametrize("columns", [80, 40])
def test_a_long_table_of_a_whole_text_has_the_same_columns_from_first_to_last_row(columns: int) -> None:
    rows = "".join(f"| {number} | {'x' * (20 if number == 50 else 1)} | y |\n" for number in range(60))
    stream = io.StringIO()

    render(
        f"| a | b | c |\n| - | - | - |\n{rows}",
        stream,
        size=lambda: (columns, 24),
        look=Look(colour=False),
        is_whole=True,
    )

    lines = re.sub(r"\x1b\[[0-9;]*m", "", stream.getvalue()).splitlines()
    bars = {tuple(place for place, letter in enumerate(line) if letter == "│") for line in lines if "─" not in line}
    assert len(bars) == 1
    assert len(lines) >= 62
