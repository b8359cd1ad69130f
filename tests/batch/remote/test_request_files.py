"""Every request is in one file, and every file is one that the service accepts."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chatcli.app.templates import TemplateFiller
from chatcli.batch.asking import Column
from chatcli.batch.columns import PlacedColumn
from chatcli.batch.crew import Task
from chatcli.batch.expectations import read_expectation
from chatcli.batch.remote.jobs import Part
from chatcli.batch.remote.request_files import (
    MAX_ID_LENGTH,
    read_awaited,
    request_line,
    requests_path,
    write_requests,
)
from chatcli.batch.requests import RowRequests
from chatcli.batch.rows import Row
from chatcli.conversation.messages import Request
from chatcli.conversation.token_budget import TokenBudget
from chatcli.errors import UsageError
from chatcli.providers.endpoint import Endpoint
from chatcli.providers.provider import BatchService
from chatcli.providers.table import PLAIN
from chatcli.usage.tokens import counter_for

ENDPOINT = Endpoint(name="test", base_url="http://127.0.0.1/v1", row=PLAIN)
REQUESTS = RowRequests(lambda _filler: "", TemplateFiller((), str), uses_own_models=True)


def column(model: str) -> PlacedColumn:
    return PlacedColumn(Column(model, model, {}, lambda _model: None), ENDPOINT, TokenBudget(counter_for(model), None))


def body(request: Request) -> dict[str, Any]:
    return {"model": request.model, "messages": [{"role": "user", "content": request.messages[-1].text}]}


def write(folder: Path, rows: Sequence[Row], models: Sequence[str], service: BatchService) -> list[Part]:
    width = len(models)
    tasks = [Task(width * number + one, one, row) for number, row in enumerate(rows) for one in range(width)]
    return write_requests(tasks, [column(model) for model in models], REQUESTS, body, service, folder)


def some_rows(texts: Sequence[str]) -> list[Row]:
    return [Row(number, f"{number}", text) for number, text in enumerate(texts, 1)]


@settings(max_examples=30)
@given(
    texts=st.lists(st.text(max_size=30), max_size=20),
    models=st.sampled_from([["m"], ["m", "n"]]),
    most=st.integers(1, 7),
    size=st.integers(400, 700),
)
def test_the_files_of_a_job_hold_every_request_once(texts: list[str], models: list[str], most: int, size: int) -> None:
    service = BatchService(max_requests=most, max_bytes=size)
    rows = some_rows([text or "x" for text in texts])
    with TemporaryDirectory() as name:
        folder = Path(name)

        parts = write(folder, rows, models, service)

        found = []
        for part in parts:
            data = requests_path(folder, part.number).read_bytes()
            lines = [json.loads(line) for line in data.splitlines()]
            assert len(lines) == part.count <= most
            assert len(data) <= size
            assert {line["body"]["model"] for line in lines} == {part.model} == {models[part.column]}
            awaited = read_awaited(folder, part.number)
            assert [*awaited] == [line["custom_id"] for line in lines]
            found += [(one.cell, one.id) for one in awaited.values()]
        expected = [(len(models) * at + one, row.id) for at, row in enumerate(rows) for one in range(len(models))]
        assert sorted(found) == expected


def test_each_model_that_rows_name_has_files_of_its_own(tmp_path: Path) -> None:
    messages = [{"role": "user", "content": "hi"}]
    rows = [Row(1, "a", body={"model": "x", "messages": messages}), Row(2, "b", "hi"), Row(3, "c", messages=messages)]

    parts = write(tmp_path, rows, ["m"], BatchService())

    assert [(part.model, part.count) for part in parts] == [("x", 1), ("m", 2)]


def test_what_an_answer_is_for_is_kept(tmp_path: Path) -> None:
    """A name that services do not take is replaced, the same one each time."""
    expect = read_expectation({"contains": ["a", "b"]})
    limited = {"model": "m", "messages": [{"role": "user", "content": "x"}], "max_tokens": 5}
    rows = [Row(1, "i" * (MAX_ID_LENGTH + 1), "x", expect=expect), Row(2, "short", "x")]
    tasks = [Task(number, 0, row) for number, row in enumerate(rows)]

    write_requests(tasks, [column("m")], REQUESTS, lambda _request: limited, BatchService(), tmp_path)

    awaited = read_awaited(tmp_path, 1)
    assert all(len(custom_id) <= MAX_ID_LENGTH for custom_id in awaited)
    assert [(one.id, one.expect, one.is_limited) for one in awaited.values()] == [
        (rows[0].id, expect, True),
        ("short", None, True),
    ]


def test_a_request_that_no_file_can_hold_is_named(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="row 2 needs"):
        write(tmp_path, some_rows(["x", "y" * 500]), ["m"], BatchService(max_bytes=300))


LINES = [
    (BatchService(), {"custom_id": "1", "method": "POST", "url": "/v1/chat/completions", "body": {"model": "m"}}),
    (BatchService(url="/chat/completions"), {"custom_id": "1", "method": "POST", "url": "/chat/completions"}),
    (BatchService(names_url=False), {"custom_id": "1", "body": {"model": "m"}}),
    (BatchService(names_url=False, names_model=True), {"custom_id": "1", "body": {}}),
]


@pytest.mark.parametrize(("service", "line"), LINES)
def test_a_line_is_as_the_service_takes_it(service: BatchService, line: dict[str, Any]) -> None:
    assert json.loads(request_line(service, "1", {"model": "m"})) == {"body": {"model": "m"}} | line
