"""Draws styled text with rich, broken into rows by chat's own rules."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple, TypeAlias

from rich.console import Console, ConsoleOptions, RenderableType, RenderResult
from rich.segment import Segment
from rich.style import Style

from chatcli.render.line_breaks import Cut, cut_text

Part: TypeAlias = tuple[str, Style]


class Prefix(NamedTuple):
    """What stands before the rows of a leaf: *first* before its first row, *rest* before the others."""

    first: tuple[Segment, ...] = ()
    rest: tuple[Segment, ...] = ()


NO_PREFIX = Prefix()
_NEWLINE = Segment.line()


class Prose:
    """Text that is broken between words and between ideographs, and set to the side that its column says.

    It is a rich renderable of its own, no `rich.text.Text`: that breaks at spaces alone, so Chinese and Japanese would
    leave rows half empty and begin them with a full stop; it counts a joined emoji as two cells, where terminals that
    draw its parts would break the row once more; and it sorts its spans for every row, at four times the cost, while
    rows that are still written are drawn in every frame.
    """

    def __init__(self, parts: Sequence[Part]) -> None:
        self.parts = parts

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        """Yield the rows."""
        room = max(1, options.max_width)
        cuts = cut_text("".join([text for text, _ in self.parts]), room)
        for row in _rows(self.parts, cuts):
            space = room - sum(segment.cell_length for segment in row)
            if space > 0 and options.justify in ("right", "center"):
                yield Segment(" " * (space if options.justify == "right" else space // 2))
            yield from row
            yield _NEWLINE


class BrokenText:
    """Text of which the rows are known, behind the marks of the containers that it stands in."""

    def __init__(self, parts: Sequence[Part], cuts: Sequence[Cut], prefix: Prefix = NO_PREFIX) -> None:
        self._parts = parts
        self._cuts = cuts
        self._prefix = prefix

    def __rich_console__(self, _console: Console, _options: ConsoleOptions) -> RenderResult:
        """Yield the rows."""
        before = self._prefix.first
        for row, cut in zip(_rows(self._parts, self._cuts), self._cuts, strict=True):
            yield from () if cut.outdented else before
            yield from row
            yield _NEWLINE
            before = self._prefix.rest


def _rows(parts: Sequence[Part], cuts: Iterable[Cut]) -> Iterator[list[Segment]]:
    number = position = 0
    for cut in cuts:
        row: list[Segment] = []
        while number < len(parts) and position < cut.end:
            text, style = parts[number]
            if position + len(text) > cut.start:
                row.append(Segment(text[max(0, cut.start - position) : cut.end - position], style or None))
            if position + len(text) > cut.end:
                break
            position += len(text)
            number += 1
        yield row


class Hanging:
    """Anything that rich can draw, behind the marks of the containers that it stands in."""

    def __init__(self, renderable: RenderableType, prefix: Prefix) -> None:
        self._renderable = renderable
        self._prefix = prefix

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        """Yield the rows."""
        taken = sum(segment.cell_length for segment in self._prefix.rest)
        narrower = options.update(width=max(1, options.max_width - taken))
        before = self._prefix.first
        for line in console.render_lines(self._renderable, narrower, pad=False):
            yield from before
            yield from line
            yield _NEWLINE
            before = self._prefix.rest
