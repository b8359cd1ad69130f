"""Writes results in the order of the rows, as JSON Lines or a table. Pure but for the file it writes.

A row is written when all its results are there: one for each model. With several models a row has the answers of all,
in `models` by name, or in a group of columns for each.
"""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Mapping, Sequence
from pathlib import PurePath
from typing import Any, Protocol

from chatcli.batch.journal import ResultJournal
from chatcli.batch.output_file import Sink
from chatcli.records import frozen
from chatcli.text.json_values import as_object, format_json

_TABLES = {".csv": ",", ".tsv": "\t"}
_COLUMNS = (
    "answer",
    "status",
    "finish_reason",
    "model",
    "score",
    "prompt_tokens",
    "completion_tokens",
    "cost",
    "error",
)


class RowFormat(Protocol):
    """Formats output rows; *results* are those of one row, one for each model."""

    def header(self) -> str:
        """Return what the file begins with."""
        ...

    def row(self, results: Sequence[bytes]) -> str:
        """Return one row with its line end."""
        ...


@frozen
class JsonRows:
    """JSON Lines; *models* are the names of several models, empty for one."""

    models: Sequence[str] = ()

    def header(self) -> str:
        """Return nothing: JSON Lines have no header."""
        return ""

    def row(self, results: Sequence[bytes]) -> str:
        """Return the result itself, or that of each model by its name."""
        if not self.models:
            return results[0].decode() + "\n"
        found = [as_object(json.loads(result)) for result in results]
        answers = {model: _without_id(result) for model, result in zip(self.models, found, strict=True)}
        row = {"id": found[0].get("id"), "models": answers}
        return format_json(row, is_compact=True) + "\n"


@frozen
class TableRows:
    """A table with *delimiter* between cells; *models* are the names of several models, empty for one."""

    models: Sequence[str] = ()
    delimiter: str = ","

    def header(self) -> str:
        """Return the names of the columns."""
        groups = [f"{model}." for model in self.models] or [""]
        return self._line(["id", *(f"{group}{name}" for group in groups for name in _COLUMNS)])

    def row(self, results: Sequence[bytes]) -> str:
        """Return one row of the table."""
        found = [as_object(json.loads(result)) for result in results]
        return self._line([found[0].get("id"), *(cell for result in found for cell in _cells(result))])

    def _line(self, cells: Sequence[Any]) -> str:
        line = io.StringIO(newline="")
        # Rows end with CRLF, else a CR in a cell would not be quoted.
        csv.writer(line, delimiter=self.delimiter).writerow(cells)
        return line.getvalue()


def row_format(out: str, models: Sequence[str]) -> RowFormat:
    """Return the format of the output *out*, by its suffix: a table, or JSON Lines."""
    delimiter = _TABLES.get(PurePath(out).suffix.lower())
    return TableRows(models, delimiter) if delimiter else JsonRows(models)


def _without_id(result: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in result.items() if name != "id"}


def _cells(result: Mapping[str, Any]) -> list[Any]:
    usage, error = as_object(result.get("usage")), as_object(result.get("error"))
    values = {**result, **usage, "error": error.get("message")}
    if answers := result.get("answers"):
        values["answer"] = json.dumps(answers, ensure_ascii=False)
    return [values.get(name) for name in _COLUMNS]


class OrderedRows:
    """Writes the *count* rows of *journal*, *width* results each, to *sink*."""

    def __init__(self, journal: ResultJournal, form: RowFormat, sink: Sink, *, width: int, count: int) -> None:
        self._journal = journal
        self._form = form
        self._sink = sink
        self._width = width
        self._count = count
        self._next = 0

    def begin(self) -> None:
        """Write the header."""
        if header := self._form.header():
            self._sink.write(header)

    def advance(self) -> None:
        """Write the rows that are complete, up to the first that is not."""
        while self._next < self._count and self._is_complete(self._next):
            self._put(self._next)
            self._next += 1
        self._sink.flush()

    def finish(self) -> None:
        """Write all other rows that are complete: no more will come in this run."""
        for row in range(self._next, self._count):
            if self._is_complete(row):
                self._put(row)
        self._next = self._count
        self._sink.flush()

    def _is_complete(self, row: int) -> bool:
        return all(map(self._journal.is_answered, self._cells(row)))

    def _put(self, row: int) -> None:
        self._sink.write(self._form.row([self._journal.result(cell) for cell in self._cells(row)]))

    def _cells(self, row: int) -> range:
        return range(row * self._width, (row + 1) * self._width)
