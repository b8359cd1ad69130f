"""A submission that is broken off at any moment is continued, and every row is paid for once."""

from __future__ import annotations

import os
from collections.abc import Callable
from contextlib import suppress
from itertools import count
from pathlib import Path

import pytest

from chatcli.api.batch_service import BatchClient
from chatcli.api.exchange import Exchange
from chatcli.api.http.client import HttpClient
from chatcli.batch.journal import Identity
from chatcli.batch.remote.jobs import Part, Place, RemoteJob, encode_job, job_from_json
from chatcli.batch.remote.manifest import Manifest
from chatcli.batch.remote.request_files import request_line, requests_path
from chatcli.batch.remote.submission import Submission
from chatcli.conversation.model_info import Price
from chatcli.errors import ChatError, ConfigError, ServerError
from chatcli.providers.endpoint import Endpoint
from chatcli.providers.provider import BatchService, Provider
from chatcli.records import replace
from chatcli.text.json_values import parse_json
from chatcli.text.redactor import Redactor
from tests.support.batch_provider import BatchProvider

SERVICE = BatchService()
JOB = RemoteJob(
    "", "token", 1.5, "in.jsonl", "/out.jsonl", Identity("d", "r", {"model": "m"}), Place("p", "u"), 4, (), None
)


def client_of(provider: BatchProvider, service: BatchService = SERVICE) -> BatchClient:
    row = Provider(name="test", title="Test", batches=service)
    endpoint = Endpoint(name="test", base_url="http://127.0.0.1/v1", row=row)
    return BatchClient(Exchange(endpoint, HttpClient(provider.transport()), None, Redactor(())))


def saved_job(manifest: Manifest, *, parts: int = 2) -> RemoteJob:
    """Save a job of two requests a part."""
    job = manifest.add(JOB)
    for number in range(1, parts + 1):
        ids = (f"{number}-{row}" for row in range(2))
        path = requests_path(manifest.path(job.name), number)
        path.write_bytes(b"".join(request_line(SERVICE, one, {"model": "m"}) for one in ids))
    job = replace(job, parts=tuple(Part(number, 0, "m", 2) for number in range(1, parts + 1)))
    manifest.save(job)
    return job


def ignore(_sentence: str) -> None:
    """Hear no note."""


class KilledError(BaseException):
    """The process is gone."""


def kill_at(moment: int, when: str) -> Callable[[str, str], str]:
    """Return a fault that ends the process at its request number *moment*, *when* the server has seen it or before."""
    calls = count()

    def fault(_method: str, _path: str) -> str:
        if next(calls) == moment:
            if when == "before":
                raise KilledError
            return "after"
        return ""

    return fault


@pytest.mark.parametrize("when", ["before", "after"])
@pytest.mark.parametrize("moment", range(4))
def test_a_submission_is_broken_off_at_any_request_and_continued(tmp_path: Path, moment: int, when: str) -> None:
    """Two parts take four requests; one more looks for a job that may be there."""
    manifest = Manifest(tmp_path)
    provider = BatchProvider(fault=kill_at(moment, when))
    job = saved_job(manifest)

    with suppress(KilledError, ChatError):
        Submission(client_of(provider), manifest, ignore).submit(job)
    known = manifest.jobs() or [saved_job(manifest)]  # nothing is left of a job of which the provider has nothing
    ended = Submission(client_of(provider), manifest, ignore).submit(known[0])

    assert ended.is_submitted
    assert sorted(provider.asked) == ["1-0", "1-1", "2-0", "2-1"]
    assert manifest.jobs() == [ended]


def test_a_job_that_cannot_be_looked_for_is_not_submitted_again(tmp_path: Path) -> None:
    """A service whose jobs carry neither a file nor a label cannot say whether it has one."""
    manifest = Manifest(tmp_path)
    job = saved_job(manifest, parts=1)
    job = job.with_part(replace(job.parts[0], state="creating"))
    manifest.save(job)
    provider = BatchProvider()
    service = BatchService(upload="", takes_metadata=False)

    with pytest.raises(ServerError, match="interrupted"):
        Submission(client_of(provider, service), manifest, ignore).submit(job)

    assert not provider.jobs
    assert manifest.jobs() == [job]


def test_the_manifest_keeps_a_job_as_it_is() -> None:
    part = Part(3, 1, "m", 7, Price(1.0, 2.0), "submitted", "file", "job", "expired", 4, 1, ("o",), ("why",))
    job = replace(JOB, parts=(part,), titles=("m", "n"), schema={"type": "object"}, fail_under="80%", name="5")

    assert job_from_json("5", parse_json(encode_job(job))) == job


def test_a_look_changes_no_job_that_another_process_has_changed(tmp_path: Path) -> None:
    """Else a part that is being submitted would be submitted once more."""
    manifest = Manifest(tmp_path)
    seen = saved_job(manifest)
    fresh = seen.with_part(replace(seen.parts[0], done=1))
    changed = seen.with_part(replace(seen.parts[1], state="creating"))

    with manifest.lock(seen.name):
        manifest.replace(seen, fresh)
    assert manifest.jobs() == [seen]
    manifest.save(changed)
    manifest.replace(seen, fresh)
    assert manifest.jobs() == [changed]
    manifest.replace(changed, fresh)
    assert manifest.jobs() == [fresh]


def test_what_a_killed_preparation_left_is_removed_a_day_later(tmp_path: Path) -> None:
    manifest = Manifest(tmp_path)
    job = saved_job(manifest)
    old, fresh = manifest.add(JOB), manifest.add(JOB)
    for path in (manifest.path(job.name), manifest.path(old.name)):
        os.utime(path, (0, 0))

    manifest.add(JOB)

    assert manifest.path(fresh.name).exists()
    assert not manifest.path(old.name).exists()
    assert manifest.jobs() == [job]


def test_a_damaged_file_is_no_job(tmp_path: Path) -> None:
    manifest = Manifest(tmp_path)
    job = saved_job(manifest)
    broken = manifest.add(JOB)
    path = manifest.path(broken.name) / "job.json"
    path.write_bytes(b'{"chat_batch_job": 1')
    path.chmod(0o600)

    assert manifest.jobs() == [job]
    assert manifest.damaged() == [path]
    with pytest.raises(ConfigError, match="damaged"):
        manifest.job(broken.name)
    assert manifest.add(JOB).name == "3"
