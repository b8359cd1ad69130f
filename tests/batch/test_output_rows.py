"""Rows come out in the order they went in, whatever the order of their answers."""

from __future__ import annotations

import csv
import io
import json
from contextlib import closing
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chatcli.batch.journal import Identity, ResultJournal, open_journal
from chatcli.batch.output_rows import JsonRows, OrderedRows, TableRows
from chatcli.batch.results import Result
from chatcli.conversation.messages import Usage
from chatcli.errors import RejectedError

IDENTITY = Identity("input", "request", {})
TEXTS = st.text(st.characters(codec="utf-8"), max_size=12)


def result(id: str, answer: str, model: str = "m") -> bytes:
    return Result(id, [answer], "complete", model, "stop", Usage(5, 2, cost=0.5)).encode()


def add(journal: ResultJournal, *found: tuple[int, int, bytes]) -> None:
    for entry in found:
        journal.write(*entry)
    journal.sync()


def opened(folder: Path, cells: int) -> ResultJournal:
    return open_journal(folder / "journal", IDENTITY, cells)


@settings(max_examples=30)
@given(st.permutations(range(6)), st.integers(1, 3))
def test_rows_are_in_order_at_every_moment(
    tmp_path_factory: pytest.TempPathFactory, order: list[int], group: int
) -> None:
    """After each group the output is the longest beginning that is complete, and nothing is written twice."""
    journal, output = opened(tmp_path_factory.mktemp("run"), 6), io.StringIO()
    rows = OrderedRows(journal, JsonRows(), output, width=1, count=6)
    for start in range(0, 6, group):
        add(journal, *((cell, 0, result(str(cell), "x")) for cell in order[start : start + group]))
        rows.advance()
        done = set(order[: start + group])
        ready = next((cell for cell in range(6) if cell not in done), 6)
        assert [json.loads(line)["id"] for line in output.getvalue().splitlines()] == list(map(str, range(ready)))
    journal.close()


def test_an_interrupted_run_writes_what_it_has_in_order(tmp_path: Path) -> None:
    output = io.StringIO()
    with closing(opened(tmp_path, 6)) as journal:
        rows = OrderedRows(journal, JsonRows(), output, width=2, count=3)
        add(journal, (5, 0, result("2", "f")), (0, 0, result("0", "a")), (1, 0, result("0", "b")))
        add(journal, (4, 0, result("2", "e")), (2, 0, result("1", "c")))

        rows.advance()
        rows.finish()

    assert [json.loads(line)["id"] for line in output.getvalue().splitlines()] == ["0", "2"]


@settings(max_examples=50)
@given(TEXTS, TEXTS)
def test_a_row_holds_the_answers_of_all_models(one: str, two: str) -> None:
    results = [result("7", one, "a"), result("7", two, "b")]

    row = json.loads(JsonRows(["a", "b"]).row(results))
    table = TableRows(["a", "b"])
    cells = next(csv.DictReader(io.StringIO(table.header() + table.row(results), newline="")))

    assert row["id"] == cells["id"] == "7"
    assert [row["models"][name]["answer"] for name in ("a", "b")] == [one, two]
    assert [cells[f"{name}.answer"] for name in ("a", "b")] == [one, two]
    assert "id" not in row["models"]["a"]


def test_a_failed_row_says_why_in_both_forms() -> None:
    failed = Result("7", [], "failed", "m", error=RejectedError("no such thing")).encode()

    row = json.loads(JsonRows().row([failed]))
    table = TableRows()
    cells = next(csv.DictReader(io.StringIO(table.header() + table.row([failed]), newline="")))

    assert (row["answer"], row["error"]["exit_code"], row["error"]["message"]) == (None, 8, "no such thing")
    assert (cells["answer"], cells["status"], cells["error"]) == ("", "failed", "no such thing")
