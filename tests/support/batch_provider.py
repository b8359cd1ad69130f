"""A provider's batch service in this process, behind a scripted server or as a transport; it counts what is paid for.

A job is `validating` when it is created, and ends at the first look at it, as *ending* says: `completed`, `failed`
(nothing was asked), `expired` or `cancelled` (the first *answered* requests have answers, or all). Results come in
reverse order. An answer is `re: ` and the question; a request whose id is among *rejected* fails with 400.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from email.parser import BytesParser
from email.policy import HTTP
from itertools import count
from typing import Any
from urllib.parse import urlsplit

import httpx

from tests.support.answers import http
from tests.support.line import Request
from tests.support.server import CLOSE, Script

JSON = dict[str, Any]
USAGE = {"prompt_tokens": 5, "completion_tokens": 2}
Fault = Callable[[str, str], str]  # "before": the request is lost; "after": its answer is; "": neither


class BatchProvider:
    """The service; *fault* says what becomes of a request, by its method and the end of its path."""

    def __init__(
        self,
        *,
        ending: str = "completed",
        answered: int | None = None,
        rejected: Sequence[str] = (),
        fault: Fault = lambda _method, _path: "",
    ) -> None:
        self.files: dict[str, bytes] = {}
        self.jobs: dict[str, JSON] = {}
        self.calls: list[str] = []
        self.ending, self.answered, self.rejected, self.fault = ending, answered, rejected, fault
        self._numbers = count(1)

    @property
    def asked(self) -> list[str]:
        """The ids of all requests in all jobs: what is paid for."""
        return [line["custom_id"] for job in self.jobs.values() for line in lines_of(job["input"])]

    @property
    def bodies(self) -> list[JSON]:
        """The bodies of all requests in all jobs."""
        return [line["body"] for job in self.jobs.values() for line in lines_of(job["input"])]

    def __call__(self, request: Request) -> Script:
        """Answer a request of a scripted server."""
        fault = self.fault(request.method, urlsplit(request.path).path.removeprefix("/v1/"))
        if fault == "before":
            return [CLOSE]
        status, body = self.respond(request.method, request.path, request.headers, request.body)
        return [CLOSE] if fault == "after" else http(status, None, body)

    def transport(self) -> httpx.BaseTransport:
        """Return a transport to it, without a network."""

        def respond(request: httpx.Request) -> httpx.Response:
            path = request.url.raw_path.decode()
            fault = self.fault(request.method, urlsplit(path).path.removeprefix("/v1/"))
            if fault == "before":
                raise httpx.ReadError("lost")
            headers = {name.lower(): value for name, value in request.headers.items()}
            status, body = self.respond(request.method, path, headers, request.read())
            if fault == "after":
                raise httpx.ReadError("lost")
            content = body if isinstance(body, bytes) else json.dumps(body).encode()
            return httpx.Response(status, stream=httpx.ByteStream(content))

        return httpx.MockTransport(respond)

    def respond(self, method: str, path: str, headers: Any, body: bytes) -> tuple[int, JSON | bytes]:
        """Return status and body of the answer."""
        match method, urlsplit(path).path.removeprefix("/v1/").split("/"):
            case "POST", ["files"]:
                return 200, {"id": self._keep(form_file(headers["content-type"], body)), "object": "file"}
            case "GET", ["files", name, "content"] if name in self.files:
                return 200, self.files[name]
            case "DELETE", ["files", name] if name in self.files:
                del self.files[name]
                return 200, {"id": name, "deleted": True}
            case "POST", ["batches"]:
                return 200, self._create(json.loads(body))
            case "GET", ["batches"]:
                return 200, {"object": "list", "data": [_public(job) for job in self.jobs.values()]}
            case "GET", ["batches", name] if name in self.jobs:
                return 200, self._look(self.jobs[name])
            case "POST", ["batches", name, "cancel"] if name in self.jobs:
                self.jobs[name]["status"] = "cancelling"
                self.ending = "cancelled"
                return 200, _public(self.jobs[name])
        return 404, {"error": {"message": f"unknown: {method} {path}"}}

    def _keep(self, content: bytes) -> str:
        name = f"file-{next(self._numbers)}"
        self.files[name] = content
        return name

    def _create(self, fields: JSON) -> JSON:
        name = f"batch_{next(self._numbers)}"
        content = self.files[fields["input_file_id"]]
        self.jobs[name] = {**fields, "id": name, "status": "validating", "input": content}
        return _public(self.jobs[name])

    def _look(self, job: JSON) -> JSON:
        if job["status"] in ("validating", "cancelling"):
            job["status"] = self.ending
            self._end(job)
        return _public(job)

    def _end(self, job: JSON) -> None:
        if self.ending == "failed":
            job["errors"] = {"object": "list", "data": [{"code": "bad", "message": "no such model", "line": 3}]}
            return
        asked = lines_of(job["input"])
        answers = [_result(line, is_rejected=line["custom_id"] in self.rejected) for line in asked[: self.answered]]
        lost = [_given_up(line, self.ending) for line in asked[len(answers) :]]
        good = [line for line in answers if line["response"]["status_code"] == 200]
        bad = [line for line in answers if line not in good] + lost
        job["request_counts"] = {"total": len(asked), "completed": len(good), "failed": len(bad)}
        if good:
            job["output_file_id"] = self._keep(_jsonl(reversed(good)))
        if bad:
            job["error_file_id"] = self._keep(_jsonl(bad))


def answer_file(requests: bytes) -> bytes:
    """Return the results of a file of requests, in reverse order."""
    return _jsonl([_result(line, is_rejected=False) for line in reversed(lines_of(requests))])


def lines_of(content: bytes) -> list[JSON]:
    """Return the requests in a file."""
    return [json.loads(line) for line in content.splitlines()]


def form_file(content_type: str, body: bytes) -> bytes:
    """Return the file in a form, as a parser of mail reads it."""
    message = BytesParser(policy=HTTP).parsebytes(f"Content-Type: {content_type}\r\n\r\n".encode() + body)
    found = {part.get_param("name", header="content-disposition"): part for part in message.iter_parts()}
    assert found["purpose"].get_content().strip() == "batch"
    content = found["file"].get_payload(decode=True)
    assert isinstance(content, bytes)
    return content


def _public(job: JSON) -> JSON:
    return {name: value for name, value in job.items() if name != "input"}


def _result(line: JSON, *, is_rejected: bool) -> JSON:
    question = line["body"]["messages"][-1]["content"]
    choice = {"index": 0, "message": {"role": "assistant", "content": f"re: {question}"}, "finish_reason": "stop"}
    body = {"id": "c", "object": "chat.completion", "created": 1, "model": "m", "choices": [choice], "usage": USAGE}
    if is_rejected:
        body = {"error": {"message": "no such thing", "type": "invalid_request_error", "param": None, "code": None}}
    response = {"status_code": 400 if is_rejected else 200, "request_id": "r", "body": body}
    return {"id": "b", "custom_id": line["custom_id"], "response": response, "error": None}


def _given_up(line: JSON, ending: str) -> JSON:
    error = {"code": f"batch_{ending}", "message": f"This request could not be executed before the batch {ending}."}
    return {"id": "b", "custom_id": line["custom_id"], "response": None, "error": error}


def _jsonl(lines: Iterator[JSON] | Sequence[JSON]) -> bytes:
    return b"".join(json.dumps(line).encode() + b"\n" for line in lines)
