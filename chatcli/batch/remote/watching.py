"""Asks a provider how far a job is, less and less often, until it has ended."""

from __future__ import annotations

import time
from collections.abc import Callable

from chatcli.api.batch_service import BatchClient
from chatcli.batch.remote.jobs import RemoteJob
from chatcli.batch.remote.manifest import Manifest
from chatcli.errors import QuotaError, RateLimitError, ServerError, UnreachableError
from chatcli.language import _
from chatcli.output.progress import Progress, ProgressState
from chatcli.records import frozen

FIRST_WAIT_S, LAST_WAIT_S, _GROWTH = 1.0, 60.0, 1.5
_PASSING = (ServerError, UnreachableError, RateLimitError)


def look_at(job: RemoteJob, client: BatchClient) -> RemoteJob:
    """Return *job* as the provider reports it now; raises ChatError."""
    for part in job.parts:
        if part.is_open:
            job = job.with_part(part.updated(client.report(part.job)))
    return job


def refresh(job: RemoteJob, client: BatchClient, manifest: Manifest) -> RemoteJob:
    """Return *job* as the provider reports it now, and save that unless another process changes it."""
    fresh = look_at(job, client)
    if fresh != job:
        manifest.replace(job, fresh)
    return fresh


@frozen
class Watch:
    """Waits for jobs through *client*; a server that fails is asked again until *max_away_s* is over."""

    client: BatchClient
    manifest: Manifest
    progress: Progress
    max_away_s: float
    clock: Callable[[], float] = time.monotonic
    sleep: Callable[[float], None] = time.sleep

    def wait(self, job: RemoteJob) -> RemoteJob:
        """Return *job* once it has ended; raises ChatError for what waiting does not mend."""
        wait_s, seen_s = FIRST_WAIT_S, self.clock()
        noted = ""
        while True:
            try:
                job = refresh(job, self.client, self.manifest)
                seen_s, noted = self.clock(), ""
            except _PASSING as error:
                if isinstance(error, QuotaError) or self.clock() - seen_s > self.max_away_s:
                    raise
                if error.what != noted:
                    self.progress.note(_("{reason}; asking again", reason=error.what))
                    noted = error.what
                wait_s = min(max(wait_s, error.server.retry_after_s or 0.0), LAST_WAIT_S)
            self.progress.update(_state(job))
            if not any(part.is_open for part in job.parts):
                return job
            self.sleep(wait_s)
            wait_s = min(wait_s * _GROWTH, LAST_WAIT_S)


def _state(job: RemoteJob) -> ProgressState:
    done = sum(part.done + part.failed for part in job.parts)
    return ProgressState(min(done, job.requests), job.requests, sum(part.failed for part in job.parts))
