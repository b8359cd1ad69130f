"""Reads the rows of an input file: JSON Lines, a table with a header, or lines of text. Pure but for the file it reads.

Rows come one by one, in order, so memory does not grow with the file. A line that is not a row comes as a `BadLine` in
its place; blank lines are skipped.
"""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import BinaryIO

from chatcli.batch.input_kinds import BOM, InputFormat
from chatcli.batch.rows import BadLine, BadRowError, Row, read_json_row, row_from_cells
from chatcli.errors import UsageError
from chatcli.language import _, ngettext
from chatcli.records import frozen
from chatcli.text.json_values import storable_text

# Spreadsheets of many countries write semicolons in a .csv file; a .tsv file says by its name what it has.
_DELIMITERS: Mapping[InputFormat, str] = {"csv": ",;\t", "tsv": "\t"}
_MAX_CELL_CHARS = 1 << 27


@frozen
class InputRows:
    """The rows of a file that *open* opens at its start; *name* is for messages."""

    open: Callable[[], BinaryIO]
    format: InputFormat
    name: str

    def __iter__(self) -> Iterator[Row | BadLine]:
        """Yield each row, or what is wrong with its line; raises UsageError for a table without a header."""
        with self.open() as file:
            yield from parse_rows(file, self.format, self.name)


def parse_rows(lines: Iterable[bytes], form: InputFormat, name: str = "the input") -> Iterator[Row | BadLine]:
    """Yield the rows in *lines*, each with its line end; raises UsageError for a table without a header."""
    if form in _DELIMITERS:
        yield from _table_rows(lines, name, _DELIMITERS[form])
        return
    for number, line in enumerate(lines, 1):
        text = _decoded(line, number)
        if isinstance(text, BadLine):
            yield text
        elif text.strip():
            yield _line_row(text, number) if form == "text" else read_json_row(text.rstrip("\r\n"), number)


def _line_row(text: str, number: int) -> Row:
    return Row(number, str(number), storable_text(text.strip()))


def _decoded(line: bytes, number: int) -> str | BadLine:
    """Return the text of a line."""
    content = line.removeprefix(BOM) if number == 1 else line
    try:
        return content.decode()
    except UnicodeDecodeError as error:
        column = len(content[: error.start].decode()) + 1
        return BadLine(number, column, _("not UTF-8 text"))


_UNCLOSED = "unexpected end of data"  # as the parser says it


def _table_rows(lines: Iterable[bytes], name: str, delimiters: str) -> Iterator[Row | BadLine]:
    """Yield the rows of a table; a cell may span several lines, and its row has the number of the first one."""
    texts = _TextLines(lines)
    header = _header(texts, name, delimiters)
    cells = csv.reader(texts, delimiter=header.delimiter, strict=True)
    csv.field_size_limit(_MAX_CELL_CHARS)
    while True:
        first = texts.number + 1
        try:
            found = next(cells, None)
        except csv.Error as error:
            if first < texts.number and str(error) == _UNCLOSED:  # it may have taken in good rows
                what = _(
                    "{name}: the quote that opens in line {first} is never closed, up to line {last}",
                    name=name,
                    first=first,
                    last=texts.number,
                )
                hint = _("close it, or double it within a cell")
                raise UsageError(what, kept=_("nothing was sent"), hint=hint) from error
            yield BadLine(first, 1, _("not a row of a table: {reason}", reason=error))
            continue
        if found is None:
            return
        if texts.bad:
            yield texts.bad
            texts.bad = None
        elif any(cell.strip() for cell in found):
            yield _cells_row(header.names, found, first, header.delimiter)


def _cells_row(names: Sequence[str], cells: Sequence[str], line: int, delimiter: str) -> Row | BadLine:
    if len(cells) != len(names):
        what = ngettext(
            "{count} cell, but the header has {columns}",
            "{count} cells, but the header has {columns}",
            len(cells),
            columns=len(names),
        )
        if len(cells) > len(names):
            what = _("{fault}; quote a cell that contains a `{delimiter}`", fault=what, delimiter=delimiter)
        return BadLine(line, 1, what)
    try:
        return row_from_cells(dict(zip(names, map(storable_text, cells), strict=True)), line)
    except BadRowError as error:
        position = names.index(str(error.place)) if error.place in names else 0
        return BadLine(line, sum(len(cell) + 1 for cell in cells[:position]) + 1, error.reason)


class _TextLines:
    """The lines of a table as text; *number* is that of the last line, *bad* the first that is not text, if any."""

    def __init__(self, lines: Iterable[bytes]) -> None:
        self._lines = iter(lines)
        self.number = 0
        self.bad: BadLine | None = None

    def __iter__(self) -> Iterator[str]:
        return self

    def __next__(self) -> str:
        line = next(self._lines)
        self.number += 1
        text = _decoded(line, self.number)
        if isinstance(text, BadLine):
            self.bad = self.bad or text
            return line.decode("utf-8", "replace")
        return text


@frozen
class _Header:
    names: Sequence[str]
    delimiter: str


def _header(lines: Iterator[str], name: str, delimiters: str) -> _Header:
    text = next((line for line in lines if line.strip()), "")
    delimiter = max(delimiters, key=text.count)
    try:
        names = [cell.strip() for cell in next(csv.reader([text], delimiter=delimiter, strict=True), [])]
    except csv.Error as error:
        what = _("{name} has no header: {reason}", name=name, reason=error)
        raise UsageError(what, hint=_("name the columns in the first line")) from error
    if not any(names):
        raise UsageError(_("{name} is empty", name=name), kept=_("nothing was sent"))
    if repeated := next((cell for cell in names if names.count(cell) > 1), None):
        what = _("{name} has two columns called `{column}`", name=name, column=repeated)
        raise UsageError(what, hint=_("give each column its own name"))
    return _Header(names, delimiter)
