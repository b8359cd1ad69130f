"""Lays out tables: columns as wide as needed, narrowed to fit the screen, without trailing padding.

A table whose columns do not fit side by side is shown as records: each cell on a line of its own behind its heading.
They do not fit where a word of usual length would be parted: of the heading, and of a text known as a whole anywhere.
The widths of a table settle when it outgrows a usual screen (`SETTLING_LINES`): its rows then stand where they stood,
and none is written twice. Later rows keep the columns, and widen them from there on only into the room that is left, or
for a word that would be parted. So a row of a long table costs no more than one of a short table.

Nothing settles where the text is known as a whole.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable, Sequence

from rich.box import Box
from rich.cells import cell_len
from rich.console import Console, ConsoleOptions, JustifyMethod, RenderableType, RenderResult
from rich.segment import Segment
from rich.style import Style
from rich.table import Table

from chatcli.markdown.lines import cells
from chatcli.render.growing import read_prose
from chatcli.render.inline import Inline
from chatcli.render.line_breaks import longest_word
from chatcli.render.prose import Part, Prose
from chatcli.render.rows import EMPTY, ScreenRow, fitting_lines, flow, options_for, packed
from chatcli.render.theme import PLAIN
from chatcli.render.widths import measure

SETTLING_LINES = 20  # a screen of 24 rows, without what stands below an answer
_LEAST_ROWS = 4  # of several lines each, that the widths depend on
_LEAST_COLUMN = 6
_LONGEST_WORD = 16  # that is not parted; longer ones are rather data, such as addresses
_MOST_KEPT = 300  # rows that are kept, as they may be drawn again: twice where a table streams in, or more often
_BAR = 3  # cells between two columns

# Lines between columns and below the heading, and none around: what is copied is the table's text.
_LINES = "    \n  │ \n ─┼ \n  │ \n ─┼ \n ─┼ \n  │ \n    \n"
_BOX, _ASCII_BOX = Box(_LINES), Box(_LINES.translate(str.maketrans("│─┼", "|-+")), ascii=True)
_JUSTIFIES: dict[str, JustifyMethod] = {"l": "left", "r": "right", "c": "center", "-": "left"}

Cell = list[Part]


class RowTable(Table):
    """A rich table whose columns have known widths: its rows need not be there for it to be drawn.

    rich measures every cell of a table whenever it draws, and draws every cell within a padding, so one more row of a
    long table costs as much as all before it, and one row three times as much as here.
    """

    is_open = False

    def __rich_console__(self, console: Console, _options: ConsoleOptions) -> RenderResult:
        """Yield the heading, if it is shown, and the rows."""
        assert self.box is not None
        border = console.get_style(self.border_style or "none")
        widths = [column.width or 1 for column in self.columns]
        if self.show_header:
            yield from self._line(console, [column.header for column in self.columns], border)
            # Spaces around a bar belong to the columns beside it.
            ruled = [width + (index > 0) + (index < len(widths) - 1) for index, width in enumerate(widths)]
            yield Segment(self.box.get_row(ruled, "head", edge=False), border)
            yield Segment.line()
        for row in zip(*[column.cells for column in self.columns], strict=True):
            yield from self._line(console, row, border)

    def _line(self, console: Console, cells: Iterable[RenderableType], border: Style) -> RenderResult:
        assert self.box is not None
        bar = Segment(f" {self.box.mid_vertical} ", border)
        drawn = [
            fitting_lines(console, cell, options_for(console, column.width or 1, column.justify))
            for cell, column in zip(cells, self.columns, strict=True)
        ]
        for line in range(max(map(len, drawn))):
            # Right of what an open row has written in a line, nothing stands yet: it would be written in small pieces.
            count = max(index for index, rows in enumerate(drawn, 1) if len(rows) > line) if self.is_open else None
            for index, rows in enumerate(drawn[:count]):
                if index:
                    yield bar
                if line < len(rows):
                    yield from rows[line]
                else:
                    yield Segment(" " * (self.columns[index].width or 1))
            yield Segment.line()


class TableLayout:
    """A table that grows row by row; what is final is taken out once."""

    def __init__(self, header: str, alignments: str, console: Console, inline: Inline, *, settles: bool = True) -> None:
        self._console = console
        self._inline = inline
        self._source = header
        self._alignments = alignments
        self._box = _ASCII_BOX if console.options.ascii_only else _BOX
        head = console.get_style("markdown.table.header")
        self._header = [read_prose(inline, source, head) for source in cells(header, len(alignments))]
        self._needs = [_need(cell) for cell in self._header]
        self._least = [_least(cell) for cell in self._header]
        self._doubt = sum(map(_doubt, self._header))  # cells that a row may take more on other terminals
        self._waiting: list[str] = []
        self._read: dict[str, list[Cell]] = {}  # the cells of rows; shared with forks, as the next
        self._drawn: dict[tuple[str, tuple[int, ...]], list[ScreenRow]] = {}
        self._widths: list[int] = []  # empty: records
        self._is_ruled = False
        self._is_begun = False
        self._is_open = False  # the last row may continue
        self._most_rows = sys.maxsize
        self._settles = settles

    @property
    def sources(self) -> list[str]:
        """The lines that were not yet taken, as they were written."""
        return [*[self._source] * (not self._is_begun), *self._waiting]

    def fork(self, most_rows: int) -> TableLayout:
        """Return a table that may grow without this one, of which the last *most_rows* rows are enough."""
        fork = TableLayout.__new__(TableLayout)
        fork.__dict__.update(self.__dict__)
        fork._most_rows = most_rows
        fork._waiting, fork._needs = self._waiting.copy(), self._needs.copy()
        return fork

    def add(self, source: str, width: int, *, is_open: bool = False) -> None:
        """Add a row; what exceeds the columns is kept in the last one.

        Of a row that *is_open* only the cells that have come are drawn: another one then makes its line longer, where
        it would have to be written into the middle of it.
        """
        self._waiting.append(source)
        self._is_open = is_open
        row = self._cells(source)
        whole = self._come(source, row) - 1 if is_open else len(row)
        grown, rest = self._grown(row[:whole], width), self._needs[whole:]
        if is_open and max(grown, default=0) > (fair := self._fair(width)):
            rest = [max(need, fair) for need in rest]  # they will be long too: the row is laid out once
        self._needs = [*grown, *rest]
        if not self._settles:
            self._least = [*map(max, self._least, map(_least, row[:whole])), *self._least[whole:]]
        self._doubt = max(self._doubt, sum(map(_doubt, row)))

    def take(self, width: int, *, is_ended: bool) -> list[ScreenRow]:
        """Return the rows of the screen that are final and were not yet taken; called behind every row."""
        if not is_ended and not (self._settles and self._is_settled(width)):
            return []
        self._fit(width)
        parts: list[list[ScreenRow]] = []
        room = self._most_rows
        for number in range(len(self._waiting) - 1, -1, -1):
            is_open = self._is_open and number == len(self._waiting) - 1
            parts.append(self._row(self._waiting[number], width, is_open=is_open))
            if number or self._is_begun:
                parts.append(self._separator())
            room -= len(parts[-1]) + 1
            if room < 0:
                break
        if room >= 0 and not self._is_begun:
            parts.append(self._heading(width))
        if self._waiting and not self._is_begun:
            self._is_begun, self._needs = True, self._widths or self._needs
        self._waiting.clear()
        if len(self._drawn) > _MOST_KEPT:
            self._read.clear()
            self._drawn.clear()
        return [row for part in reversed(parts) for row in part]

    def _heading(self, width: int) -> list[ScreenRow]:
        """Return what stands above the rows; records have their headings in them, unless there are none."""
        if self._widths:
            return self._heading_rows()
        return [] if self._waiting else [row for cell in self._header for row in flow(cell, width)]

    def _cells(self, source: str) -> list[Cell]:
        if source not in self._read:
            texts = _fitted(cells(source, len(self._header)), len(self._header))
            self._read[source] = [read_prose(self._inline, text) for text in texts]
        return self._read[source]

    def _row(self, source: str, width: int, *, is_open: bool) -> list[ScreenRow]:
        row = self._cells(source)
        count = self._come(source, row) if is_open else len(row)
        if not self._widths:
            return self._record(row[:count], width)
        if is_open:
            return self._side_by_side(row[:count], self._with_spare(row[:count], width), is_open=True)
        key = source, tuple(self._widths)
        if key not in self._drawn:
            self._drawn[key] = self._side_by_side(row, self._widths)
        return self._drawn[key]

    def _come(self, source: str, row: Sequence[Cell]) -> int:
        """Return how many cells of an open row have come; the last one may continue."""
        return max(1, min(len(row), len(cells(source, len(row)))))

    def _with_spare(self, row: Sequence[Cell], width: int) -> list[int]:
        """Return the widths of the columns of an open *row*, whose last cell may use the room right of the table.

        Nothing stands behind a cell that is still written, so it moves no other row before it has ended.
        """
        *whole, own = self._widths[: len(row)]
        spare = max(0, self._room(width) - sum(self._widths))
        most = own + spare if len(row) == len(self._header) else max(own, self._fair(width))
        return [*whole, max(own, min(own + spare, most, _need(row[-1])))]

    def _fair(self, width: int) -> int:
        """Return the room of a column in the first row, which does not know the others; of later rows all there is."""
        is_first = len(self._waiting) == 1 and not self._is_begun
        return max(1, self._room(width) // len(self._header)) if is_first else sys.maxsize

    def _is_settled(self, width: int) -> bool:
        count = len(self._waiting)
        if self._is_begun or self._is_open:  # what is open is drawn when the table ends, at once
            return self._is_begun
        if not self._has_room(width):
            return count > 0
        if count < _LEAST_ROWS:
            return False
        self._fit(width)
        rows = sum(len(self._row(source, width, is_open=False)) for source in self._waiting)
        return rows + len(self._separator()) * (count - 1) + len(self._heading_rows()) > SETTLING_LINES

    def _grown(self, row: Sequence[Cell], width: int) -> list[int]:
        """Return what the columns of *row* need with it; once settled, no more than is left and a word must have."""
        spare = self._room(width) - sum(self._needs) if self._is_begun else sys.maxsize
        needs: list[int] = []
        for cell, need in zip(row, self._needs, strict=False):
            wanted = max(need, _need(cell))
            if wanted > need + spare:
                wanted = max(need + max(spare, 0), *map(longest_word, _lines(cell)))
            needs.append(wanted)
            spare -= wanted - need
        return needs

    def _has_room(self, width: int) -> bool:
        """Return whether every column gets the least width it must have."""
        return sum(self._floors()) <= self._room(width)

    def _floors(self) -> list[int]:
        return [min(need, least) for need, least in zip(self._needs, self._least, strict=True)]

    def _room(self, width: int) -> int:
        """Return the cells that all columns together may take."""
        return width - _BAR * (len(self._needs) - 1) - self._doubt

    def _fit(self, width: int) -> None:
        if not self._is_begun or self._widths:
            self._widths = _shared(self._needs, self._floors(), self._room(width)) if self._has_room(width) else []
        if self._is_begun:
            return
        self._is_ruled = any(need > given for need, given in zip(self._needs, self._widths, strict=False))

    def _separator(self) -> list[ScreenRow]:
        """Return what stands between rows: something only where a row may take several lines."""
        if not self._widths:
            return [EMPTY]
        return self._heading_rows()[-1:] if self._is_ruled else []

    def _heading_rows(self) -> list[ScreenRow]:
        key = "", tuple(self._widths)
        if key not in self._drawn:
            self._drawn[key] = self._side_by_side(self._header, self._widths, is_heading=True)
        return self._drawn[key]

    def _side_by_side(
        self, row: Sequence[Cell], widths: Sequence[int], *, is_heading: bool = False, is_open: bool = False
    ) -> list[ScreenRow]:
        """Return one row of the table; the heading has a line below it."""
        table = RowTable(box=self._box, show_header=is_heading, border_style="markdown.table.border")
        table.is_open = is_open
        for cell, width, alignment in zip(row, widths, self._alignments, strict=False):
            table.add_column(Prose(cell) if is_heading else "", width=width, justify=_JUSTIFIES[alignment])
        if not is_heading:
            table.add_row(*map(Prose, row))
        options = options_for(self._console, sum(widths) + _BAR * len(widths))
        return [packed(line) for line in fitting_lines(self._console, table, options)]

    def _record(self, row: Sequence[Cell], width: int) -> list[ScreenRow]:
        return [
            line
            for heading, cell in zip(self._header, row, strict=False)
            for line in flow([*heading, (": ", PLAIN), *cell], width)
        ]


def _fitted(row: list[str], count: int) -> list[str]:
    return [*row[: count - 1], " | ".join(row[count - 1 :]), *[""] * (count - len(row))][:count]


def _need(cell: Cell) -> int:
    """Return the cells of the longest line."""
    return max(1, *map(measure, _lines(cell)))


def _least(cell: Cell) -> int:
    """Return the cells that a column with *cell* must have, unless it needs fewer."""
    words = [word for line in _lines(cell) if (word := longest_word(line)) <= _LONGEST_WORD]
    return max([_LEAST_COLUMN, *words])


def _doubt(cell: Cell) -> int:
    """Return how many cells more than the Console counts a line may take: some terminals draw the parts of emoji."""
    return max(measure(line) - cell_len(line) for line in _lines(cell))


def _lines(cell: Cell) -> list[str]:
    return "".join(text for text, _ in cell).split("\n")


def _shared(needs: Sequence[int], floors: Sequence[int], room: int) -> list[int]:
    """Share *room* among columns: the wide ones give first, and all alike, none below its floor."""
    widths = list(needs)
    excess = sum(widths) - room
    while excess > 0:
        giving = [column for column, width in enumerate(widths) if width > floors[column]]
        widest = max(widths[column] for column in giving)
        wide = [column for column in giving if widths[column] == widest]
        below = max(width for width in [0, *widths, *(floors[column] for column in wide)] if width < widest)
        cut = min(widest - below, -(-excess // len(wide)))
        for column in wide:
            step = min(cut, excess)
            widths[column] -= step
            excess -= step
    return widths
