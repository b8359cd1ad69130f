"""Draws styled text with rich, broken into rows by chat's own rules."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple, TypeAlias

from rich.cells import cell_len
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
        """Yield the rows, each as wide as there is room, as text of rich is where it is set to a side."""
        room = max(1, options.max_width)
        text = "".join([text for text, _ in self.parts])
        cuts = cut_text(text, room)
        for row, cut in zip(broken(self.parts, cuts), cuts, strict=True):
            space = max(0, room - cell_len(text[cut.start : cut.end]))
            before = {"right": space, "center": space // 2}.get(options.justify or "left", 0)
            if before:
                yield Segment(" " * before)
            yield from row
            if before < space:
                yield Segment(" " * (space - before))
            yield _NEWLINE


def broken(parts: Sequence[Part], cuts: Iterable[Cut]) -> Iterator[list[Segment]]:
    """Return the segments of each row into which text is cut."""
    number = position = 0
    for cut in cuts:
        row: list[Segment] = []
        while position < cut.end and number < len(parts):
            text, style = parts[number]
            end = position + len(text)
            if end > cut.start:
                shown = text[cut.start - position :] if position < cut.start else text
                row.append(Segment(shown[: cut.end - end] if end > cut.end else shown, style or None))
            if end > cut.end:
                break
            position = end
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
