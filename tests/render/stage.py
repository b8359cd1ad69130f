"""A terminal for turns to play on: what was written becomes rows, and rows can be compared with those of one render."""

from __future__ import annotations

import io
import re
import unicodedata
from collections.abc import Iterable

from chatcli.conversation.messages import Event, Text
from chatcli.render.draft import DraftSource
from chatcli.render.live import Look, render
from chatcli.render.turn import TurnScreen
from tests.support.screen import Screen

_ALLOWED = re.compile(r"\x1b\[[0-9;]*m|\x1b\[[0-9]+[ABCM@]|\x1b\[[CJK]|\x1b\]8;[^\x1b]*\x1b\\")


class Stage:
    """A turn on a screen of *columns* by *rows*, without thread or clock."""

    def __init__(
        self,
        columns: int = 80,
        rows: int = 24,
        *,
        look: Look | None = None,
        choices: int = 1,
        draft: DraftSource | None = None,
    ) -> None:
        self.size = columns, rows
        self.now_s = 0.0
        self.written = ""
        self._screen: Screen | Reflowing = Screen(columns, rows, answer=lambda _: None)
        self._unseen = bytearray()
        self.turn = TurnScreen(look or Look(), self.size, begun_s=0.0, choices=choices, draft=draft)

    def feed(self, *events: Event) -> None:
        for event in events:
            self.turn.feed(event, self.now_s)

    def draw(self) -> str:
        drawn = self.turn.frame(self.size, self.now_s)
        self.written += drawn
        self._unseen += drawn.encode()
        return drawn

    def resize(self, columns: int, rows: int) -> None:
        self.size = columns, rows
        self.screen.resize(columns, rows)

    def end(self) -> list[str]:
        self.turn.end(self.now_s)
        self.draw()
        return self.rows

    @property
    def screen(self) -> Screen | Reflowing:
        """The screen, which is given what was written when it is looked at: reading takes longer than drawing."""
        self._screen.feed(bytes(self._unseen))
        self._unseen.clear()
        return self._screen

    @screen.setter
    def screen(self, screen: Screen | Reflowing) -> None:
        self._screen = screen

    @property
    def rows(self) -> list[str]:
        return trimmed(self.screen.history)

    def play(self, deltas: Iterable[str]) -> list[str]:
        """Draw a frame after every delta, then end."""
        self.stream(deltas)
        return self.rows

    def stream(self, deltas: Iterable[str]) -> str:
        """Return what is written for a frame after every delta, and for the end."""
        for delta in deltas:
            self.feed(Text(delta))
            self.draw()
        self.turn.end(self.now_s)
        self.draw()
        return self.written


def rendered(text: str, columns: int = 80, look: Look | None = None) -> list[str]:
    """Return the rows of one render of the whole text."""
    screen = Screen(columns, 1, answer=lambda _: None)
    screen.feed(printed(text, columns, look).replace("\n", "\r\n").encode())
    return trimmed(screen.history)


def printed(text: str, columns: int = 80, look: Look | None = None) -> str:
    stream = io.StringIO()
    render(text, stream, size=lambda: (columns, 24), look=look or Look())
    return stream.getvalue()


def trimmed(rows: Iterable[str]) -> list[str]:
    """Return rows without the empty ones at the end, and without signs that take no cell: pyte loses some."""
    parted = (unicodedata.normalize("NFD", row) for row in rows)
    kept = ["".join(sign for sign in row if not is_weightless(sign)).rstrip() for row in parted]
    while kept and not kept[-1]:
        kept.pop()
    return kept


def is_weightless(sign: str) -> bool:
    return unicodedata.category(sign) in ("Mn", "Me", "Cf")


def letters(rows: Iterable[str]) -> str:
    """Return what can be read, without the marks and spaces that depend on the width."""
    return "".join(re.findall(r"[^\W_]", "".join(rows)))


def without_allowed(written: str) -> str:
    """Return what was written without the sequences that a turn may use."""
    return _ALLOWED.sub("", written)


def cut(text: str, size: int) -> list[str]:
    return [text[place : place + size] for place in range(0, len(text), size)]


class Reflowing:
    """A terminal that breaks lines again when its width changes, as most do; it knows what a turn may write."""

    def __init__(self, columns: int, rows: int) -> None:
        self.columns, self.height = columns, rows
        self.lines: list[str] = [""]  # rows from the first ever to the last
        self.wrapped: list[bool] = [False]  # whether a row goes on in the next one
        self.x = self.y = 0

    @property
    def history(self) -> list[str]:
        return [line.rstrip() for line in self.lines]

    def feed(self, data: bytes) -> None:
        for token in re.findall(r"\x1b\[[0-9;]*[A-Za-z@]|\x1b\]8;[^\x1b]*\x1b\\|.", data.decode(), re.DOTALL):
            self._take(token)

    def resize(self, columns: int, rows: int) -> None:
        """Join what the terminal broke, and break it for the new width; the cursor stays with its text."""
        while len(self.lines) - 1 > self.y and not self.lines[-1]:  # what is empty below the cursor goes
            del self.lines[-1], self.wrapped[-1]
        lines: list[str] = []
        wrapped: list[bool] = []
        place, start = (0, 0), 0
        for end in [y for y, goes_on in enumerate(self.wrapped) if not goes_on]:
            text = "".join(self.lines[start : end + 1])
            pieces = [text[at : at + columns] for at in range(0, max(1, len(text)), columns)]
            if start <= self.y <= end:
                before = sum(len(line) for line in self.lines[start : self.y]) + self.x
                row = min(before // columns, len(pieces) - 1)
                place = len(lines) + row, before - row * columns
            lines += pieces
            wrapped += [True] * (len(pieces) - 1) + [False]
            start = end + 1
        self.lines, self.wrapped, (self.y, self.x) = lines, wrapped, place
        self.columns, self.height = columns, rows

    @property
    def _top(self) -> int:
        return max(0, len(self.lines) - self.height)

    def _take(self, token: str) -> None:
        if token == "\r":
            self.x = 0
        elif token == "\n":
            self._down(goes_on=False)
        elif token.startswith("\x1b["):
            self._control(token[-1], int(token[2:-1] or 1) if token[-1] in "ABCM@" else 0)
        elif not token.startswith("\x1b"):
            self._put(token)

    def _control(self, kind: str, count: int) -> None:
        if kind == "A":
            self.y = max(self._top, self.y - count)
        elif kind == "B":
            self.y = min(len(self.lines) - 1, self.y + count)
        elif kind == "M":
            del self.lines[self.y : self.y + count], self.wrapped[self.y : self.y + count]
            self.lines += [""] * count  # empty rows come in from below
            self.wrapped += [False] * count
            self.x = 0
        elif kind == "@":
            line = self.lines[self.y].ljust(self.x)
            self.lines[self.y] = (line[: self.x] + " " * count + line[self.x :])[: self.columns]
        elif kind == "C":
            self.x = min(self.columns - 1, self.x + count)
        elif kind in "JK":
            self.lines[self.y] = self.lines[self.y][: self.x]
            self.wrapped[self.y] = False
        if kind == "J":
            for y in range(self.y + 1, len(self.lines)):
                self.lines[y], self.wrapped[y] = "", False

    def _put(self, sign: str) -> None:
        if self.x == self.columns:
            self._down(goes_on=True)
            self.x = 0
        line = self.lines[self.y].ljust(self.x)
        self.lines[self.y] = line[: self.x] + sign + line[self.x + 1 :]
        self.x += 1

    def _down(self, *, goes_on: bool) -> None:
        if goes_on:
            self.wrapped[self.y] = True
        self.y += 1
        if self.y == len(self.lines):
            self.lines.append("")
            self.wrapped.append(False)
