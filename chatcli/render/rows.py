"""Takes screen rows from rich's output: segments without padding.

A line that is broken only because the screen is too narrow (code, addresses) is left to the terminal's own wrapping, so
that copying it gives one line.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Sequence
from functools import lru_cache
from typing import NamedTuple

from rich.console import Console, ConsoleOptions, JustifyMethod, RenderableType
from rich.segment import Segment

from chatcli.render.line_breaks import Margin, cut_text
from chatcli.render.prose import NO_PREFIX, Part, Prefix, broken
from chatcli.render.widths import measure

# rich draws a space for an ideograph on a row of one cell.
_LEAST_COLUMNS = 2


class ScreenRow(NamedTuple):
    """One row: its segments, the cells they take, and the *size*: how many characters of the text it uses up.

    *size* is `GAP` for the empty row before a block.

    *soft*: the next row belongs to the same line, and the terminal is to break it.
    """

    segments: tuple[Segment, ...]
    cells: int
    size: int = 0
    soft: bool = False

    @property
    def text(self) -> str:
        """What the row shows."""
        return "".join(segment.text for segment in self.segments)


GAP = -1
EMPTY = ScreenRow((), 0, GAP)


def draw(console: Console, renderable: RenderableType, width: int) -> list[ScreenRow]:
    """Return the rows of anything that rich can draw."""
    return [
        packed(line)
        for line in console.render_lines(renderable, options_for(console, max(width, _LEAST_COLUMNS)), pad=False)
    ]


def flow(
    parts: Sequence[Part],
    width: int,
    *,
    prefix: Prefix = NO_PREFIX,
    words: bool = True,
    is_parted: bool = False,
) -> list[ScreenRow]:
    """Break text into rows of at most *width* cells, between words or, for code, where the row is full.

    *is_parted* means that the text continues with a word of which the row before, a soft one, has the beginning.
    """
    room = max(1, width - cells_of(prefix.rest))
    is_hanging = words and bool(prefix.rest)
    margin = Margin((width - room) * is_hanging, prefix.first != prefix.rest, is_parted and is_hanging)
    cuts = cut_text("".join([text for text, _ in parts]), room, words=words, margin=margin)
    rows: list[ScreenRow] = []
    before = prefix.first
    for row, cut in zip(broken(parts, cuts), cuts, strict=True):
        # What stands before a row would part a line that the terminal breaks.
        soft = cut.soft and (words or not prefix.rest)
        rows.append(packed(row if cut.outdented else (*before, *row), cut.next - cut.start, soft=soft))
        before = prefix.rest
    return rows


class Flow:
    """The rows of a text that grows at its end and leaves at its beginning: rows of what is settled are broken once."""

    def __init__(self, width: int, prefix: Prefix, *, is_parted: bool = False) -> None:
        self._width = width
        self._prefix = prefix
        self._is_parted = is_parted
        self._used = 0
        self._rows: list[ScreenRow] = []

    def rows(self, parts: Sequence[Part], settled: int) -> list[ScreenRow]:
        """Return the rows of all *parts*, of which the first *settled* characters do not change any more."""
        prefix = Prefix(self._prefix.rest, self._prefix.rest) if self._rows else self._prefix
        is_parted = self._rows[-1].soft if self._rows else self._is_parted
        rows = flow(skip(parts, self._used), self._width, prefix=prefix, is_parted=is_parted)
        shown = [*self._rows, *rows]
        # A row is settled if the next one is, for its first word might still become short enough to move up.
        for row, following in itertools.pairwise(rows):
            if self._used + row.size + following.size > settled:
                break
            self._rows.append(row)
            self._used += row.size
        return shown

    def leave(self, characters: int, *, is_parted: bool) -> None:
        """Forget the rows of the first *characters*, which have left; *is_parted* means that the last one was soft."""
        left = 0
        while self._rows and left < characters:
            left += self._rows.pop(0).size
        if left != characters:
            self._rows.clear()
        self._used = self._used - characters if self._rows else 0
        self._prefix = Prefix(self._prefix.rest, self._prefix.rest)
        self._is_parted = is_parted


def packed(segments: Iterable[Segment], size: int = 0, *, soft: bool = False) -> ScreenRow:
    """Return one row of *segments*, which fit, without padding at its end."""
    merged: list[Segment] = []
    for segment in segments:
        # The styles of a theme are always the same objects, and comparing others costs more than it saves.
        if merged and merged[-1].style is segment.style:
            merged[-1] = Segment(merged[-1].text + segment.text, segment.style)
        elif segment.text:
            merged.append(segment)
    while merged and not soft and merged[-1].text.endswith(" ") and not _is_painted(merged[-1]):
        text, style, _ = merged.pop()
        if stripped := text.rstrip(" "):
            merged.append(Segment(stripped, style))
    return ScreenRow(tuple(merged), measure("".join([segment.text for segment in merged])), size, soft)


def cells_of(segments: Iterable[Segment]) -> int:
    """Return the cells that *segments* take on the terminal that draws them widest."""
    return sum(measure(segment.text) for segment in segments)


def skip(parts: Iterable[Part], size: int) -> list[Part]:
    """Return the parts without their first *size* characters."""
    if size <= 0:
        return [*parts]
    rest: list[Part] = []
    for text, style in parts:
        if size < len(text):
            rest.append((text[size:], style))
        size = max(0, size - len(text))
    return rest


def fitting_lines(console: Console, renderable: RenderableType, options: ConsoleOptions) -> list[list[Segment]]:
    """Return the lines of what is known to fit: `Console.render_lines` would measure every segment once more."""
    return [*Segment.split_lines(console.render(renderable, options))]


@lru_cache(maxsize=128)
def options_for(console: Console, width: int, justify: JustifyMethod | None = None) -> ConsoleOptions:
    """Return what a renderable is told: how wide it may be, and to which side its text is set."""
    return console.options.update(width=width, justify=justify)


def _is_painted(segment: Segment) -> bool:
    """Return whether spaces of the segment can be seen: they have a background."""
    return segment.style is not None and segment.style.bgcolor is not None
