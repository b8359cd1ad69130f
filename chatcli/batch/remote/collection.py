"""Fetches the answers of a job into the journal."""

from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryDirectory

from chatcli.api.batch_jobs import JobReport
from chatcli.api.batch_service import BatchClient
from chatcli.batch.journal import ResultJournal
from chatcli.batch.remote.jobs import Part, RemoteJob
from chatcli.batch.remote.manifest import Manifest
from chatcli.batch.remote.request_files import read_awaited
from chatcli.batch.remote.result_reader import ResultReader, keep_results
from chatcli.errors import Remedy, ServerError
from chatcli.language import _
from chatcli.records import frozen, replace

_TRIES = 3


@frozen
class Collection:
    """Fetches the answers of *job* through *client*; *reader* makes results of them."""

    client: BatchClient
    manifest: Manifest
    job: RemoteJob
    reader: ResultReader

    def collect(self, journal: ResultJournal) -> RemoteJob:
        """Write the answers of every part that has ended to *journal*, and return the job as it is then.

        Raises ChatError; everything written by then is kept.
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
            self._save_results(report, path)
            with path.open("rb") as lines:
                count = keep_results(self.reader.read(lines, part.model, part.price, awaited), journal)
        if not count and (report.done or 0) > 0:
            host = self.client.exchange.endpoint.host
            what = _("{host} sent no results of {job}, which has {count}", host=host, job=part.job, count=report.done)
            raise ServerError(what, hint=Remedy("ask_again"))

    def _save_results(self, report: JobReport, path: Path) -> None:
        """Write the results to *path*; a download that breaks off is started again."""
        for _try in range(_TRIES - 1):
            try:
                return self.client.save_results(report, path)
            except ServerError:  # asked for again below, the last time for good
                continue
        return self.client.save_results(report, path)
