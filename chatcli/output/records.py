"""Lays text out for those who hear a screen: whole lines, tables as records, addresses of data by type and size.

A screen reader reads a table of bars cell by cell, without the headings that say what the cells are. Everything else
stays as it was written, and code stays to the letter.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence

from chatcli.markdown.data_addresses import shorten_data
from chatcli.markdown.lines import cells, column_alignments

_CODE_SPAN = re.compile(r"(?<!`)(`+)(?!`) ?(.+?) ?(?<!`)\1(?!`)")
_PAIR = 2  # columns of a table that needs no headings in its rows: they stand above, as a pair themselves
_FENCE = re.compile(r"[ >]*(`{3,}(?=[^`]*$)|~{3,})")


def with_records(markdown: str, *, is_ours: bool = False, fit: Callable[[str], str] = str) -> str:
    """Return *markdown* with its tables as records, and without the marks of code within a line where it *is_ours*.

    *fit* breaks a line that is too long; it gets none of the code, which could not be copied then.
    """
    lines = SpokenLines(is_ours=is_ours, fit=fit)
    return "".join([lines.feed(markdown), lines.close()])


class SpokenLines:
    """Takes a text as it comes, and returns the lines that are whole.

    In a text that *is_ours*, backticks only set names off, which people who cannot see the code need not hear.
    """

    def __init__(self, *, is_ours: bool = False, fit: Callable[[str], str] = str) -> None:
        self._is_ours = is_ours
        self._fit = fit
        self._partial: list[str] = []
        self._fence = ""  # what ends the code that is open
        self._above: str | None = None  # a line that may be the heading of a table
        self._head: Sequence[str] = ()  # of the table that is open
        self._rows = 0

    def feed(self, text: str) -> str:
        """Return the lines that have ended, each with its newline."""
        first, *rest = text.split("\n")
        self._partial.append(first)
        if not rest:
            return ""
        lines = ["".join(self._partial), *rest[:-1]]
        self._partial = [rest[-1]]
        return "".join(f"{shown}\n" for line in lines for shown in self._read(line))

    def close(self) -> str:
        """Return the rest, which ends without a newline as it came."""
        rest = "".join(self._partial)
        shown = [*self._read(rest), *map(self._fit, self._released())]
        return "\n".join(shown)

    def _read(self, line: str) -> Iterator[str]:
        if self._fence:
            fence = _FENCE.match(line)
            if fence and fence[1].startswith(self._fence) and not line[fence.end() :].strip():
                self._fence = ""
            yield line
        else:
            yield from map(self._fit, self._read_prose(line))

    def _read_prose(self, line: str) -> Iterator[str]:
        """Read a line that is in no code."""
        if self._head and "|" in line:
            row = [self._spoken(_bare(cell)) for cell in cells(line, len(self._head))]
            yield from _records(self._head, row, is_first=not self._rows)
            self._rows += 1
        elif self._above is not None and (alignments := column_alignments(self._above, line)):
            self._head = [self._spoken(_bare(cell)) for cell in cells(self._above, len(alignments))]
            self._above, self._rows = None, 0
            if len(self._head) == _PAIR and any(self._head):
                yield from _records(self._head, self._head, is_first=True)
        else:
            yield from self._outside(line)

    def _outside(self, line: str) -> Iterator[str]:
        """Read a line that is in no table and no code, though one of them may begin with it."""
        yield from self._released()
        self._head = ()
        if fence := _FENCE.match(line):
            self._fence = fence[1]
            yield line
        elif "|" in line:
            self._above = line
        else:
            yield self._spoken(line)

    def _released(self) -> Iterator[str]:
        """Return the line that is no heading after all."""
        if self._above is not None:
            yield self._spoken(self._above)
            self._above = None

    def _spoken(self, line: str) -> str:
        return shorten_data(_CODE_SPAN.sub(r"\2", line) if self._is_ours else line)


def _records(head: Sequence[str], row: Sequence[str], *, is_first: bool) -> Iterator[str]:
    """Return the lines of a record: of a pair the first cell names the second, else each cell has its heading."""
    if len(head) == _PAIR:
        yield ": ".join(cell for cell in row if cell)
        return
    if not is_first:
        yield ""
    for name, cell in zip(head, row, strict=False):
        if cell:
            yield f"{name}: {cell}" if name else cell


def _bare(cell: str) -> str:
    """Return the text of a cell without the marks around it: bold, or as many backticks as it begins with."""
    mark = cell[: len(cell) - len(cell.lstrip("`"))] or "**"
    if len(cell) < 2 * len(mark) or not (cell.startswith(mark) and cell.endswith(mark)):
        return cell
    return cell[len(mark) : -len(mark)].removeprefix(" ").removesuffix(" ")
