"""Prepares a job: writes the requests that are still to be answered, and enters it into the manifest."""

from __future__ import annotations

import os
import shutil
import time
from collections.abc import Mapping
from contextlib import closing
from pathlib import Path
from typing import Any

from chatcli.app.answer_format import answer_schema
from chatcli.app.endpoints import Endpoints
from chatcli.batch.job import BatchJob
from chatcli.batch.journal import Identity, ResultJournal, open_journal
from chatcli.batch.output_file import journal_path
from chatcli.batch.remote.jobs import RemoteJob
from chatcli.batch.remote.manifest import Manifest
from chatcli.batch.remote.places import place_of
from chatcli.batch.remote.request_files import Body, write_requests
from chatcli.batch.run import tasks_of
from chatcli.records import frozen, replace

_JOURNAL = "journal"


def answers_journal(job: RemoteJob, manifest: Manifest, *, restart: bool = False) -> ResultJournal:
    """Open the journal that the answers of *job* go to: that of its output, or one of its own."""
    path = journal_path(Path(job.out)) if job.out else manifest.path(job.name) / _JOURNAL
    return open_journal(path, job.identity, job.rows * job.width, restart=restart)


@frozen
class Preparation:
    """Turns the batch *job*, read from *source*, into one for a provider; *out* is its output, empty for none."""

    endpoints: Endpoints
    manifest: Manifest
    job: BatchJob
    source: str
    out: str

    def known(self, identity: Identity) -> RemoteJob | None:
        """Return the latest job for the same input, request and output that is not fetched, None if there is none."""
        jobs = reversed(self.manifest.jobs())
        return next(
            (job for job in jobs if job.out == self.out and job.identity == identity and not job.is_fetched), None
        )

    def prepare(self, identity: Identity, body: Body, *, restart: bool = False) -> RemoteJob:
        """Return a new job with all requests that have no answer; it has no parts if there are none."""
        job = self.manifest.add(self._unnumbered(identity))
        folder = self.manifest.path(job.name)
        try:
            with closing(answers_journal(job, self.manifest, restart=restart)) as journal:
                if self.job.options.retry_failed:
                    journal.again |= {cell for cell in range(journal.cells) if journal.has_failed(cell)}
                tasks = tasks_of(self.job.rows(), journal, width=job.width)
                service = self.job.columns[0].endpoint.row.batches
                parts = write_requests(tasks, self.job.columns, self.job.requests, body, service, folder)
            job = replace(job, parts=tuple(parts))
            if parts:
                self.manifest.save(job)
        except BaseException:
            shutil.rmtree(folder, ignore_errors=True)
            raise
        if not parts:
            shutil.rmtree(folder, ignore_errors=True)
        return job

    def _unnumbered(self, identity: Identity) -> RemoteJob:
        return RemoteJob(
            name="",
            token=os.urandom(8).hex(),
            created_s=time.time(),
            source=self.source,
            out=self.out,
            identity=identity,
            place=place_of(self.endpoints, self.job.columns),
            rows=self.job.survey.rows,
            titles=tuple(self.job.titles),
            schema=self._schema(),
            fail_under=self.endpoints.config.flags.fail_under,
        )

    def _schema(self) -> Mapping[str, Any] | None:
        config = self.endpoints.config
        return answer_schema(config.flags.schema, config.files) if config.flags.schema else None
