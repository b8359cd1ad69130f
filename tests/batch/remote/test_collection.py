"""Answers that are paid for are not lost by what the provider sends in their place."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path

import pytest

from chatcli.batch.journal import open_journal
from chatcli.batch.remote.collection import Collection
from chatcli.batch.remote.jobs import Part
from chatcli.batch.remote.manifest import Manifest
from chatcli.batch.remote.request_files import awaited_path
from chatcli.batch.remote.result_reader import ResultReader
from chatcli.conversation.model_info import Price
from chatcli.errors import ServerError
from chatcli.records import replace
from tests.batch.remote.test_submission import JOB, client_of
from tests.support.batch_provider import BatchProvider

REQUEST = b'{"custom_id":"%d","body":{"messages":[{"role":"user","content":"q"}]}}\n'


def ended(manifest: Manifest, provider: BatchProvider) -> Collection:
    """Save a job of three requests that has ended at *provider*."""
    client, job = client_of(provider), manifest.add(JOB)
    folder = manifest.path(job.name)
    (folder / "1.jsonl").write_bytes(b"".join(REQUEST % number for number in range(3)))
    awaited_path(folder, 1).write_bytes(b"".join(b'{"cell":%d,"id":"%d"}\n' % (number, number) for number in range(3)))
    file = client.upload(folder / "1.jsonl", "a")
    report = client.report(client.create(folder / "1.jsonl", count=3, file=file, model="m", label="l").id)
    part = Part(1, 0, "m", 3, Price(1_000_000.0, 0.0), file=file).updated(report)
    job = replace(job, parts=(part,), rows=3)
    manifest.save(job)
    return Collection(client, manifest, job, ResultReader(client.exchange, price_share=0.5))


def collect(collection: Collection, folder: Path) -> list[bytes]:
    with closing(open_journal(folder / "journal", JOB.identity, 3)) as journal:
        collection.collect(journal)
        return [journal.result(cell) for cell in range(3) if journal.is_answered(cell)]


def test_a_page_in_the_place_of_results_leaves_them_to_be_fetched(tmp_path: Path) -> None:
    manifest, provider = Manifest(tmp_path / "jobs"), BatchProvider()
    collection = ended(manifest, provider)
    good = {name: content for name, content in provider.files.items() if b"re: q" in content}
    provider.files |= dict.fromkeys(good, b"<html>Log in</html>")

    with pytest.raises(ServerError, match="no results"):
        collect(collection, tmp_path)

    assert not manifest.jobs()[0].is_fetched
    provider.files |= good
    assert len(collect(collection, tmp_path)) == 3
    assert manifest.jobs()[0].is_fetched


def test_a_download_that_breaks_off_is_started_again(tmp_path: Path) -> None:
    faults = iter(["before", "after"])
    provider = BatchProvider(fault=lambda _method, path: next(faults, "") if path.endswith("content") else "")

    assert len(collect(ended(Manifest(tmp_path / "jobs"), provider), tmp_path)) == 3


def test_answers_cost_what_the_service_charges(tmp_path: Path) -> None:
    """Five tokens of a dollar each, at half the price."""
    rows = collect(ended(Manifest(tmp_path / "jobs"), BatchProvider()), tmp_path)

    assert all(b'"cost":2.5' in row for row in rows)
