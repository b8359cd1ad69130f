"""`chat batch submit` and what follows: the provider's answers become the rows that the laptop would have written."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Sequence
from pathlib import Path
from threading import Event
from typing import Any, TypeAlias

import pytest

from tests.conftest import Chat, OpenServer
from tests.support.answers import completion, failure
from tests.support.batch_provider import USAGE, BatchProvider, answer_file
from tests.support.line import Request
from tests.support.program import Ran, run
from tests.support.server import Script, Server, Wait

Batch: TypeAlias = Callable[..., Ran]
OUT = ("--out", "out.jsonl")


def rows(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


def write_rows(path: Path, *rows: Any) -> None:
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")


def chat_at(home: Path, *words: str) -> Ran:
    return run(*words, home=home)


def both(provider: BatchProvider) -> Callable[[Request], Script]:
    """Answer single requests as the batch service answers those of a job."""

    def answer(request: Request) -> Script:
        if request.path.endswith("/chat/completions"):
            question = request.json["messages"][-1]["content"]
            is_rejected = question.removeprefix("q") in provider.rejected
            return failure(400, "no such thing") if is_rejected else completion(f"re: {question}", usage=USAGE)
        return provider(request)

    return answer


@pytest.fixture
def service(server: OpenServer) -> Callable[[BatchProvider], Server]:
    return lambda provider: server(always=both(provider), keep_alive=True)


@pytest.fixture
def batch(chat: Chat, home: Path) -> Batch:
    """Run `chat batch` with ten rows in `in.jsonl`."""
    write_rows(home / "in.jsonl", *({"id": str(number), "prompt": f"q{number}"} for number in range(10)))

    def run_batch(server: Server, *words: str, model: Sequence[str] = ("-m", "m"), **options: Any) -> Ran:
        return chat(*model, "batch", *words, server=server, **options)

    return run_batch


def test_the_rows_are_those_of_a_run_from_here(
    batch: Batch, service: Callable[[BatchProvider], Server], home: Path
) -> None:
    """In order, failures included, with fields and exit code alike; and nothing is asked twice by either way."""
    provider = BatchProvider(rejected=["3"])
    opened = service(provider)

    submitted = batch(opened, "submit", "in.jsonl", *OUT)
    refused = [batch(opened, "submit", "in.jsonl", *OUT), batch(opened, "in.jsonl", *OUT)]
    ran = batch(opened, "watch")
    here = batch(opened, "in.jsonl", "--out", "here.jsonl")

    assert (submitted.exit_code, submitted.stdout) == (0, "1\n"), submitted.stderr
    assert [ran.exit_code for ran in refused] == [2, 2]
    assert all("job 1" in ran.stderr and "chat batch watch 1" in ran.stderr for ran in refused)
    assert ran.exit_code == here.exit_code == 8
    assert (home / "out.jsonl").read_bytes() == (home / "here.jsonl").read_bytes()
    assert provider.asked == [str(number) for number in range(10)]
    assert provider.bodies[0] == {"model": "m", "messages": [{"role": "user", "content": "q0"}]}
    assert batch(opened, "in.jsonl", *OUT).exit_code == 8
    assert len([request for request in opened.posts if request.path.endswith("/chat/completions")]) == 10


def test_what_a_job_has_when_it_ends_early_is_kept_and_the_rest_is_asked_here(
    batch: Batch, service: Callable[[BatchProvider], Server], home: Path
) -> None:
    provider = BatchProvider(ending="expired", answered=4)
    opened = service(provider)
    batch(opened, "submit", "in.jsonl", *OUT)

    ran = batch(opened, "fetch")

    assert ran.exit_code == 9
    assert "6 answers" in ran.stderr
    assert "has expired" in ran.stderr
    assert [row["id"] for row in rows(home / "out.jsonl")] == ["0", "1", "2", "3"]

    assert batch(opened, "in.jsonl", *OUT).exit_code == 0
    assert [row["answer"] for row in rows(home / "out.jsonl")] == [f"re: q{number}" for number in range(10)]
    asked = [request.json["messages"][-1]["content"] for request in opened.posts if "chat" in request.path]
    assert sorted(asked) == [f"q{number}" for number in range(4, 10)]


def test_a_job_that_the_provider_rejects_says_why_and_can_be_submitted_again(
    batch: Batch, service: Callable[[BatchProvider], Server]
) -> None:
    provider = BatchProvider(ending="failed")
    opened = service(provider)
    batch(opened, "submit", "in.jsonl", *OUT)

    ran = batch(opened, "watch", "1")

    assert ran.exit_code == 9
    assert "line 3: no such model" in ran.stderr
    assert batch(opened, "submit", "in.jsonl", *OUT).stdout == "2\n"


def test_a_submission_whose_answer_was_lost_is_continued_and_paid_once(
    batch: Batch, service: Callable[[BatchProvider], Server]
) -> None:
    faults = iter(["after"])
    provider = BatchProvider(
        fault=lambda method, path: next(faults, "") if (method, path) == ("POST", "batches") else ""
    )
    opened = service(provider)

    lost = batch(opened, "submit", "in.jsonl", *OUT)
    early = batch(opened, "fetch")
    again = batch(opened, "submit", "in.jsonl", *OUT)

    assert lost.exit_code != 0
    assert early.exit_code == 2
    assert (again.exit_code, again.stdout) == (0, "1\n")
    assert len(provider.jobs) == 1


def test_rows_that_are_being_submitted_are_asked_by_nothing_else(
    batch: Batch, chat: Chat, server: OpenServer, home: Path
) -> None:
    provider, released = BatchProvider(), Event()

    def answer(request: Request) -> Script:
        steps = [Wait(released)] if request.path.endswith("/files") else []
        reply = both(provider)(request)
        return [*steps, *([reply] if isinstance(reply, bytes) else reply)]

    opened = server(always=answer, keep_alive=True)
    words = ("batch", "submit", "in.jsonl", "-m", "m", *OUT)
    with chat.start(*words, server=opened) as running:
        opened.wait_for_request(1)
        others = [chat(*words, server=opened), batch(opened, "in.jsonl", *OUT)]
        released.set()
        ran = running.wait()

    assert [other.exit_code for other in others] == [2, 2], others
    assert ran.exit_code == 0
    assert len(provider.jobs) == 1
    assert not [request for request in opened.posts if "chat" in request.path]


def test_without_an_output_the_rows_are_printed_and_files_deleted_on_request(
    batch: Batch, service: Callable[[BatchProvider], Server]
) -> None:
    provider = BatchProvider()
    opened = service(provider)
    batch(opened, "submit", "-", stdin=b"one\ntwo\n")
    (name,) = provider.jobs
    unended = batch(opened, "status")

    ran = batch(opened, "fetch", name, "--delete-files")

    assert re.match(r"1  \w+ +[02]/2 ", unended.stdout), unended.stdout
    assert name in unended.stdout
    assert [json.loads(line)["answer"] for line in ran.stdout.splitlines()] == ["re: one", "re: two"]
    assert provider.files == {}
    assert "fetched" in batch(opened, "status").stdout


def test_a_cancelled_job_can_be_fetched(batch: Batch, service: Callable[[BatchProvider], Server], home: Path) -> None:
    provider = BatchProvider(answered=2)
    opened = service(provider)
    batch(opened, "submit", "in.jsonl", *OUT)
    provider.ending = "cancelling"  # the look before a cancellation finds it running
    cancelled = batch(opened, "cancel", "1")

    ran = batch(opened, "fetch", "1")

    assert cancelled.exit_code == 0
    assert "cancel" in cancelled.stdout
    assert ran.exit_code == 9
    assert len(rows(home / "out.jsonl")) == 2


def test_the_requests_go_to_a_file_and_the_rows_come_from_another(
    batch: Batch, service: Callable[[BatchProvider], Server], home: Path
) -> None:
    """What has no answer there can be asked from here."""
    opened = service(BatchProvider())
    exported = batch(opened, "export", "in.jsonl", "--out", "requests.jsonl")
    results = answer_file((home / "requests.jsonl").read_bytes()).splitlines(keepends=True)
    (home / "one.jsonl").write_bytes(b"".join(results[:4]))
    (home / "two.jsonl").write_bytes(b"".join(results[6:]))

    ran = batch(opened, "join", "in.jsonl", "one.jsonl", "two.jsonl", *OUT)

    assert exported.exit_code == 0
    assert not [request for request in opened.posts if "chat" not in request.path]
    assert ran.exit_code == 9
    assert "2 answers" in ran.stderr
    assert [row["answer"] for row in rows(home / "out.jsonl")] == [
        f"re: q{number}" for number in (0, 1, 2, 3, 6, 7, 8, 9)
    ]
    assert batch(opened, "in.jsonl", *OUT).exit_code == 0
    assert [row["answer"] for row in rows(home / "out.jsonl")] == [f"re: q{number}" for number in range(10)]
    assert len(opened.posts) == 2


def test_a_job_stays_with_its_endpoint(batch: Batch, service: Callable[[BatchProvider], Server], home: Path) -> None:
    """Answers are not asked of another server, and scores are judged as they were meant when the job was submitted."""
    opened = service(BatchProvider())
    config = home / ".config" / "chatcli" / "config.toml"
    config.parent.mkdir(parents=True, mode=0o700)
    tables = '[providers.a]\nbase_url = "{}"\n[providers.b]\nbase_url = "http://127.0.0.1:1/v1"\n'
    config.write_text(tables.format(opened.url), encoding="utf-8")
    write_rows(home / "in.jsonl", {"prompt": "q", "expect": "x"})

    both_places = chat_at(home, "-m", "a/m", "-m", "b/m", "batch", "submit", "in.jsonl")
    submitted = chat_at(home, "-p", "a", "-m", "m", "batch", "submit", "in.jsonl", "--fail-under", "50%")
    config.write_text(tables.format("http://127.0.0.1:2/v1"), encoding="utf-8")
    moved = chat_at(home, "batch", "fetch")
    config.write_text(tables.format(opened.url), encoding="utf-8")
    fetched = chat_at(home, "batch", "fetch")

    assert (both_places.exit_code, submitted.exit_code, moved.exit_code, fetched.exit_code) == (2, 0, 3, 14)
    assert "one endpoint" in both_places.stderr
    assert opened.url in moved.stderr
    assert "0 of 1" in fetched.stderr


NO_SERVICE = [(404, 8, "chat batch FILE"), (401, 4, "--key-env")]


@pytest.mark.parametrize(("status", "code", "word"), NO_SERVICE)
def test_an_endpoint_that_takes_no_batch_is_named(
    batch: Batch, server: OpenServer, status: int, code: int, word: str
) -> None:
    opened = server(always=failure(status, "no"))

    ran = batch(opened, "submit", "in.jsonl", *OUT)

    assert ran.exit_code == code
    assert word in ran.stderr
    assert ran.stdout == ""


MISUSES = [
    ("submit", "in.jsonl", "--max-cost", "1"),
    ("fetch", "7"),
    ("export", "in.jsonl", "-m", "m", "-m", "n"),
]


@pytest.mark.parametrize("words", MISUSES, ids=" ".join)
def test_a_wrong_word_submits_nothing(
    batch: Batch, service: Callable[[BatchProvider], Server], words: tuple[str, ...]
) -> None:
    provider = BatchProvider()
    opened = service(provider)

    ran = batch(opened, *words)

    assert ran.exit_code == 2
    assert not provider.files
