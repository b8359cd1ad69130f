"""The bytes that servers send: streams, chunks, whole answers and error bodies; pure.

A script is a list, so an answer can be taken apart, cut or delayed where a test wants it:
`[stream_head(), sse(chunk("Hel"), done=False), Wait(event), sse(chunk("lo", finish="stop"))]`.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from http import HTTPStatus
from itertools import pairwise
from typing import Any, TypeAlias

JSON: TypeAlias = Mapping[str, Any]


def http(status: int = 200, headers: Mapping[str, str] | None = None, body: JSON | str | bytes = b"") -> bytes:
    """Return a whole response; a mapping becomes JSON, and `content-length` is set unless *headers* sets it."""
    content, content_type = _content(body)
    fields = {"content-type": content_type, "content-length": str(len(content)), **_lowered(headers)}
    return head(status, fields) + content


def head(status: int = 200, headers: Mapping[str, str] | None = None) -> bytes:
    """Return the status line and header fields, and the empty line that ends them."""
    phrase = HTTPStatus(status).phrase if status in set(HTTPStatus) else "Unassigned"
    lines = [f"HTTP/1.1 {status} {phrase}", *(f"{name}: {value}" for name, value in (headers or {}).items())]
    return "\r\n".join([*lines, "", ""]).encode("latin-1")


def stream_head(headers: Mapping[str, str] | None = None, *, chunked: bool = False) -> bytes:
    """Return the head of a stream, which ends with the connection, or with an empty chunk where *chunked*."""
    ending = {"transfer-encoding": "chunked"} if chunked else {"connection": "close"}
    return head(200, {"content-type": "text/event-stream", **ending, **_lowered(headers)})


def framed(*pieces: bytes, end: bool = True) -> bytes:
    """Return *pieces* in the framing of `transfer-encoding: chunked`; *end* adds the chunk that closes the body."""
    return b"".join(b"%x\r\n%s\r\n" % (len(piece), piece) for piece in pieces) + (b"0\r\n\r\n" if end else b"")


def sse(*events: JSON | str | bytes, done: bool = True) -> bytes:
    """Return *events* as a stream: mappings as JSON, text as the data of an event, bytes as they are."""
    announced = (*events, "[DONE]") if done else events
    return b"".join(_event(event) for event in announced)


def chunk(text: str | None = None, finish: str | None = None, *, index: int = 0, **fields: Any) -> dict[str, Any]:
    """Return a chunk that carries *text* in choice *index*.

    Of *fields*, `usage`, `id`, `model`, `choices`, `error` and `system_fingerprint` belong to the chunk, all others
    (`role`, `reasoning_content`, `refusal`, `tool_calls`, …) to its delta.
    """
    outer = {name: fields.pop(name) for name in _CHUNK_FIELDS & fields.keys()}
    delta = fields if text is None else {"content": text, **fields}
    choice = {"index": index, "delta": delta, "finish_reason": finish}
    return {
        "id": "chatcmpl-1",
        "object": "chat.completion.chunk",
        "created": 1,
        "model": "m",
        "choices": [choice],
    } | outer


_CHUNK_FIELDS = {"usage", "id", "model", "choices", "error", "system_fingerprint"}


def answer(
    text: str,
    *,
    pieces: int | None = None,
    finish: str | None = "stop",
    usage: JSON | None = None,
    chunked: bool = False,
) -> list[bytes]:
    """Return the steps of a streamed answer: the head, the role, each piece by itself, the end.

    *pieces* None gives one piece a word; a number cuts *text* into that many pieces of about one length. *usage* adds
    the chunk without choices that tells the token counts. Only a *chunked* answer leaves the connection usable.
    """
    cut = _words(text) if pieces is None else _cut(text, pieces)
    tail = [chunk(finish=finish)] if finish else []
    counted = [chunk(choices=[], usage=dict(usage))] if usage else []
    deltas = [sse(chunk(piece), done=False) for piece in cut]
    body = [sse(chunk("", role="assistant"), done=False), *deltas, sse(*tail, *counted)]
    if chunked:
        body = [*(framed(step, end=False) for step in body[:-1]), framed(body[-1])]
    return [stream_head(chunked=chunked), *body]


def completion(text: str, finish: str = "stop", *, usage: JSON | None = None, **fields: Any) -> bytes:
    """Return an answer in one piece; *fields* belong to its message."""
    choice = {"index": 0, "message": {"role": "assistant", "content": text, **fields}, "finish_reason": finish}
    body = {"id": "chatcmpl-1", "object": "chat.completion", "created": 1, "model": "m", "choices": [choice]}
    return http(200, None, body | ({"usage": dict(usage)} if usage else {}))


def failure(status: int, message: str, headers: Mapping[str, str] | None = None, **fields: Any) -> bytes:
    """Return an error response in the shape of the OpenAI API; *fields* (`code`, `param`, `type`) join its `error`."""
    error = {"message": message, "type": "invalid_request_error", "param": None, "code": None, **fields}
    return http(status, headers, {"error": error})


def model_list(*models: str | JSON) -> bytes:
    """Return the answer to `GET /v1/models`; *models* are names, or whole entries."""
    entries = [{"id": model, "object": "model"} if isinstance(model, str) else model for model in models]
    return http(200, None, {"object": "list", "data": entries})


def _content(body: JSON | str | bytes) -> tuple[bytes, str]:
    if isinstance(body, bytes):
        return body, "application/octet-stream"
    if isinstance(body, str):
        return body.encode(), "text/plain; charset=utf-8"
    return json.dumps(body).encode(), "application/json"


def _lowered(headers: Mapping[str, str] | None) -> dict[str, str]:
    return {name.lower(): value for name, value in (headers or {}).items()}


def _event(event: JSON | str | bytes) -> bytes:
    if isinstance(event, bytes):
        return event
    data = event if isinstance(event, str) else json.dumps(event, ensure_ascii=False)
    return f"data: {data}\n\n".encode()


def _words(text: str) -> Sequence[str]:
    parts = text.split(" ")
    return [part for part in (*(f"{part} " for part in parts[:-1]), parts[-1]) if part]


def _cut(text: str, pieces: int) -> Sequence[str]:
    ends = [len(text) * number // pieces for number in range(pieces + 1)]
    return [text[start:end] for start, end in pairwise(ends)]
