"""A job is looked at less and less often, and an outage ends the watch only if it lasts."""

from __future__ import annotations

from collections.abc import Callable
from io import StringIO
from pathlib import Path

import httpx
import pytest

from chatcli.api.batch_service import BatchClient
from chatcli.api.exchange import Exchange
from chatcli.api.http.client import HttpClient
from chatcli.batch.remote.jobs import Part, RemoteJob
from chatcli.batch.remote.manifest import Manifest
from chatcli.batch.remote.watching import LAST_WAIT_S, Watch
from chatcli.errors import ChatError, QuotaError, ServerError
from chatcli.output.plain import Notes
from chatcli.output.progress import LineProgress
from chatcli.providers.endpoint import Endpoint
from chatcli.providers.table import PLAIN
from chatcli.records import replace
from chatcli.text.redactor import Redactor
from tests.batch.remote.test_submission import JOB

ENDED = b'{"id":"b","status":"completed","request_counts":{"total":2,"completed":2,"failed":0}}'
RUNNING = b'{"id":"b","status":"in_progress","request_counts":{"total":2,"completed":1,"failed":0}}'
DOWN = b'{"error":{"message":"down"}}'


class World:
    """A clock that sleeping moves, and a provider that answers by it."""

    def __init__(self, folder: Path, answer: Callable[[float], tuple[int, bytes]]) -> None:
        self.now_s = 0.0
        self.sleeps: list[float] = []
        self.notes = StringIO()
        self._answer = answer
        self._manifest = Manifest(folder)

    def watch(self) -> RemoteJob:
        job = self._manifest.add(JOB)
        job = replace(job, parts=(Part(1, 0, "m", 2, state="submitted", job="b"),))
        self._manifest.save(job)
        progress = LineProgress(Notes(self.notes, str), clock=lambda: 0.0)
        return Watch(self._client(), self._manifest, progress, 60.0, lambda: self.now_s, self._sleep).wait(job)

    def _client(self) -> BatchClient:
        endpoint = Endpoint(name="test", base_url="http://127.0.0.1/v1", row=PLAIN)
        return BatchClient(Exchange(endpoint, HttpClient(httpx.MockTransport(self._respond)), None, Redactor(())))

    def _respond(self, _request: httpx.Request) -> httpx.Response:
        status, body = self._answer(self.now_s)
        return httpx.Response(status, stream=httpx.ByteStream(body))

    def _sleep(self, seconds: float) -> None:
        self.sleeps.append(seconds)
        self.now_s += seconds


def test_a_job_of_a_day_is_looked_at_every_minute_at_most(tmp_path: Path) -> None:
    world = World(tmp_path, lambda now_s: (200, ENDED if now_s > 3600.0 else RUNNING))

    job = world.watch()

    assert job.status == "completed"
    assert world.sleeps == sorted(world.sleeps)
    assert world.sleeps[0] <= 2.0
    assert world.sleeps[-1] == LAST_WAIT_S
    assert len(world.sleeps) < 80


def test_an_outage_is_said_once_and_waited_for(tmp_path: Path) -> None:
    world = World(tmp_path, lambda now_s: (200, ENDED) if now_s > 50.0 else (503, DOWN))

    assert world.watch().status == "completed"
    assert world.notes.getvalue().count("down") == 1


@pytest.mark.parametrize(("status", "kind"), [(500, ServerError), (402, QuotaError)])
def test_what_waiting_does_not_mend_ends_the_watch(tmp_path: Path, status: int, kind: type[ChatError]) -> None:
    world = World(tmp_path, lambda _now_s: (status, DOWN))

    with pytest.raises(kind):
        world.watch()

    assert world.now_s == 0.0 if kind is QuotaError else 60.0 < world.now_s < 180.0
