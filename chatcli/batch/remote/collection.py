"""Brings the answers of a job home: each result line becomes a result in the journal, as if it had been asked here.

What the provider gave up before asking the model stays unanswered, so that it can be submitted again or asked here.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

from chatcli.api.batch_answers import BatchAnswer, read_answer
from chatcli.api.batch_service import BatchClient
from chatcli.batch.journal import ResultJournal
from chatcli.batch.remote.jobs import Part, RemoteJob
from chatcli.batch.remote.manifest import Manifest
from chatcli.batch.remote.request_files import Awaited, read_awaited
from chatcli.batch.results import Result, result_of
from chatcli.conversation.messages import Usage
from chatcli.conversation.outcome import ending_error
from chatcli.errors import ChatError
from chatcli.records import frozen, replace

_GROUP = 1000  # results of one fsync

Check = Callable[[str], str]


@frozen
class Collection:
    """Fetches the answers of *job* through *client*; *check* returns an answer that fits the schema of the run.

    *check* raises ChatError for an answer that does not fit.
    """

    client: BatchClient
    manifest: Manifest
    job: RemoteJob
    check: Check | None = None

    def collect(self, journal: ResultJournal) -> RemoteJob:
        """Write the answers of every part that has ended to *journal*, and return the job as it is then.

        Raises ChatError; what has been written by then is kept.
        """
        job = self.job
        is_new = not any(map(journal.is_answered, range(journal.cells)))
        for part in job.parts:
            if part.has_ended and (is_new or part.state == "submitted"):
                self._collect_part(part, journal)
                job = job.with_part(replace(part, state="fetched"))
                self.manifest.save(job)
        return job

    def _collect_part(self, part: Part, journal: ResultJournal) -> None:
        report = self.client.report(part.job)
        folder = self.manifest.path(self.job.name)
        awaited = read_awaited(folder, part.number)
        with TemporaryDirectory(dir=folder, prefix="results-") as temporary:
            path = Path(temporary) / "results.jsonl"
            self.client.save_results(report, path)
            for number, (cell, result) in enumerate(self._results(part, path, awaited), 1):
                if not journal.is_answered(cell) or journal.has_failed(cell):
                    journal.write(cell, result.exit_code, result.encode())
                if number % _GROUP == 0:
                    journal.sync()
        journal.sync()

    def _results(self, part: Part, path: Path, awaited: dict[str, Awaited]) -> Iterator[tuple[int, Result]]:
        """Yield the result of each row with its cell; lines that nothing awaits and repetitions are left out."""
        with path.open("rb") as file:
            for line in file:
                answer = read_answer(self.client.exchange, line, part.model)
                if answer and answer.was_asked and (known := awaited.pop(answer.custom_id, None)):
                    yield known.cell, self._result(part, answer, known)

    def _result(self, part: Part, answer: BatchAnswer, awaited: Awaited) -> Result:
        reply = answer.reply
        error = ending_error(reply, answer.error, {"max_tokens": True} if awaited.is_limited else {})
        result = result_of(awaited.id, reply, error, model=part.model, usage=self._usage(part, reply.usage))
        result = self._checked(result)
        return replace(result, score=awaited.expect.score(result.answers)) if awaited.expect else result

    def _usage(self, part: Part, usage: Usage | None) -> Usage | None:
        """Return *usage* with its cost: services ask less for batches than for single requests."""
        if usage is None or usage.cost is not None or part.price is None:
            return usage
        cost = part.price.cost(usage)
        return usage if cost is None else replace(usage, cost=cost * self.client.service.price_share)

    def _checked(self, result: Result) -> Result:
        if self.check is None or result.error:
            return result
        try:
            return replace(result, answers=[self.check(answer) for answer in result.answers])
        except ChatError as unfit:
            return replace(result, status="incomplete", error=unfit)
