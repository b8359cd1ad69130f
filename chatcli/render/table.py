"""Tables: columns as wide as their cells need, as narrow as the screen wants, without padding at the right.

A table whose columns do not fit side by side is shown as records: each cell on a line of its own behind its heading.
The first `SETTLING_ROWS` rows settle the widths; rows that come later are shown as they arrive, and widen columns from
there on where they must, so that a row of a long table costs no more than one of a short table.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from itertools import zip_longest

from chatcli.markdown.lines import cells
from chatcli.render.inline import Inline
from chatcli.render.rows import EMPTY, ScreenRow, Span, flow, packed
from chatcli.render.theme import PLAIN, Ink
from chatcli.render.widths import measure

SETTLING_ROWS = 100
_SETTLING_CELLS = 1000
_LEAST_COLUMN = 6

Cell = list[Span]


class TableLayout:
    """A table that grows row by row; what is final is taken out once."""

    def __init__(self, header: str, alignments: str, inline: Inline, *, head: Ink, border: Ink, ascii: bool) -> None:
        self._inline = inline
        self._alignments = alignments
        self._border = border
        self._bar, self._line, self._cross = (" | ", "-", "-+-") if ascii else (" │ ", "─", "─┼─")
        self._header = [inline.spans(source, head) for source in cells(header)]
        self._needs = [_need(cell) for cell in self._header]
        self._waiting: list[str] = []
        self._drawn: dict[tuple[str, tuple[int, ...]], list[ScreenRow]] = {}  # rows that wait; shared with forks
        self._widths: list[int] = []  # empty: records
        self._is_ruled = False
        self._is_begun = False
        self._most_rows = sys.maxsize

    def fork(self, most_rows: int) -> TableLayout:
        """Return a table that may grow without this one, of which the last *most_rows* rows are enough."""
        fork = TableLayout.__new__(TableLayout)
        fork.__dict__.update(self.__dict__)
        fork._most_rows = most_rows
        fork._waiting, fork._needs = self._waiting.copy(), self._needs.copy()
        return fork

    def add(self, source: str) -> None:
        """Add a row; what exceeds the columns is kept in the last one."""
        self._waiting.append(source)
        self._needs = [max(need, _need(cell)) for need, cell in zip(self._needs, self._cells(source), strict=True)]

    def take(self, width: int, *, is_ended: bool) -> list[ScreenRow]:
        """Return the rows of the screen that are final and were not yet taken."""
        if not is_ended and not self._is_settled(width):
            return []
        self._fit(width)
        parts: list[list[ScreenRow]] = []
        room = self._most_rows
        for number in range(len(self._waiting) - 1, -1, -1):
            parts.append(self._row(self._waiting[number], width))
            if number or self._is_begun:
                parts.append(self._separator())
            room -= len(parts[-1]) + 1
            if room < 0:
                break
        if room >= 0 and not self._is_begun:
            parts.append(self._heading(width))
        self._is_begun = self._is_begun or bool(self._waiting)
        self._waiting.clear()
        self._drawn = {}
        return [row for part in reversed(parts) for row in part]

    def _heading(self, width: int) -> list[ScreenRow]:
        """Return what stands above the rows; records have their headings in them, unless there are none."""
        if self._widths:
            return [*self._side_by_side(self._header), self._rule()]
        return [] if self._waiting else [row for cell in self._header for row in flow(cell, width)]

    def _cells(self, source: str) -> list[Cell]:
        return [self._inline.spans(cell) for cell in _fitted(cells(source), len(self._header))]

    def _row(self, source: str, width: int) -> list[ScreenRow]:
        if not self._widths:
            return list(self._record(self._cells(source), width))
        key = source, tuple(self._widths)
        if key not in self._drawn:
            self._drawn[key] = list(self._side_by_side(self._cells(source)))
        return self._drawn[key]

    def _is_settled(self, width: int) -> bool:
        count = len(self._waiting)
        return (
            self._is_begun
            or count >= SETTLING_ROWS
            or count * len(self._header) >= _SETTLING_CELLS
            or (count > 0 and not self._has_room(width))
        )

    def _has_room(self, width: int) -> bool:
        """Tell whether every column gets the least width it must have."""
        least = sum(min(need, _LEAST_COLUMN) for need in self._needs)
        return least + len(self._bar) * (len(self._needs) - 1) <= width

    def _fit(self, width: int) -> None:
        room = width - len(self._bar) * (len(self._needs) - 1)
        if not self._is_begun or self._widths:
            self._widths = _shared(self._needs, room) if self._has_room(width) else []
        if self._is_begun:
            return
        self._is_ruled = any(need > given for need, given in zip(self._needs, self._widths, strict=False))

    def _separator(self) -> list[ScreenRow]:
        """Return what stands between rows: something only where a row may take several lines."""
        if not self._widths:
            return [EMPTY]
        return [self._rule()] if self._is_ruled else []

    def _rule(self) -> ScreenRow:
        return packed([(self._cross.join(self._line * width for width in self._widths), self._border)])

    def _side_by_side(self, row: Sequence[Cell]) -> Iterator[ScreenRow]:
        columns = [flow(cell, width) for cell, width in zip(row, self._widths, strict=True)]
        for line in zip_longest(*columns, fillvalue=EMPTY):
            spans: list[Span] = []
            for part, width, alignment in zip(line, self._widths, self._alignments, strict=True):
                spans += [(self._bar, self._border)] if spans else []
                spans += _aligned(part, width, alignment)
            yield packed(spans)

    def _record(self, row: Sequence[Cell], width: int) -> Iterator[ScreenRow]:
        for heading, cell in zip(self._header, row, strict=True):
            yield from flow([*heading, (": ", PLAIN), *cell], width)


def _fitted(row: list[str], count: int) -> list[str]:
    return [*row[: count - 1], " | ".join(row[count - 1 :]), *[""] * (count - len(row))][:count]


def _need(cell: Cell) -> int:
    """Return the cells of the longest line."""
    return max(1, *(measure(line) for line in "".join(text for text, _ in cell).split("\n")))


def _shared(needs: Sequence[int], room: int) -> list[int]:
    """Share *room* among columns: the wide ones give first, and all alike."""
    widths = list(needs)
    excess = sum(widths) - room
    while excess > 0:
        widest = max(widths)
        wide = [column for column, width in enumerate(widths) if width == widest]
        below = max([width for width in widths if width < widest], default=0)
        cut = min(widest - below, -(-excess // len(wide)))
        for column in wide:
            step = min(cut, excess)
            widths[column] -= step
            excess -= step
    return widths


def _aligned(part: ScreenRow, width: int, alignment: str) -> Iterator[Span]:
    space = width - part.cells
    before = space if alignment == "r" else space // 2 if alignment == "c" else 0
    yield " " * before, PLAIN
    yield from part.spans
    yield " " * (space - before), PLAIN
