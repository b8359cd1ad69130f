"""What a terminal shows after a program's bytes: pyte, mended where it differs from the terminals that people use.

Mended: control sequences that pyte would print in part (`CSI < u`, `CSI 4:3 m`, `CSI ! p`, DCS, APC, PM, SOS) are read
over; a wide character that does not fit into the last column goes to the next line; a screen that loses rows keeps the
cursor's, and what leaves at the top is history; titles have a stack; reports (cursor position, attributes) are written
back to the program.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any

import pyte
from pyte.screens import Char
from wcwidth import wcwidth

from chatcli.terminal.cells import is_drawn_variously

_UNREADABLE = re.compile(
    rb"\x1b\[[<=>][^@-~]*[@-~]"  # private sequences: kitty keys, secondary attributes
    rb"|\x1b\[[0-9;?]*[!\"#'*+:][^@-~]*[@-~]"  # intermediate bytes and sub-parameters
    rb"|\x1b\[\?[0-9;$]*[^0-9;$hlnJK]"  # questions about modes and keys, which this terminal leaves open
    rb"|\x1b[PX^_].*?(?:\x1b\\|\x07)",  # strings that no screen shows
    re.DOTALL,
)
_TITLE_STACK = re.compile(rb"\x1b\[(22|23)(?:;[012])?t")
_UNFINISHED = re.compile(rb"\x1b(?:\[[^@-~]*|[PX^_].*)?\Z", re.DOTALL)
_SCROLLBACK = 3  # the parameter of `CSI J` that means it
_PRIVATE_SHIFT = 5  # pyte keeps `CSI ? n h` as n << 5.


class Screen:
    """A screen of *columns* by *rows* with unlimited scrollback; *answer* takes what the terminal reports.

    One that *joins* draws an emoji of several code points in two cells, as newer terminals do; others add them up.
    """

    def __init__(self, columns: int, rows: int, *, answer: Callable[[bytes], None], joins: bool = False) -> None:
        self._page = (_JoiningPage if joins else _Page)(columns, rows, answer)
        self._stream = pyte.ByteStream(self._page)
        self._unfinished = b""

    def feed(self, data: bytes) -> None:
        """Show *data*, however it is cut."""
        whole = _UNREADABLE.sub(b"", self._unfinished + data)
        unfinished = _UNFINISHED.search(whole)
        self._unfinished = unfinished.group() if unfinished else b""
        for index, part in enumerate(_TITLE_STACK.split(whole[: len(whole) - len(self._unfinished)])):
            if index % 2:
                self._page.stack_title(part)
            else:
                self._stream.feed(part)

    def resize(self, columns: int, rows: int) -> None:
        """Change the size; lines are cut at the right, not wrapped again."""
        self._page.shrink(rows)
        self._page.resize(rows, columns)

    @property
    def rows(self) -> list[str]:
        """The visible rows, without the blanks at their ends."""
        return [row.rstrip() for row in self.padded]

    @property
    def padded(self) -> list[str]:
        """The visible rows in full width."""
        return [_text(self._page.buffer[row], self._page.columns) for row in range(self._page.lines)]

    @property
    def history(self) -> list[str]:
        """The rows that have left at the top, oldest first, and then the visible ones."""
        return [_text(line, self._page.columns).rstrip() for line in self._page.left] + self.rows

    @property
    def cursor(self) -> tuple[int, int]:
        """Column and row of the cursor, from 0."""
        return self._page.cursor.x, self._page.cursor.y

    @property
    def modes(self) -> frozenset[int]:
        """The private modes that are on: 25 the cursor is shown, 2004 bracketed paste, …"""
        return frozenset(mode >> _PRIVATE_SHIFT for mode in self._page.mode if mode >> _PRIVATE_SHIFT)

    @property
    def title(self) -> str:
        """The window title that the program has set."""
        return str(self._page.title)

    def cell(self, column: int, row: int) -> Char:
        """Return the character at a place with its colours and attributes."""
        return self._page.buffer[row][column]


class _Page(pyte.Screen):
    """A screen with scrollback; pyte's own slows every attribute down, and loses lines when the size changes."""

    def __init__(self, columns: int, rows: int, answer: Callable[[bytes], None]) -> None:
        self.left: list[Mapping[int, Char]] = []
        self.titles: list[str] = []
        self._answer = answer
        super().__init__(columns, rows)

    def stack_title(self, number: bytes) -> None:
        """Put the title on the stack, or take the one there; without one it stays as it is."""
        if number == b"22":
            self.titles.append(self.title)
        elif self.titles:
            self.title = self.titles.pop()

    def index(self) -> None:
        top, bottom = self.margins or (0, self.lines - 1)
        if top == 0 and self.cursor.y == bottom:
            self.left.append(self.buffer[top])
        super().index()

    def erase_in_display(self, how: int = 0, *rest: Any, **options: Any) -> None:
        if how == _SCROLLBACK:
            self.left.clear()
        super().erase_in_display(how, *rest, **options)

    def write_process_input(self, data: str) -> None:
        self._answer(data.encode())

    def draw(self, data: str) -> None:
        if data.isascii():
            super().draw(data)
            return
        for character in data:
            if self.cursor.x == self.columns - 1 and wcwidth(character) > 1:
                self.cursor.x = self.columns
            super().draw(character)

    def report_device_status(self, mode: int = 0, **private: Any) -> None:
        if not private:
            super().report_device_status(mode)

    def shrink(self, rows: int) -> None:
        """Let rows leave at the top until the cursor's row fits."""
        leaving = max(0, self.cursor.y + 1 - rows)
        self.left.extend(self.buffer[y] for y in range(leaving))
        moved = {y - leaving: self.buffer[y] for y in list(self.buffer) if leaving <= y < leaving + rows}
        self.buffer.clear()
        self.buffer.update(moved)
        self.cursor.y -= leaving
        self.lines = min(self.lines, rows)


class _JoiningPage(_Page):
    """A screen that puts each part of an emoji to what stands before the cursor."""

    def draw(self, data: str) -> None:
        for character in data:
            place = self.cursor.x - 2
            line = self.buffer[self.cursor.y]
            before = line[place].data if place >= 0 and not line[place + 1].data else ""
            if before and is_drawn_variously(before[-1] + character):
                line[place] = line[place]._replace(data=before + character)
            else:
                super().draw(character)


def _text(line: Mapping[int, Char], columns: int) -> str:
    # The cell right of a wide character holds no text of its own.
    return "".join(line[x].data for x in range(columns))
