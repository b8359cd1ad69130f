"""A finish reason that is followed by words was none: a finish at every position of a stream, and what servers do."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import product
from math import inf
from typing import Any

import httpx
import pytest

from chatcli.api.exchange import Exchange, FailedAttemptError
from chatcli.api.http.broken import BrokenExchangeError, FailureKind
from chatcli.api.http.client import HttpClient
from chatcli.api.http.patience import Patience
from chatcli.conversation.messages import Event
from chatcli.conversation.reply import Reply
from chatcli.providers.endpoint import Endpoint
from chatcli.providers.table import PLAIN
from chatcli.text.redactor import Redactor
from tests.api.reading import DONE, folded, read
from tests.support.answers import chunk, sse

PIECES: list[dict[str, Any]] = [{"content": "one "}, {"reasoning": "hm"}, {"content": "two "}, {"content": "three"}]


def stream(finishes: tuple[str | None, ...]) -> list[dict[str, Any]]:
    """Return the pieces as chunks, each with the finish reason that stands at its place."""
    return [chunk(None, finish, **piece) for piece, finish in zip(PIECES, finishes, strict=True)]


@pytest.mark.parametrize("end", [[], [DONE], [chunk(finish="stop")], [chunk(finish="stop"), DONE]])
def test_a_finish_at_every_position_loses_no_word_and_ends_nothing_too_early(end: list[Any]) -> None:
    """The law: all words stay; an end that words followed counts for nothing unless the protocol ends."""
    for finishes in product([None, "stop", "length"], repeat=len(PIECES)):
        reply = read(*stream(finishes), *end)

        is_disproved = any(finishes[:-1])
        last = "stop" if end and end[0] != DONE else finishes[-1]
        assert (reply.text, reply.choice.reasoning) == ("one two three", "hm"), finishes
        assert reply.is_complete == (DONE in end or (bool(last) and not is_disproved)), finishes
        if reply.is_complete:
            assert reply.status == ("length" if last == "length" else "complete"), finishes


def test_a_finish_between_the_halves_of_a_tag_and_of_a_character_tears_neither() -> None:
    whole = "<think>h</think>😀".encode("utf-16", "surrogatepass").decode("utf-16", "surrogatepass")
    halves = whole.replace("😀", "\ud83d\ude00")

    reply = read(*(chunk(letter, "stop") for letter in halves), DONE)

    assert (reply.choice.reasoning, reply.text) == ("h", "😀")


def test_a_call_after_a_finish_belongs_to_the_answer() -> None:
    call = {"index": 0, "id": "c", "function": {"name": "f", "arguments": "{}"}}

    reply = read(chunk("Let me look.", "stop"), chunk(finish="tool_calls", tool_calls=[call]), DONE)

    assert [c.name for c in reply.choice.tool_calls] == ["f"]
    assert reply.choice.finish is not None
    assert reply.choice.finish.reason == "tool_calls"


# What comes after an end without being a word of the answer: it disproves nothing.
SILENT = {
    "usage": chunk(choices=[], usage={"prompt_tokens": 1, "completion_tokens": 1}),
    "a role": chunk(role="assistant", content=""),
    "a line end": chunk("\n"),
    "another end": chunk(finish="stop"),
    "an empty call": chunk(tool_calls=[{"index": 0, "function": {"arguments": ""}}]),
    "encrypted reasoning": chunk(reasoning_details=[{"type": "reasoning.encrypted", "data": "x"}]),
    "metadata": {"id": "1", "choices": [], "obfuscation": "abc"},
    "a finish that is null": {"choices": [{"index": 0, "delta": {}, "finish_reason": None}]},
    "the finish of a call after that of the text": chunk(finish="tool_calls"),
}


@pytest.mark.parametrize("after", SILENT.values(), ids=SILENT)
def test_what_is_no_word_leaves_the_end_as_it_is(after: dict[str, Any]) -> None:
    assert read(chunk("hi", "stop"), after).is_complete


# Where servers put the word, and what some write while the answer continues.
FINISHES = {
    "in the delta": ({"choices": [{"delta": {"content": "hi", "finish_reason": "stop"}}]}, True),
    "camel case": ({"choices": [{"delta": {"content": "hi"}, "finishReason": "STOP"}]}, True),
    "as details": ({"choices": [{"delta": {"content": "hi"}, "finish_details": {"type": "stop"}}]}, True),
    "as an object": ({"choices": [{"delta": {"content": "hi"}, "finish_reason": {"type": "stop"}}]}, True),
    "the provider's own": ({"choices": [{"delta": {"content": "hi"}, "native_finish_reason": "end_turn"}]}, True),
    "null in words": ({"choices": [{"delta": {"content": "hi"}, "finish_reason": "null"}]}, False),
    "none in words": ({"choices": [{"delta": {"content": "hi"}, "finish_reason": "None"}]}, False),
    "white space": ({"choices": [{"delta": {"content": "hi"}, "finish_reason": " "}]}, False),
    "a number": ({"choices": [{"delta": {"content": "hi"}, "finish_reason": 0}]}, False),
    "false": ({"choices": [{"delta": {"content": "hi"}, "finish_reason": False}]}, False),
}


@pytest.mark.parametrize(("payload", "is_end"), FINISHES.values(), ids=FINISHES)
def test_the_word_for_the_end_is_found_where_it_stands(payload: dict[str, Any], is_end: bool) -> None:
    assert read(payload).is_complete == is_end


class Watched(httpx.BaseTransport, httpx.SyncByteStream):
    """A body whose patience is noted whenever the next piece is asked for; it breaks off at the end."""

    def __init__(self, *pieces: bytes) -> None:
        self._pieces = pieces
        self.waits: list[float] = []

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        self._patience: Patience = request.extensions["patience"]
        return httpx.Response(200, headers={"content-type": "text/event-stream"}, stream=self)

    def __iter__(self) -> Iterator[bytes]:
        for piece in self._pieces:
            yield piece
            self.waits.append(self._patience.end_by_s)
        raise BrokenExchangeError(FailureKind.CLOSED)


def post(*payloads: Any) -> tuple[Watched, Reply, FailedAttemptError | None]:
    watched, events, failed = Watched(*(sse(payload, done=False) for payload in payloads)), list[Event](), None
    endpoint = Endpoint(name="x", base_url="https://api.foo.com/v1", row=PLAIN)
    try:
        Exchange(endpoint, HttpClient(watched), None, Redactor(())).post({"model": "m"}, events.append)
    except FailedAttemptError as error:
        failed = error
    return watched, folded(events), failed


def test_the_wait_is_short_after_an_end_and_long_again_where_it_was_none() -> None:
    watched, _, _ = post(chunk("a"), chunk("b", "stop"), chunk("c"), chunk("d"))

    assert [wait < inf for wait in watched.waits] == [False, True, False, False]


def test_usage_after_an_end_does_not_put_it_off() -> None:
    usage = chunk(choices=[], usage={"prompt_tokens": 1, "completion_tokens": 1})

    watched, _, _ = post(chunk("a", "stop"), usage, usage)

    assert watched.waits[0] < inf
    assert set(watched.waits) == {watched.waits[0]}


def test_an_end_before_the_first_word_is_doubted_longer() -> None:
    after_text, _, _ = post(chunk("a", "stop"))
    after_thought, _, _ = post(chunk(reasoning="a", finish="stop"))

    assert after_thought.waits[0] - after_text.waits[0] > 2


def test_a_break_after_an_end_that_was_disproved_leaves_the_answer_incomplete() -> None:
    _, reply, failed = post(chunk("first half, ", "stop"), chunk("second", "stop"))

    assert reply.text == "first half, second"
    assert failed is not None


def test_a_break_after_an_end_that_stands_is_none() -> None:
    _, reply, failed = post(chunk("all"), chunk(finish="stop"))

    assert (reply.text, reply.is_complete, failed) == ("all", True, None)
