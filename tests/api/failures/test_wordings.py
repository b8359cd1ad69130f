"""An overflow of the window is known by the words of every server, and by no others."""

import json
from typing import Any

import pytest

from chatcli.api.failures.classify import classify
from chatcli.api.failures.diagnosis import FailedRequest
from chatcli.errors import ChatError, ContextTooLongError
from tests.support.hints import hint_of


def refused(message: str, **fields: Any) -> ChatError:
    body = json.dumps({"error": {"message": message, **fields}}).encode()
    return classify(400, {}, body, FailedRequest("api.foo.com", "gpt-x", None))


@pytest.mark.parametrize(
    ("text", "needed", "window"),
    [
        (
            "This model's maximum context length is 4097 tokens. However, your messages resulted in 5,000 tokens.",
            5000,
            4097,
        ),
        ("This endpoint's maximum context length is 8192 tokens. However, you requested about 9000 tokens", 9000, 8192),
        ("Your input exceeds the context window of this model.", None, None),
        ("prompt is too long: 210000 tokens > 200000 maximum", 210000, 200000),
        ("The input token count (1200000) exceeds the maximum number of tokens allowed (1048576).", 1200000, 1048576),
        ("request (6020 tokens) exceeds the available context size (512 tokens), try increasing it", 6020, 512),
        ("Please reduce the length of the messages or completion.", None, None),
        ("Please reduce the length of the messages. Current length is 9001 while limit is 8192", 9001, 8192),
        ("This model's maximum prompt length is 131072 but the request contains 140000 tokens.", 140000, 131072),
        ("Prompt contains 40000 tokens, too large for model with 32768 maximum context length", 40000, 32768),
        ("Trying to keep the first 5000 tokens: greater than the context length", 5000, None),
        ("The prompt is too long: 9000, model maximum context length: 8192", 9000, 8192),
        ("Your request exceeded model token limit: 8192 (requested: 9000)", 9000, 8192),
        ("Prompt exceeds max length", None, None),
        ("Range of input length should be [1, 30720]", None, 30720),
        ("The input (9000 tokens) is longer than the model's context length (8192 tokens).", 9000, 8192),
        ("You passed 6017 input tokens. However, the model's context length is only 512 tokens", 6017, 512),
        ("has 31430 tokens, input does not fit in context length, it only supports 30000", 31430, 30000),
        ("prompt too long; exceeded max context length by 12 tokens", None, None),
        ("context window exceeds limit (2013)", None, None),
        ("prompt token count of 130000 exceeds the limit of 128000", 130000, 128000),
        ("`inputs` tokens + `max_new_tokens` must be <= 4096. Given: 5000 `inputs` tokens", 5000, 4096),
        ("litellm.ContextWindowExceededError: no luck", None, None),
    ],
)
def test_overflow_is_known_by_its_wording(text: str, needed: int | None, window: int | None) -> None:
    error = refused(text)

    assert isinstance(error, ContextTooLongError)
    assert (error.needed_tokens, error.window_tokens) == (needed, window)


@pytest.mark.parametrize("code", ["context_length_exceeded", "exceed_context_size_error", "1261"])
def test_overflow_is_known_by_its_code(code: str) -> None:
    error = refused("超长", code=code, n_prompt_tokens=9, n_ctx=8)

    assert isinstance(error, ContextTooLongError)
    assert (error.needed_tokens, error.window_tokens) == (9, 8)
    assert "the 9 tokens of this request do not fit the 8-token context window" in error.what


@pytest.mark.parametrize(
    "text",
    [
        "Rate limit reached, reduce the length of the messages",
        "Request too large: 9000 tokens per minute exceeds the context window",
        "Quota: prompt is too long for your plan",
        "Throttling error: too many tokens in the prompt",
        "max_tokens is too large: 100000. This model supports at most 16384 completion tokens",
        "messages is too long: at most 2048 items",
    ],
)
def test_decoys_are_no_overflow(text: str) -> None:
    assert not isinstance(refused(text), ContextTooLongError)


def test_overflow_is_found_beyond_what_is_shown() -> None:
    assert isinstance(refused("word " * 300 + "exceeds the context window"), ContextTooLongError)


def test_window_that_counts_the_reply_suggests_a_shorter_one() -> None:
    text = (
        "maximum context length is 6048 tokens, you requested 6616 tokens (568 in the messages, 6048 in the completion)"
    )

    assert "max_tokens" in hint_of(refused(text))
