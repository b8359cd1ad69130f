"""Submits the parts of a job, each once: what was interrupted at any moment is continued, and never paid twice.

The manifest is written before and after each step. Uploading costs nothing, so it is simply done again; a job that may
have been created is looked for, and created only if the provider does not have it.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from chatcli.api.batch_jobs import JobReport
from chatcli.api.batch_service import BatchClient
from chatcli.batch.remote.jobs import Part, RemoteJob
from chatcli.batch.remote.manifest import Manifest
from chatcli.batch.remote.request_files import requests_path
from chatcli.errors import ChatError, Remedy, ServerError, UnreachableError
from chatcli.language import _, ngettext
from chatcli.records import frozen, replace
from chatcli.text.units import format_size


@frozen
class Submission:
    """Submits jobs through *client*; *note* gets a sentence for each part."""

    client: BatchClient
    manifest: Manifest
    note: Callable[[str], None]

    def submit(self, job: RemoteJob) -> RemoteJob:
        """Submit the parts that the provider does not have.

        Raises ChatError, and keeps the job if it is begun; otherwise nothing is left of it.
        """
        try:
            return self._submit(job)
        except ChatError:
            known = self.manifest.job(job.name)
            if not known.is_begun:
                self._withdraw(known)
            raise

    def _withdraw(self, job: RemoteJob) -> None:
        self.manifest.forget(job)
        for part in job.parts:
            if part.file:
                with suppress(ChatError):  # what led here is reported
                    self.client.delete(part.file)

    def _submit(self, job: RemoteJob) -> RemoteJob:
        for part in job.parts:
            if part.state == "creating":
                job = self._look_for(job, part)
        for part in job.parts:
            if part.state == "prepared":
                job = self._submit_part(job, part)
        return job

    def _submit_part(self, job: RemoteJob, part: Part) -> RemoteJob:
        path = requests_path(self.manifest.path(job.name), part.number)
        if self.client.service.upload and not part.file:
            part = replace(part, file=self.client.upload(path, f"{job.label(part)}.jsonl"))
            job = self._save(job, part)
        job = self._save(job, replace(part, state="creating"))
        try:
            report = self.client.create(path, count=part.count, file=part.file, model=part.model, label=job.label(part))
        except ChatError as error:
            if _was_refused(error):
                self._save(job, part)
            raise
        return self._record(job, part, report, path)

    def _record(self, job: RemoteJob, part: Part, report: JobReport, path: Path) -> RemoteJob:
        job = self._save(job, part.updated(report))
        told = ngettext(
            "{count} request ({size}) for {model}: {job}",
            "{count} requests ({size}) for {model}: {job}",
            part.count,
            size=format_size(path.stat().st_size),
            model=part.model,
            job=report.id,
        )
        if len(job.parts) > 1:
            told = _("part {number} of {all}: {part}", number=part.number, all=len(job.parts), part=told)
        self.note(told)
        return job

    def _look_for(self, job: RemoteJob, part: Part) -> RemoteJob:
        """Return *job* with what became of *part*, whose creation was interrupted; raises ServerError if unknown."""
        service = self.client.service
        host = job.place.base_url
        if not (service.upload or service.takes_metadata):
            what = _(
                "submitting part {number} of job {job} was interrupted, and {host} cannot say whether it has it",
                number=part.number,
                job=job.name,
                host=host,
            )
            hint = (_("look at its list of batches"), Remedy("restart_batch"))
            raise ServerError(what, kept=_("nothing was submitted again"), hint=hint)
        report = self.client.find(file=part.file, label=job.label(part))
        if report is None:
            return self._save(job, replace(part, state="prepared"))
        return self._record(job, part, report, requests_path(self.manifest.path(job.name), part.number))

    def _save(self, job: RemoteJob, part: Part) -> RemoteJob:
        job = job.with_part(part)
        self.manifest.save(job)
        return job


def _was_refused(error: ChatError) -> bool:
    """Return whether the provider has certainly created nothing."""
    status = error.server.status
    return isinstance(error, UnreachableError) or (status is not None and 400 <= status < 500)
