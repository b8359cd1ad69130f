"""Each service gets files, jobs and questions in its own shape; the key goes to the service alone."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
import pytest

from chatcli.api.batch_jobs import JobReport
from chatcli.api.batch_service import BatchClient
from chatcli.api.exchange import Exchange
from chatcli.api.http.client import HttpClient
from chatcli.errors import ChatError, RejectedError, ServerError
from chatcli.providers.endpoint import Endpoint
from chatcli.providers.table import PROVIDERS
from chatcli.records import replace
from chatcli.text.redactor import Redactor, Secret
from tests.support.batch_provider import BatchProvider

LINES = b'{"custom_id":"1","body":{}}\n{"custom_id":"2","body":{}}\n'
Answer = Callable[[httpx.Request], httpx.Response]


def json_response(body: Any, status: int = 200) -> httpx.Response:
    return httpx.Response(status, stream=httpx.ByteStream(json.dumps(body).encode()))


def client_of(answer: Answer | httpx.BaseTransport, provider: str = "openai") -> BatchClient:
    row = PROVIDERS[provider]
    endpoint = Endpoint(name=provider, base_url="https://host.test/v1", row=row, key=Secret("sk-secret-key"))
    transport = answer if isinstance(answer, httpx.BaseTransport) else httpx.MockTransport(answer)
    return BatchClient(Exchange(endpoint, HttpClient(transport), None, Redactor(())))


@pytest.fixture
def requests(tmp_path: Path) -> Path:
    path = tmp_path / "requests.jsonl"
    path.write_bytes(LINES)
    return path


REFERENCE = {"endpoint": "/v1/chat/completions", "completion_window": "24h", "input_file_id": "f"}
LABEL = {"metadata": {"chat_batch": "l"}}
JOBS: list[tuple[str, str, dict[str, Any]]] = [
    ("openai", "/v1/batches", REFERENCE | LABEL),
    ("groq", "/v1/batches", REFERENCE | LABEL),
    ("azure", "/v1/batches", REFERENCE | LABEL | {"endpoint": "/chat/completions"}),
    ("together", "/v1/batches", {"endpoint": "/v1/chat/completions", "input_file_id": "f"}),
    ("mistral", "/v1/batch/jobs", {"endpoint": "/v1/chat/completions", "model": "m", "input_files": ["f"]} | LABEL),
    (
        "openrouter",
        "/v1/batches",
        {
            "endpoint": "/v1/chat/completions",
            "model": "m",
            "completion_window": "24h",
            "requests": [json.loads(line) for line in LINES.splitlines()],
        },
    ),
]


@pytest.mark.parametrize(("provider", "path", "body"), JOBS, ids=[row[0] for row in JOBS])
def test_a_job_is_created_as_the_service_wants_it(
    requests: Path, provider: str, path: str, body: dict[str, Any]
) -> None:
    asked: list[httpx.Request] = []

    def answer(request: httpx.Request) -> httpx.Response:
        request.read()
        asked.append(request)
        return json_response({"id": "b", "status": "validating"})

    client_of(answer, provider).create(requests, count=2, file="f", model="m", label="l")

    (request,) = asked
    assert request.url.path == path
    assert json.loads(request.content) == body
    assert list(json.loads(request.content))[-1] in ("input_file_id", "input_files", "requests")
    assert int(request.headers["content-length"]) == len(request.content)


@pytest.mark.parametrize("content", [b"", b"\r\n--\r\n", LINES * 5000], ids=["empty", "like a boundary", "large"])
def test_a_file_arrives_as_it_is(tmp_path: Path, content: bytes) -> None:
    provider = BatchProvider()
    path = tmp_path / "requests"
    path.write_bytes(content)

    name = client_of(provider.transport()).upload(path, "a.jsonl")

    assert provider.files == {name: content}


def test_results_that_are_kept_elsewhere_are_fetched_without_the_key(tmp_path: Path) -> None:
    asked: list[httpx.Request] = []

    def answer(request: httpx.Request) -> httpx.Response:
        asked.append(request)
        if request.url.host == "host.test":
            return httpx.Response(
                302, headers={"location": "https://storage.test/x?sig=1"}, stream=httpx.ByteStream(b"")
            )
        return httpx.Response(200, stream=httpx.ByteStream(b"{}"))

    client_of(answer).save_results(JobReport("b", "completed", files=("o",)), tmp_path / "results")

    assert (tmp_path / "results").read_bytes().strip() == b"{}"
    assert "secret" in str(asked[0].headers["authorization"])
    assert [name for name, value in asked[1].headers.items() if "secret" in value] == []


def test_results_are_not_fetched_without_encryption(tmp_path: Path) -> None:
    def answer(_request: httpx.Request) -> httpx.Response:
        return httpx.Response(302, headers={"location": "http://storage.test/x"}, stream=httpx.ByteStream(b""))

    with pytest.raises(ServerError, match="encryption"):
        client_of(answer).save_results(JobReport("b", "completed", files=("o",)), tmp_path / "results")


def test_results_without_a_file_come_in_pages(tmp_path: Path) -> None:
    pages = {"": {"data": [{"custom_id": "1"}], "next_cursor": "c"}, "c": {"data": [{"custom_id": "2"}]}}

    def answer(request: httpx.Request) -> httpx.Response:
        assert request.url.path == "/v1/batches/b/results"
        return json_response(pages[request.url.params.get("cursor", "")])

    path = tmp_path / "results"
    client_of(answer, "openrouter").save_results(JobReport("b", "completed"), path)

    assert [json.loads(line)["custom_id"] for line in path.read_bytes().split(b"\n") if line] == ["1", "2"]


NO_SERVICE = [
    json_response({"error": {"message": "no"}}, 404),
    json_response({"error": {"message": "no"}}, 501),
    json_response({"object": "file"}),
]


@pytest.mark.parametrize("response", NO_SERVICE, ids=["404", "501", "no id"])
def test_an_endpoint_without_files_has_no_batch_service(requests: Path, response: httpx.Response) -> None:
    with pytest.raises(RejectedError, match="no batch service"):
        client_of(lambda _request: response).upload(requests, "a.jsonl")


def test_an_error_with_200_is_an_error(requests: Path) -> None:
    """One server on this machine answers so to paths that it does not know."""
    response = json_response({"error": "Unexpected endpoint or method. (POST /v1/files)"})

    with pytest.raises(ChatError, match="Unexpected endpoint"):
        client_of(lambda _request: response).upload(requests, "a.jsonl")


def test_a_file_that_is_gone_counts_as_deleted() -> None:
    client_of(lambda _request: json_response({"error": {"message": "no"}}, 404)).delete("f")

    with pytest.raises(ChatError):
        client_of(lambda _request: json_response({"error": {"message": "no"}}, 401)).delete("f")


@pytest.mark.parametrize("is_bare", [True, False])
def test_a_service_that_takes_no_metadata_finds_a_job_by_its_file(is_bare: bool) -> None:
    listed = [
        {"id": "a", "status": "failed", "input_file_id": "e"},
        {"id": "b", "status": "failed", "input_file_id": "f"},
    ]
    client = client_of(lambda _request: json_response(listed if is_bare else {"data": listed}), "together")

    found = client.find(file="f", label="l")

    assert found == JobReport("b", "failed")
    assert client.find(file="g", label="l") is None
    assert replace(found, status="failed").has_ended
