"""What ends a run early is said, and what there was to ask is asked."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import closing
from io import StringIO
from pathlib import Path

import pytest

from chatcli.batch.columns import Sites
from chatcli.batch.crew import Crew, Notices, Task
from chatcli.batch.journal import Identity, open_journal
from chatcli.batch.output_rows import JsonRows, OrderedRows
from chatcli.batch.results import Result
from chatcli.batch.rows import Row
from chatcli.batch.run import BatchRun, tasks_of
from chatcli.errors import ServerError, UsageError
from chatcli.output.plain import Notes
from chatcli.output.progress import LineProgress
from chatcli.process.signals import InterruptGate

Ask = Callable[[Task], Result]


def answer(task: Task) -> Result:
    return Result(task.row.id, [f"re: {task.row.prompt}"], "complete", "m")


def play(folder: Path, rows: Iterator[Row], ask: Ask, output: StringIO, *, cells: int, jobs: int = 3) -> BatchRun:
    """Run *ask* on *rows*, and write to *output*."""
    with closing(open_journal(folder / "journal", Identity("i", "r", {}), cells)) as journal:
        crew = Crew(
            tasks_of(rows, journal, width=1),
            lambda: ask,
            lambda cell, result: journal.write(cell, result.exit_code, result.encode()),
            jobs,
        )
        ordered = OrderedRows(journal, JsonRows(), output, width=1, count=cells)
        progress = LineProgress(Notes(StringIO(), str))
        run = BatchRun(crew, journal, ordered, progress, Sites({}), Notices(), cells)
        run.run(InterruptGate())
    return run


def some_rows(count: int) -> Iterator[Row]:
    return (Row(number, str(number), f"q{number}") for number in range(1, count + 1))


def test_every_row_is_asked_and_written(tmp_path: Path) -> None:
    output = StringIO()

    run = play(tmp_path, some_rows(50), answer, output, cells=50)

    assert run.totals.answered == 50
    assert [json.loads(line)["answer"] for line in output.getvalue().splitlines()] == [
        f"re: q{n}" for n in range(1, 51)
    ]


def test_an_input_that_has_become_shorter_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="changed"):
        play(tmp_path, some_rows(8), answer, StringIO(), cells=10)


def test_an_error_of_one_worker_ends_the_run_with_what_the_others_have(tmp_path: Path) -> None:
    def ask(task: Task) -> Result:
        if task.row.id == "4":
            raise ServerError("it is over")
        return answer(task)

    output = StringIO()
    with pytest.raises(ServerError, match="over"):
        play(tmp_path, some_rows(50), ask, output, cells=50, jobs=1)

    assert output.getvalue().count("\n") == 3
