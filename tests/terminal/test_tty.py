"""No key is lost or shown in the moments of a conversation in which no one reads the terminal."""

from __future__ import annotations

import os
import pty
import select
import termios
import tty
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from typing import TextIO

import pytest

from chatcli.terminal.tty import attributes, echoing, quiet, unechoed


@pytest.fixture
def keyboard() -> Iterator[tuple[int, TextIO]]:
    """The keyboard's end of a terminal, and the end that a program reads."""
    keys, line = pty.openpty()
    with os.fdopen(line, "r") as source:
        yield keys, source
    os.close(keys)


@pytest.mark.parametrize(
    "typed",
    [b"\x04", b"a\x04b", "日本".encode(), b"a\r\x13b", b"a\x1cb"],
    ids=["end", "end among others", "wide", "enter and ctrl-s", "ctrl-backslash"],
)
@pytest.mark.parametrize("is_raw", [True, False], ids=["a prompt", "a last look"])
def test_keys_of_such_a_moment_reach_whoever_reads_next(
    keyboard: tuple[int, TextIO], typed: bytes, is_raw: bool
) -> None:
    keys, source = keyboard

    with quiet(source):
        os.write(keys, typed)
        if is_raw:
            tty.setraw(source.fileno(), termios.TCSANOW)

        assert select.select([source], [], [], 1.0)[0]
        assert os.read(source.fileno(), 100) == typed


@pytest.mark.parametrize("silence", [quiet, unechoed])
def test_ctrl_c_throws_away_nothing_that_is_on_its_way_to_the_screen(
    keyboard: tuple[int, TextIO], silence: Callable[[TextIO], AbstractContextManager[None]]
) -> None:
    """As the line discipline would with what is beyond the 4 kB that wait to be read."""
    keys, source = keyboard
    frame = b"x" * 8_000

    with silence(source):
        os.write(source.fileno(), frame)
        os.write(keys, b"\x03")

        shown = b""
        while len(shown) < len(frame) and select.select([keys], [], [], 1.0)[0]:
            shown += os.read(keys, len(frame))
        assert shown == frame


def test_others_read_lines_that_are_echoed(keyboard: tuple[int, TextIO]) -> None:
    keys, source = keyboard
    found = attributes(source.fileno())

    with quiet(source), echoing(source):
        os.write(keys, b"yes\r")

        assert os.read(source.fileno(), 100) == b"yes\n"
        assert os.read(keys, 100) == b"yes\r\n"
        assert attributes(source.fileno())[6][termios.VQUIT] == b"\x1c"  # type: ignore[index]  # it is a terminal
    assert attributes(source.fileno()) == found


def test_the_terminal_waits_again_after_a_program_that_left_it_non_blocking(keyboard: tuple[int, TextIO]) -> None:
    """A long answer could not be written otherwise."""
    line = keyboard[1]

    with echoing(line):
        os.set_blocking(line.fileno(), False)

    assert os.get_blocking(line.fileno())


def test_what_is_typed_while_an_answer_is_drawn_is_left_to_whoever_reads_next(keyboard: tuple[int, TextIO]) -> None:
    keys, source = keyboard
    found = attributes(source.fileno())

    with unechoed(source):
        os.write(keys, b"ls\r")
        assert not select.select([keys], [], [], 0.05)[0]

    assert attributes(source.fileno()) == found
    assert os.read(source.fileno(), 100) == b"ls\n"


def test_echo_is_given_back_where_drawing_fails(keyboard: tuple[int, TextIO]) -> None:
    _, source = keyboard
    found = attributes(source.fileno())

    with pytest.raises(KeyboardInterrupt), unechoed(source):
        raise KeyboardInterrupt

    assert attributes(source.fileno()) == found
