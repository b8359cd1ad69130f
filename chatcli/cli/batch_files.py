"""`chat batch export` and `join`: files of the Batch API, for whatever else answers them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import ExitStack, closing
from itertools import chain
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Annotated, Any

from chatcli.api.encode import encode
from chatcli.app.answer_format import answer_schema
from chatcli.batch.job import BatchJob, prepare_batch
from chatcli.batch.output_file import OutputFile, Sink, check_output
from chatcli.batch.remote.request_files import Awaited, await_answer, custom_id_of, request_line
from chatcli.batch.remote.result_reader import ResultReader, keep_results
from chatcli.batch.source import STDIN, open_source
from chatcli.cli.batch import open_output, options_of
from chatcli.cli.batch_rows import check_of, count_missing, exit_code, write_rows
from chatcli.cli.run import Run
from chatcli.errors import IncompleteAnswerError, Remedy, UsageError
from chatcli.language import _, ngettext
from chatcli.process.startup import enable_collector
from chatcli.providers.provider import BatchService
from chatcli.records import replace

if TYPE_CHECKING:
    import typer


def export_requests(
    run: Run,
    file: Annotated[
        str, typer.Argument(metavar="FILE", help=_("JSON Lines, CSV or lines of text; - stands for stdin."))
    ],
) -> None:
    """Write the request of every row of *file* as a line of the Batch API, to --out or stdout."""
    out = run.files.path(run.flags.out) if run.flags.out else None
    with ExitStack() as stack:
        batch = _read(run, file, stack)
        if out:
            check_output(out, None if file == STDIN else run.files.path(file), restart=run.flags.restart)
        output = stack.enter_context(closing(OutputFile(out))) if out else None
        sink: Sink = output or run.environment.stdout
        for custom_id, body, _awaited in _requests(batch):
            sink.write(request_line(BatchService(), custom_id, body).decode())
        sink.flush()
    join = f"`chat batch join {file} RESULTS`"
    run.notes().note(
        ngettext(
            "chat: {count} request; {join} takes the answers",
            "chat: {count} requests; {join} takes the answers",
            batch.cells,
            join=join,
        )
    )


def join_results(
    run: Run,
    file: Annotated[str, typer.Argument(metavar="FILE", help=_("The input that was exported."))],
    results: Annotated[list[str], typer.Argument(metavar="RESULTS...", help=_("Result files of the Batch API."))],
) -> int:
    """Write the rows of *file* with the answers in *results*; the exit code is that of the first failed row."""
    with ExitStack() as stack:
        batch = _read(run, file, stack)

        def folder() -> Path:
            return Path(stack.enter_context(TemporaryDirectory(prefix="chat-batch-")))

        column, endpoint = batch.columns[0].column, batch.columns[0].endpoint
        awaited = {custom_id: known for custom_id, _body, known in _requests(batch)}
        reader = ResultReader(run.endpoints.exchange(replace(endpoint, wants_key=False)), check_of(_schema(run)))
        lines = chain.from_iterable(_lines(run, name) for name in results)
        journal, _sink = open_output(run, batch, file, folder, stack)
        keep_results(reader.read(lines, column.model, column.price(column.model), awaited), journal)
        out = str(run.files.path(run.flags.out)) if run.flags.out else ""
        write_rows(run, journal, batch.titles, out)
        if missing := count_missing(run, journal):
            what = ngettext(
                "{count} answer missing in {files}",
                "{count} answers missing in {files}",
                missing,
                files=_(", ").join(results),
            )
            raise IncompleteAnswerError(what, hint=Remedy("finish_batch") if out else None)
        return exit_code(run, journal, [column.title], run.flags.fail_under)


def _read(run: Run, file: str, stack: ExitStack) -> BatchJob:
    """Return the batch in *file*, for one model."""
    enable_collector()

    def folder() -> Path:
        return Path(stack.enter_context(TemporaryDirectory(prefix="chat-batch-")))

    source = open_source(file, run.files, run.environment.stdin.buffer, folder)
    batch = prepare_batch(run.endpoints, source, options_of(run), run.notes())
    if len(batch.columns) > 1:
        what = _("a file of the Batch API is for one model and one set of parameters")
        raise UsageError(what, hint=_("name one with -m"))
    return batch


def _requests(batch: BatchJob) -> Iterator[tuple[str, Mapping[str, Any], Awaited]]:
    """Yield for each row the id under which it is asked, the body of its request, and what the answer is for."""
    placed = batch.columns[0]
    for cell, row in enumerate(batch.rows()):
        request = batch.requests.request(row, placed.column.model, placed.column.options)
        body = encode(request, placed.endpoint.row).body
        yield custom_id_of(row), body, await_answer(cell, row, body)


def _lines(run: Run, name: str) -> Iterator[bytes]:
    with run.files.reader(is_named=True).open(run.files.path(name)) as file:
        yield from file


def _schema(run: Run) -> Mapping[str, Any] | None:
    return answer_schema(run.flags.schema, run.files) if run.flags.schema else None
