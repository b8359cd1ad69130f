"""Rows of the screen: styled text broken to a width, without padding.

A line that is broken only because the screen is too narrow (code, addresses) is left to the terminal's own wrapping, so
that copying it gives one line.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple, TypeAlias

from chatcli.render.line_breaks import Cut, cuts
from chatcli.render.theme import Ink
from chatcli.render.widths import is_narrow, measure

Span: TypeAlias = tuple[str, Ink]


class ScreenRow(NamedTuple):
    """One row: its spans, the cells they take, and the *size*: how many characters of the text it uses up.

    *size* is `GAP` for the empty row before a block.

    *soft*: the next row belongs to the same line, and the terminal is to break it.
    """

    spans: tuple[Span, ...]
    cells: int
    size: int = 0
    soft: bool = False

    @property
    def text(self) -> str:
        """What the row shows."""
        return "".join(text for text, _ in self.spans)


GAP = -1
EMPTY = ScreenRow((), 0, GAP)


class Prefix(NamedTuple):
    """What stands before the rows of a leaf: *first* before its first row, *rest* before the others."""

    first: tuple[Span, ...] = ()
    rest: tuple[Span, ...] = ()


NO_PREFIX = Prefix()


def flow(spans: Iterable[Span], width: int, *, prefix: Prefix = NO_PREFIX, words: bool = True) -> list[ScreenRow]:
    """Break text into rows of at most *width* cells, between words or, for code, where the row is full."""
    rows: list[ScreenRow] = []
    for line in _lines(spans):
        rows += _broken(line, width, prefix, words=words)
        prefix = Prefix(prefix.rest, prefix.rest)
    rows[-1] = rows[-1]._replace(size=rows[-1].size - 1)  # no newline follows the last line
    return rows


class Flow:
    """The rows of a text that grows at its end: rows of what is settled are broken once."""

    def __init__(self, width: int, prefix: Prefix, skipped: int) -> None:
        self._width = width
        self._prefix = prefix
        self._used = skipped
        self._rows: list[ScreenRow] = []

    def rows(self, spans: Sequence[Span], settled: int) -> list[ScreenRow]:
        """Return the rows of all *spans*, of which the first *settled* characters do not change any more."""
        prefix = Prefix(self._prefix.rest, self._prefix.rest) if self._rows else self._prefix
        rest = skip(spans, self._used) if self._used else spans
        if self._used and not rest and not self._rows:
            return []  # all of it has been skipped
        rows = flow(rest, self._width, prefix=prefix)
        shown = [*self._rows, *rows]
        # A row is settled if the next one is, for its first word might still become short enough to move up.
        for row, following in itertools.pairwise(rows):
            if self._used + row.size + following.size > settled:
                break
            self._rows.append(row)
            self._used += row.size
        return shown


def packed(spans: Iterable[Span], size: int = 0, *, soft: bool = False) -> ScreenRow:
    """Return one row of *spans*, which fit, without spaces at its end."""
    merged: list[Span] = []
    for text, ink in spans:
        if merged and merged[-1][1] == ink:
            merged[-1] = (merged[-1][0] + text, ink)
        elif text:
            merged.append((text, ink))
    while merged and not soft and merged[-1][0].endswith(" "):
        text, ink = merged.pop()
        if stripped := text.rstrip(" "):
            merged.append((stripped, ink))
    return ScreenRow(tuple(merged), sum(measure(text) for text, _ in merged), size, soft)


def skip(spans: Iterable[Span], size: int) -> list[Span]:
    """Return the spans without their first *size* characters."""
    rest: list[Span] = []
    for text, ink in spans:
        if size < len(text):
            rest.append((text[size:], ink))
        size = max(0, size - len(text))
    return rest


def _lines(spans: Iterable[Span]) -> Iterator[list[Span]]:
    line: list[Span] = []
    for text, ink in spans:
        first, *others = text.split("\n")
        line.append((first, ink))
        for other in others:
            yield line
            line = [(other, ink)]
    yield line


def _broken(line: Sequence[Span], width: int, prefix: Prefix, *, words: bool) -> list[ScreenRow]:
    text = "".join([part for part, _ in line])
    if len(text) <= width and not prefix.first and is_narrow(text):
        return [packed(line, len(text) + 1)]
    room = max(1, width - sum(measure(part) for part, _ in prefix.first))
    # Spaces at the end take no row of their own.
    breaks = list(cuts(text.rstrip(" "), room, words=words))
    breaks[-1] = breaks[-1]._replace(next=len(text))
    rows = [
        packed((*(prefix.rest if number else prefix.first), *spans), cut.next - cut.start, soft=cut.soft)
        for number, (cut, spans) in enumerate(zip(breaks, _parted(line, breaks), strict=True))
    ]
    if prefix.rest:  # the terminal would break the line without it
        rows = [row._replace(soft=False) for row in rows]
    rows[-1] = rows[-1]._replace(size=rows[-1].size + 1)  # it uses up the newline
    return rows


def _parted(line: Sequence[Span], breaks: Iterable[Cut]) -> Iterator[list[Span]]:
    """Return the spans of each row of a line."""
    number = position = 0
    for cut in breaks:
        spans: list[Span] = []
        while number < len(line) and position < cut.end:
            text, ink = line[number]
            if position + len(text) > cut.start:
                spans.append((text[max(0, cut.start - position) : cut.end - position], ink))
            if position + len(text) > cut.end:
                break
            position += len(text)
            number += 1
        yield spans
