"""Writes the requests of a batch in the format of the Batch API, in files that a service accepts.

A file holds the requests of one model, at most as many, and as many bytes, as the service takes. Beside each is a file
that says what the answers are for: no answer needs the input again.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack
from hashlib import sha256
from pathlib import Path
from typing import Any, BinaryIO

from chatcli.batch.columns import PlacedColumn
from chatcli.batch.crew import Task
from chatcli.batch.expectations import Expectation, read_expectation
from chatcli.batch.remote.jobs import Part
from chatcli.batch.requests import RowRequests
from chatcli.batch.rows import Row
from chatcli.conversation.messages import Request
from chatcli.errors import UsageError
from chatcli.language import _
from chatcli.providers.provider import BatchService
from chatcli.records import frozen, mutable
from chatcli.text.json_values import as_bool, as_int, as_object, as_text, parse_json
from chatcli.text.units import format_size

MAX_ID_LENGTH = 64  # some services take no longer ones
_LIMITS = ("max_tokens", "max_completion_tokens")

Body = Callable[[Request], Mapping[str, Any]]


@frozen
class Awaited:
    """What one answer is for: *cell* of the journal and *id* of its row. *is_limited*: the user set its length."""

    cell: int
    id: str
    is_limited: bool
    expect: Expectation | None = None


def await_answer(cell: int, row: Row, request: Mapping[str, Any]) -> Awaited:
    """Return what the answer to *row* is for, whose body is *request*."""
    return Awaited(cell, row.id, any(name in request for name in _LIMITS), row.expect)


def requests_path(folder: Path, number: int) -> Path:
    """Return the path of the requests of part *number*."""
    return folder / f"{number}.jsonl"


def awaited_path(folder: Path, number: int) -> Path:
    """Return the path of what the answers of part *number* are for."""
    return folder / f"{number}.rows"


def request_line(service: BatchService, custom_id: str, body: Mapping[str, Any]) -> bytes:
    """Return one request as *service* takes it, with its line end."""
    if service.names_model:
        body = {name: value for name, value in body.items() if name != "model"}
    target = {"method": "POST", "url": service.url} if service.names_url else {}
    line = {"custom_id": custom_id, **target, "body": body}
    return json.dumps(line, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "replace") + b"\n"


def custom_id_of(row: Row) -> str:
    """Return the id under which *row* is submitted: its own, unless that is too long for a service."""
    return row.id if len(row.id) <= MAX_ID_LENGTH else sha256(row.id.encode("utf-8", "replace")).hexdigest()


def write_requests(
    tasks: Iterable[Task],
    columns: Sequence[PlacedColumn],
    requests: RowRequests,
    body: Body,
    service: BatchService,
    folder: Path,
) -> list[Part]:
    """Write the requests for *tasks* into *folder*, and return the parts; raises UsageError if one is too large."""
    with ExitStack() as stack:
        writers = _Writers(service, folder, stack)
        for task in tasks:
            column = columns[task.column].column
            request = requests.request(task.row, column.model, column.options)
            writers.write(task, request.model, body(request))
        parts = writers.finish()
    prices = [columns[part.column].column.price for part in parts]
    return [
        Part(part.number, part.column, part.model, part.count, price(part.model))
        for part, price in zip(parts, prices, strict=True)
    ]


def read_awaited(folder: Path, number: int) -> dict[str, Awaited]:
    """Return what the answers of part *number* are for, by the ids under which it was submitted."""
    found: dict[str, Awaited] = {}
    with awaited_path(folder, number).open("rb") as file:
        for line in file:
            fields = as_object(parse_json(line))
            name, expect = as_text(fields.get("id")), fields.get("expect")
            custom_id = as_text(fields.get("custom_id")) or name
            awaited = Awaited(as_int(fields.get("cell")) or 0, name, as_bool(fields.get("limited")))
            found[custom_id] = awaited if expect is None else _expecting(awaited, expect)
    return found


def _expecting(awaited: Awaited, expect: Any) -> Awaited:
    return Awaited(awaited.cell, awaited.id, awaited.is_limited, read_expectation(expect))


def _awaited_line(task: Task, body: Mapping[str, Any], custom_id: str) -> bytes:
    row = task.row
    values: dict[str, Any] = {"cell": task.cell, "id": row.id}
    values |= {"custom_id": custom_id} if custom_id != row.id else {}
    values |= {"limited": True} if any(name in body for name in _LIMITS) else {}
    values |= {"expect": {row.expect.comparison: row.expect.value}} if row.expect else {}
    return json.dumps(values, separators=(",", ":")).encode() + b"\n"


@mutable
class _OpenPart:
    """A part that is being written."""

    number: int
    column: int
    model: str
    requests: BinaryIO
    awaited: BinaryIO
    count: int = 0
    size: int = 0


class _Writers:
    """The parts of a job while they are written: one is open for each column and model."""

    def __init__(self, service: BatchService, folder: Path, stack: ExitStack) -> None:
        self._service = service
        self._folder = folder
        self._stack = stack
        self._open: dict[tuple[int, str], _OpenPart] = {}
        self._parts: list[_OpenPart] = []

    def write(self, task: Task, model: str, body: Mapping[str, Any]) -> None:
        """Add one request to the part of its column and *model*."""
        custom_id = custom_id_of(task.row)
        line = request_line(self._service, custom_id, body)
        if len(line) > self._service.max_bytes:
            what = _(
                "row {id} needs {size}; the provider accepts files of at most {limit}",
                id=task.row.id,
                size=format_size(len(line)),
                limit=format_size(self._service.max_bytes),
            )
            raise UsageError(what, kept=_("nothing was submitted"))
        part = self._open.get((task.column, model))
        if part is None or part.count >= self._service.max_requests or part.size + len(line) > self._service.max_bytes:
            part = self._open[task.column, model] = self._begin(task.column, model)
        part.requests.write(line)
        part.awaited.write(_awaited_line(task, body, custom_id))
        part.count += 1
        part.size += len(line)

    def finish(self) -> list[_OpenPart]:
        """Make all parts durable, and return them."""
        for file in self._files(self._parts):
            file.flush()
            os.fsync(file.fileno())
        return self._parts

    def _begin(self, column: int, model: str) -> _OpenPart:
        number = len(self._parts) + 1
        requests, awaited = (
            self._new(requests_path(self._folder, number)),
            self._new(awaited_path(self._folder, number)),
        )
        self._parts.append(_OpenPart(number, column, model, requests, awaited))
        return self._parts[-1]

    def _new(self, path: Path) -> BinaryIO:
        return self._stack.enter_context(path.open("xb"))

    def _files(self, parts: Iterable[_OpenPart]) -> Iterator[BinaryIO]:
        for part in parts:
            yield part.requests
            yield part.awaited
