"""How each way to end is told: the error that it is, what is kept, and what to do."""

from __future__ import annotations

from typing import Any

import pytest

from chatcli.conversation.messages import (
    Ended,
    Event,
    Finished,
    Malformed,
    Reasoning,
    Refusal,
    Text,
    Usage,
    UsageReported,
)
from chatcli.conversation.outcome import ending_error
from chatcli.conversation.reply import Reply
from chatcli.errors import (
    ChatError,
    FilteredAnswerError,
    IncompleteAnswerError,
    LengthLimitError,
    RateLimitError,
    ServerError,
)
from tests.support.hints import hint_of

WORDS = Text("Par")
THOUGHT = Reasoning("Hm")
KEPT = "the text so far is kept"


def reply_of(*events: Event, failure: str = "", stopped: bool = False) -> Reply:
    reply = Reply()
    for event in events:
        reply.feed(event)
    reply.failure, reply.stopped = failure or reply.failure, stopped
    return reply


def end(reason: str) -> tuple[Event, ...]:
    return Finished(reason, reason), Ended(True)


def took(prompt: int, completion: int) -> UsageReported:
    return UsageReported(Usage(prompt, completion))


# Events, what the error before was, what else is known, and what must come of it: class, words in it, what is kept.
ENDINGS: dict[str, tuple[Reply, ChatError | None, dict[str, Any], type[ChatError] | None, str, str | None]] = {
    "complete": (reply_of(WORDS, *end("stop")), None, {}, None, "", None),
    "an unknown way to end": (reply_of(WORDS, *end("because")), None, {}, None, "", None),
    "stopped by the user": (reply_of(WORDS, stopped=True), None, {}, None, "", None),
    "a failure before the first word": (reply_of(failure="x"), ServerError("down"), {}, ServerError, "down", None),
    "a failure after the first word": (
        reply_of(WORDS, failure="x"), ServerError("down"), {}, IncompleteAnswerError, "incomplete: down", KEPT,
    ),
    "a rate limit after the first word": (
        reply_of(WORDS, failure="x"), RateLimitError("slow"), {}, IncompleteAnswerError, "incomplete: slow", KEPT,
    ),
    "an answer that broke off": (
        reply_of(WORDS, failure="x"), IncompleteAnswerError("cut"), {}, IncompleteAnswerError, "cut", KEPT,
    ),
    "an answer that broke off and says what is kept": (
        reply_of(WORDS, failure="x"), IncompleteAnswerError("cut", kept="all"), {}, IncompleteAnswerError, "cut", "all",
    ),
    "closed without a word": (reply_of(), None, {}, IncompleteAnswerError, "closed", None),
    "closed in the middle": (reply_of(WORDS), None, {}, IncompleteAnswerError, "closed", KEPT),
    "over without a word": (reply_of(*end("stop")), None, {}, IncompleteAnswerError, "empty", None),
    "unreadable": (
        *(reply_of(WORDS, Malformed("?"), *end("stop")), None, {}),
        *(IncompleteAnswerError, "1 unreadable", KEPT),
    ),
    "at the length": (reply_of(WORDS, *end("length")), None, {}, LengthLimitError, "length limit", KEPT),
    "at a length in tokens": (
        reply_of(WORDS, took(9, 5), *end("length")), None, {}, LengthLimitError, "cut at 5 tokens", KEPT,
    ),
    "at the end of the window": (
        *(reply_of(WORDS, took(9, 5), *end("length")), None, {"window_tokens": 14}),
        *(LengthLimitError, "window of 14", KEPT),
    ),
    "short of the end of the window": (
        reply_of(WORDS, took(9, 5), *end("length")), None, {"window_tokens": 15}, LengthLimitError, "at 5 tokens", KEPT,
    ),
    "at a length that was set": (
        reply_of(WORDS, *end("length")), None, {"options": {"max_tokens": 5}}, None, "", None,
    ),
    "at a length that was set by its other name": (
        reply_of(WORDS, *end("length")), None, {"options": {"max_completion_tokens": 5}}, None, "", None,
    ),
    "at the length before a word": (
        reply_of(THOUGHT, *end("length")), None, {"options": {"max_tokens": 5}}, LengthLimitError, "reasoning", None,
    ),
    "filtered": (reply_of(WORDS, *end("content_filter")), None, {}, FilteredAnswerError, "filter", KEPT),
    "refused": (reply_of(Refusal("No."), *end("stop")), None, {}, FilteredAnswerError, "refused", None),
}  # fmt: skip


@pytest.mark.parametrize(("reply", "error", "known", "kind", "words", "kept"), ENDINGS.values(), ids=ENDINGS)
def test_every_ending_is_told_as_what_it_is(
    reply: Reply,
    error: ChatError | None,
    known: dict[str, Any],
    kind: type[ChatError] | None,
    words: str,
    kept: str | None,
) -> None:
    told = ending_error(reply, error, known.get("options", {}), window_tokens=known.get("window_tokens"))

    if kind is None:
        assert told is None
    else:
        assert type(told) is kind
        assert words in told.what
        assert told.kept == kept


def test_room_is_advised_where_the_limit_was_spent_on_reasoning() -> None:
    told = ending_error(reply_of(THOUGHT, *end("length")), None, {})

    assert told
    assert "--max-tokens" in hint_of(told)
    assert "--effort" in hint_of(told)
