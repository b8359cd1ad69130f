"""Writes the rows of a batch whose answers came from elsewhere, and says how complete they are."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import closing, nullcontext
from pathlib import Path
from typing import Any

from chatcli.batch.job import scores_of
from chatcli.batch.journal import ResultJournal
from chatcli.batch.output_file import OutputFile, Sink
from chatcli.batch.output_rows import OrderedRows, row_format
from chatcli.batch.remote.result_reader import Check
from chatcli.batch.totals import describe_failures
from chatcli.cli.batch import count_answers, exit_code_of
from chatcli.cli.run import Run
from chatcli.errors import IncompleteAnswerError
from chatcli.language import _


def write_rows(run: Run, journal: ResultJournal, titles: Sequence[str], out: str) -> None:
    """Write all rows of *journal* that are complete to *out*, or to stdout if that is empty."""
    width = max(1, len(titles))
    output = OutputFile(Path(out)) if out else None
    sink: Sink = output or run.environment.stdout
    with closing(output) if output else nullcontext():
        rows = OrderedRows(journal, row_format(out, titles), sink, width=width, count=journal.cells // width)
        rows.begin()
        rows.advance()
        rows.finish()


def count_missing(run: Run, journal: ResultJournal) -> int:
    """Say how many answers there are, and return how many are missing."""
    answers, failures = journal.answers, journal.failures
    words = [count_answers(answers, journal.cells), describe_failures(failures)]
    told = _(", ").join(word for word in words if word)
    run.notes().note(f"chat: {told}")
    return journal.cells - answers - failures.total()


def exit_code(run: Run, journal: ResultJournal, models: Sequence[str], fail_under: str | None) -> int:
    """Show the scores of *models*, and return the exit code of the first failed row.

    Raises LowScoreError for a score below *fail_under*.
    """
    return exit_code_of(run, scores_of(journal, models), journal, fail_under)


def check_of(schema: Mapping[str, Any] | None) -> Check | None:
    """Return what an answer must pass, None without a schema; no correction is asked for."""
    if schema is None:
        return None
    from chatcli.request.schemas import SchemaCheck, UnfitAnswerError

    schema_check = SchemaCheck(dict(schema), _("the schema"))

    def check(answer: str) -> str:
        try:
            return schema_check.fitting_json(answer)
        except UnfitAnswerError as complaint:
            what = _("the answer does not match the schema: {complaint}", complaint=complaint)
            raise IncompleteAnswerError(what) from complaint

    return check
