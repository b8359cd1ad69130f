"""Prepares a batch and runs it: input, columns, journal and output, in the order in which they may fail.

Everything that is wrong with the input, the settings or the files is said before the first request.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cache
from hashlib import sha256
from typing import Any

from chatcli.app.configuration import Configuration
from chatcli.app.endpoints import Endpoints
from chatcli.app.model_binder import examples_of
from chatcli.batch.asking import Asker, Shape
from chatcli.batch.breaker import Breaker
from chatcli.batch.columns import PlacedColumn, Sites, find_columns, sites_of
from chatcli.batch.crew import Crew, Notices, Task
from chatcli.batch.input_file import InputRows
from chatcli.batch.journal import Identity, ResultJournal
from chatcli.batch.output_file import Sink
from chatcli.batch.output_rows import OrderedRows, row_format
from chatcli.batch.replacement import RowModel, ask_in_order
from chatcli.batch.requests import RowRequests
from chatcli.batch.results import Result
from chatcli.batch.rows import BadLine, Row
from chatcli.batch.run import BatchRun, tasks_of
from chatcli.batch.survey import Survey, digest_of, good_rows, survey_rows
from chatcli.batch.totals import Score, add_scores
from chatcli.errors import RejectedError, Remedy, UsageError
from chatcli.language import _, ngettext
from chatcli.output.plain import Notes
from chatcli.output.progress import Progress
from chatcli.records import asdict, frozen, replace
from chatcli.text.json_values import as_number, as_object, parse_json
from chatcli.usage.spending_limit import SpendingLimit

DEFAULT_JOBS = 4


@frozen
class BatchOptions:
    """How a batch is run; *limit* is the number of rows, *max_cost* in US dollars; None is no limit."""

    jobs: int = DEFAULT_JOBS
    limit: int | None = None
    max_cost: float | None = None
    retry_failed: bool = False
    skip_bad: bool = False


@frozen
class BatchJob:
    """A batch whose input has been read once and found good."""

    source: InputRows
    survey: Survey
    columns: Sequence[PlacedColumn]
    requests: RowRequests
    options: BatchOptions

    @property
    def cells(self) -> int:
        """How many results there will be."""
        return self.survey.rows * len(self.columns)

    @property
    def titles(self) -> list[str]:
        """The names of several models, empty for one."""
        return [placed.column.title for placed in self.columns] if len(self.columns) > 1 else []

    def rows(self) -> Iterator[Row]:
        """Yield the rows to ask, in order."""
        good = good_rows(self.source, lambda row: _check(self.requests, self.columns, row), lambda _line: None)
        for number, row in enumerate(good if self.survey.bad else _only_rows(self.source)):
            if number >= self.survey.rows:
                return
            yield row

    def identity(self, endpoints: Endpoints) -> Identity:
        """Return what distinguishes this batch from others."""
        config = endpoints.config
        asked = [
            (placed.column.title, placed.endpoint.base_url, dict(placed.column.options)) for placed in self.columns
        ]
        template = asdict(self.requests.template) if self.requests.template else config.system()
        settings = json.dumps([asked, template, config.flags.var, config.flags.schema], default=str, sort_keys=True)
        names = {
            "model": ", ".join(placed.column.title for placed in self.columns),
            "endpoint": ", ".join(dict.fromkeys(placed.endpoint.host for placed in self.columns)),
        }
        with self.source.open() as file:
            return Identity(digest_of(file), sha256(settings.encode("utf-8", "replace")).hexdigest(), names)

    def start(
        self, endpoints: Endpoints, journal: ResultJournal, sink: Sink, progress: Progress, *, out: str
    ) -> BatchRun:
        """Return the run that asks what *journal* does not have; the name *out* decides the format of the rows."""
        if self.options.retry_failed:
            journal.again |= {cell for cell in range(journal.cells) if journal.has_failed(cell)}
        left = sum(not journal.is_answered(cell) for cell in range(journal.cells))
        jobs = min(self.options.jobs, left)
        sites, notices = sites_of(endpoints, self.columns), Notices()
        factory = _AskerFactory(self, sites, notices, shape_of(endpoints), self._spending_limit(journal, jobs))
        width = len(self.columns)
        ordered = OrderedRows(journal, row_format(out, self.titles), sink, width=width, count=self.survey.rows)

        def keep(cell: int, result: Result) -> None:
            journal.write(cell, result.exit_code, result.encode())

        crew = Crew(tasks_of(self.rows(), journal, width=width), factory.worker, keep, jobs)
        breaker = Breaker(is_armed=not journal.answers)
        return BatchRun(crew, journal, ordered, progress, sites, notices, left, breaker=breaker)

    def scores(self, journal: ResultJournal) -> list[Score]:
        """Return the score of each model, from all runs; empty if no row expects anything."""
        return scores_of(journal, [placed.column.title for placed in self.columns]) if self.survey.expecting else []

    def _spending_limit(self, journal: ResultJournal, jobs: int) -> SpendingLimit | None:
        if self.options.max_cost is None:
            return None
        for placed in (model for column in self.columns for model in column.models):
            if placed.column.price(placed.column.model) is None:
                model = placed.column.model
                what = _("the price of {model} is unknown, so its cost cannot be limited", model=model)
                hint = _('set it under [models."{model}"]', model=model)
                raise RejectedError(what, kept=_("nothing was sent"), hint=hint)
        return SpendingLimit(self.options.max_cost, max(jobs, 1), spent=journal.spent)


def prepare_batch(endpoints: Endpoints, source: InputRows, options: BatchOptions, notes: Notes) -> BatchJob:
    """Return the job for *source*; raises UsageError, and reports each bad line, if it cannot be asked."""
    columns = find_columns(endpoints)
    requests = _row_requests(endpoints.config)

    def report(line: BadLine) -> None:
        notes.write(f"chat: {source.name}:{line.line}:{line.column}: {line.reason}")

    rows = source if options.limit is None else _first_rows(source, options.limit)
    survey = survey_rows(rows, lambda row: _check(requests, columns, row), report)
    if survey.bad and not options.skip_bad:
        what = ngettext(
            "{count} line of {name} cannot be asked",
            "{count} lines of {name} cannot be asked",
            survey.bad,
            name=source.name,
        )
        raise UsageError(what, kept=_("nothing was sent"), hint=Remedy("skip_bad"))
    if not survey.rows:
        raise UsageError(_("{name} has no rows", name=source.name), kept=_("nothing was sent"))
    return BatchJob(source, survey, columns, requests, options)


def answered(journal: ResultJournal) -> Iterator[tuple[int, Mapping[str, Any]]]:
    """Yield the results in *journal* with their cells."""
    for cell in range(journal.cells):
        if journal.is_answered(cell):
            yield cell, as_object(parse_json(journal.result(cell)))


def scores_of(journal: ResultJournal, titles: Sequence[str]) -> list[Score]:
    """Return the scores in *journal*, for each of the models *titles* that has any."""
    found = ((cell % len(titles), as_number(result.get("score"))) for cell, result in answered(journal))
    return add_scores(titles, ((column, score) for column, score in found if score is not None))


def shape_of(endpoints: Endpoints) -> Shape | None:
    """Return what makes an answer fit the schema of the run, None without one."""
    config = endpoints.config
    if not config.flags.schema:
        return None
    from chatcli.app.answer_format import SchemaFormat, answer_schema
    from chatcli.request.schemas import SchemaCheck

    check = SchemaCheck(answer_schema(config.flags.schema, config.files), _("the schema"))
    return SchemaFormat(check, lambda _sentence: None).shape


def _row_requests(config: Configuration) -> RowRequests:
    template = config.template
    system = "" if template else config.system()
    return RowRequests(
        config.system if template else lambda _filler: system,
        config.filler,
        template,
        config.flags.template or "",
        examples_of(template) if template else (),
        uses_own_models=not config.flags.model,
    )


def _check(requests: RowRequests, columns: Sequence[PlacedColumn], row: Row) -> None:
    requests.request(row, columns[0].column.model, {})


def _only_rows(rows: Iterable[Row | BadLine]) -> Iterator[Row]:
    return (row for row in rows if isinstance(row, Row))


def _first_rows(rows: Iterable[Row | BadLine], limit: int) -> Iterator[Row | BadLine]:
    """Yield the beginning of *rows* with *limit* rows; bad lines do not count."""
    count = 0
    for row in rows:
        if count == limit:
            return
        count += isinstance(row, Row)
        yield row


@frozen
class _AskerFactory:
    """Makes what the workers ask with; each has clients of its own."""

    job: BatchJob
    sites: Sites
    notices: Notices
    shape: Shape | None
    limit: SpendingLimit | None

    def worker(self) -> _Worker:
        """Return what one thread asks with."""
        return _Worker(self)

    def asker(self, placed: PlacedColumn, *, replaces: bool) -> Asker:
        """Return an asker with a client of its own; one that *replaces* another gives rows no choice of the model."""
        site, requests = self.sites.of(placed), self.job.requests
        return Asker(
            site.pool.client(),
            placed.column,
            replace(requests, uses_own_models=False) if replaces else requests,
            site.gate,
            self.notices.hear,
            self.shape,
            self.limit,
        )


class _Worker:
    """Asks the tasks of one thread."""

    def __init__(self, factory: _AskerFactory) -> None:
        self._factory = factory
        columns = factory.job.columns
        self._models = [[self._model(*numbered) for numbered in enumerate(column.models)] for column in columns]

    def __call__(self, task: Task) -> Result:
        return ask_in_order(task.row, self._models[task.column], self._factory.notices.hear)

    def _model(self, number: int, placed: PlacedColumn) -> RowModel:
        """Return the model *number* of a column, whose client is made when it is asked first."""
        asker = cache(lambda: self._factory.asker(placed, replaces=number > 0))
        return RowModel(placed.column.title, lambda row: asker().ask(row))
