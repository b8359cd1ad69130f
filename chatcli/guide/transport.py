"""Implements the guide: a built-in model that speaks the endpoint protocol without a network.

It answers from the help topics (`guide.answering`), but requests reach it the same way as a provider: an httpx
transport takes them and returns a stream, a whole answer, a list of models or an error body. So what a user tries
before having a key is the real thing.

Tokens are estimated from bytes. `max_tokens`, `max_completion_tokens` and `stop` are obeyed, other parameters ignored.
"""

from __future__ import annotations

import json
import re
import zlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

import httpx

from chatcli.guide.answering import answer_question, reply_language
from chatcli.help.topics import Topic
from chatcli.language import ENGLISH, speaking
from chatcli.providers.endpoint import GUIDE_MODEL, GUIDE_URL
from chatcli.records import frozen

_ROLES = {"system", "developer", "user", "assistant", "tool", "function"}
_BYTES_PER_TOKEN = 4
_MESSAGE_TOKENS = 4  # approximate overhead per message
_PIECE = re.compile(r"(?:\S{1,16}\s*){1,3}|\s+")

Body = Mapping[str, Any]


class GuideTransport(httpx.BaseTransport):
    """The endpoint at `GUIDE_URL`; hand it to an `httpx.Client`."""

    def __init__(self, topics: Callable[[str], Sequence[Topic]]) -> None:
        """Take a function that returns the help topics in a language, called at the first question."""
        self._topics = topics

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Answer as a server would."""
        try:
            return self._route(request)
        except _RefusedError as refusal:
            return httpx.Response(refusal.status, json={"error": refusal.error})

    def _route(self, request: httpx.Request) -> httpx.Response:
        path = request.url.path.removeprefix(httpx.URL(GUIDE_URL).path)
        match request.method, path:
            case "POST", "/chat/completions":
                return self._complete(request.read())
            case "GET", "/models":
                return httpx.Response(200, json={"object": "list", "data": [_card()]})
            case "GET", "/models/guide":
                return httpx.Response(200, json=_card())
        raise _RefusedError(404, f"The guide has nothing at {request.method} {request.url.path}.", code="not_found")

    def _complete(self, content: bytes) -> httpx.Response:
        body = _checked(_parsed(content))
        questions = [_text(message) for message in body["messages"] if message["role"] == "user"]
        text, finish = _limited(self._answer(questions), body)
        reply = _Reply(text, finish, _usage(body["messages"], text), f"chatcmpl-guide-{zlib.crc32(content):08x}")
        if not body.get("stream"):
            return httpx.Response(200, json=reply.whole())
        counts = bool((body.get("stream_options") or {}).get("include_usage"))
        return httpx.Response(
            200, headers={"content-type": "text/event-stream"}, content=_events(reply.chunks(counts=counts))
        )

    def _answer(self, questions: Sequence[str]) -> str:
        language = reply_language(questions)
        topics = self._topics(ENGLISH)
        with speaking(language):
            return answer_question(questions, topics, () if language == ENGLISH else self._topics(language))


@frozen
class _Reply:
    """An answer, independent of its response format."""

    text: str
    finish: str
    usage: Mapping[str, int]
    id: str

    def whole(self) -> Body:
        """Return the answer in one piece."""
        message = {"role": "assistant", "content": self.text}
        choice = {"index": 0, "message": message, "finish_reason": self.finish}
        return {**self._frame("chat.completion"), "choices": [choice], "usage": self.usage}

    def chunks(self, *, counts: bool) -> Iterator[Body]:
        """Return the answer as the chunks of a stream, a few words at a time."""
        yield self._chunk({"role": "assistant", "content": ""})
        for piece in _PIECE.findall(self.text):
            yield self._chunk({"content": piece})
        yield self._chunk({}, self.finish)
        if counts:
            yield {**self._frame("chat.completion.chunk"), "choices": [], "usage": self.usage}

    def _chunk(self, delta: Body, finish: str | None = None) -> Body:
        choice = {"index": 0, "delta": delta, "finish_reason": finish}
        return {**self._frame("chat.completion.chunk"), "choices": [choice]}

    def _frame(self, kind: str) -> Body:
        # The same question gives the same bytes, so there is no timestamp.
        return {"id": self.id, "object": kind, "created": 0, "model": GUIDE_MODEL}


class _RefusedError(Exception):
    """The request cannot be answered; *error* is the body, in the format of the OpenAI API."""

    def __init__(self, status: int, message: str, *, param: str | None = None, code: str | None = None) -> None:
        super().__init__(message)
        self.status = status
        self.error = {"message": message, "type": "invalid_request_error", "param": param, "code": code}


def _parsed(content: bytes) -> object:
    try:
        return json.loads(content)
    except (ValueError, RecursionError):
        raise _RefusedError(400, "The body of the request is not valid JSON.") from None


def _checked(body: object) -> Body:
    """Return *body* if it is a request that can be answered."""
    if not isinstance(body, dict):
        raise _RefusedError(400, "The body of the request must be a JSON object.")
    model, messages = body.get("model"), body.get("messages")
    if not isinstance(model, str):
        raise _RefusedError(400, "You must provide a model.", param="model")
    if model != GUIDE_MODEL:
        message = f"The model `{model}` does not exist here; the only one is `{GUIDE_MODEL}`."
        raise _RefusedError(404, message, param="model", code="model_not_found")
    if not isinstance(messages, list) or not messages or not all(map(_is_message, messages)):
        raise _RefusedError(400, "`messages` must be a list of messages, with a role and a content.", param="messages")
    if body.get("n") not in (None, 1):
        raise _RefusedError(400, "The guide gives one answer.", param="n", code="unsupported_value")
    return body


def _is_message(message: Any) -> bool:
    return (
        isinstance(message, dict)
        and message.get("role") in _ROLES
        and isinstance(message.get("content"), str | list | None)
    )


def _text(message: Body) -> str:
    """Return the text of a message; the guide ignores images and files."""
    content = message.get("content") or ""
    if isinstance(content, str):
        return content
    texts = [part.get("text") for part in content if isinstance(part, dict) and part.get("type") == "text"]
    return "".join(text for text in texts if isinstance(text, str))


def _limited(text: str, body: Body) -> tuple[str, str]:
    """Return *text* up to `stop` or the token limit, and the finish reason."""
    stop = body.get("stop") or []
    positions = [text.find(word) for word in ([stop] if isinstance(stop, str) else stop) if word]
    text = text[: min((position for position in positions if position >= 0), default=len(text))]
    limit = body.get("max_completion_tokens") or body.get("max_tokens")
    if not isinstance(limit, int) or _tokens(text) <= limit:
        return text, "stop"
    return text.encode()[: limit * _BYTES_PER_TOKEN].decode(errors="ignore"), "length"


def _usage(messages: Sequence[Body], text: str) -> Mapping[str, int]:
    asked = sum(_MESSAGE_TOKENS + _tokens(_text(message)) for message in messages)
    answered = _tokens(text)
    return {"prompt_tokens": asked, "completion_tokens": answered, "total_tokens": asked + answered}


def _tokens(text: str) -> int:
    return -(-len(text.encode()) // _BYTES_PER_TOKEN)


def _card() -> Body:
    return {"id": GUIDE_MODEL, "object": "model", "created": 0, "owned_by": "chat"}


def _events(chunks: Iterator[Body]) -> Iterator[bytes]:
    for chunk in chunks:
        yield b"data: %s\n\n" % json.dumps(chunk, ensure_ascii=False).encode()
    yield b"data: [DONE]\n\n"
