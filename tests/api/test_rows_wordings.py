"""Every wording and code that tells refusals apart has an example: without the row it would be judged otherwise.

A row without an example fails: whoever adds a wording adds the sentence that it was seen in, in words of our own.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from chatcli.api.failures import classify, wordings
from chatcli.errors import (
    AuthenticationError,
    ContextTooLongError,
    FilteredAnswerError,
    ModelNotFoundError,
    QuotaError,
    RejectedError,
)
from tests.api.refusals import FILTERED_CODES, OVERFLOW_CODES, heal, refuse
from tests.support.hints import hint_of
from tests.support.rows import Rows, unused


def kind(status: int) -> Callable[..., object]:
    """Return what tells the error of a body with *status*: its class, and what it advises."""

    def judge(message: str = "m", code: str | None = None) -> object:
        error = refuse(status, message, **({} if code is None else {"code": code}))
        return type(error)

    return judge


def advice(status: int) -> Callable[[str], object]:
    return lambda message: hint_of(refuse(status, message))


def all_are(expected: object, *messages: str, codes: str = "") -> list[tuple[tuple[Any, ...], object]]:
    """Return examples with one expectation: sentences, and codes beside a sentence that says nothing."""
    return [((message,), expected) for message in messages] + [(("m", code), expected) for code in codes.split()]


TABLES = [
    Rows(
        wordings,
        "OVERFLOW",
        kind(400),
        [
            *all_are(
                ContextTooLongError,
                *("context_length_exceeded", "ContextWindowExceeded", "exceed_context_size"),
                *("it exceeds the context window", "context window exceeds limit", "greater than the context length"),
                *("maximum context length is 9", "the context length is only 9", "does not fit in the context length"),
                *("too large for model with 9 maximum context", "longer than the model's context"),
                *("prompt is too long", "prompt exceeds max length", "input is too long for requested model"),
                *(
                    "input token count (9) exceeds the maximum",
                    "maximum prompt length is 9",
                    "exceeded model token limit",
                ),
                *("maximum allowed input length of 9", "Range of input length should be 9"),
                *(
                    "token count of 9 exceeds the limit of 8",
                    "prompt has 9 tokens, but the configured context size is 8",
                ),
                *("reduce the length of your prompt", "too many tokens in the prompt"),
                "`inputs` tokens + `max_new_tokens` must be",
                codes=OVERFLOW_CODES,
            ),
            *all_are(
                RejectedError,
                *("per minute: prompt is too long", "TPM: prompt is too long", "rate limit: prompt is too long"),
                *("quota: prompt is too long", "too many requests: prompt is too long"),
                *("Throttling error: prompt is too long",),
            ),
        ],
    ),
    Rows(
        wordings,
        "QUOTA",
        kind(403),
        all_are(
            QuotaError,
            *("insufficient balance", "your credit balance is low", "you exceeded your current quota"),
            *("this requires more credits", "out of credits", "ExceededBudget", "the budget has been exceeded"),
            *("usage limit reached", "the monthly spending limit", "a billing limit", "余额不足", "账户已欠费"),
            codes="insufficient_quota insufficient_balance credit_balance_exhausted exceeded_current_quota_error "
            "billing_hard_limit_reached billing_not_active payment_required budget_exceeded arrearage 1113 1308 30011",
        ),
    ),
    Rows(wordings, "BEYOND_LIMIT", kind(429), all_are(QuotaError, "Request too large for gpt-x")),
    Rows(
        wordings,
        "INVALID_KEY",
        kind(400),
        all_are(
            AuthenticationError,
            *("incorrect API key", "the API key is not valid"),
            codes="invalid_api_key api_key_invalid authentication_error authentication wrong_api_key",
        ),
    ),
    Rows(
        wordings,
        "FILTERED",
        kind(400),
        all_are(
            FilteredAnswerError,
            *("against our content policy", "against our usage policy", "it violates our usage guidelines"),
            *("Content Exists Risk", "this requires moderation", "it was flagged", "rejected by our safety system"),
            "inappropriate content",
            codes=FILTERED_CODES,
        ),
    ),
    Rows(
        wordings,
        "BLIND",
        advice(400),
        [
            ((message,), "choose a model that does, or send it without them")
            for message in (
                "no vision support",
                *("it cannot process images", "images are not allowed", "the model is not multimodal"),
                *("no endpoints found that support image input", "unknown variant `image_url`, expected `text`"),
            )
        ],
    ),
    Rows(
        wordings,
        "UNKNOWN_MODEL",
        kind(400),
        all_are(
            ModelNotFoundError,
            *("model n does not exist", "not a valid model", "invalid model name", "unknown model", "no such model"),
            *("unable to access model", "not found the model", "models/n is not found", "no endpoints found for a/b"),
            codes="model_not_found invalid_model deploymentnotfound 1211 20012",
        ),
    ),
    Rows(
        wordings,
        "NOT_A_CHAT_MODEL",
        advice(404),
        [
            ((message,), "choose a chat model; `chat models` lists them")
            for message in ("this is not a chat model", "it does not support chat")
        ],
    ),
    Rows(
        wordings,
        "RESPONSES_ONLY",
        advice(404),
        [(("only supported in v1/responses",), "it speaks the Responses API alone: choose another model")],
    ),
    Rows(
        wordings,
        "NO_SUCH_PATH",
        lambda message="m", code=None: hint_of(refuse(404, message, code=code)),
        all_are(
            "is base_url right? Most end in /v1",
            *("404 page not found", "Invalid URL", "Cannot POST /x", "no route for it", "unknown path"),
            codes="unknown_url",
        ),
    ),
    Rows(
        wordings,
        "UNSUPPORTED",
        heal,
        all_are(
            True,
            *("it is not permitted", "we do not take it"),
            *("must be verified to stream", "only the default will do", "only 1 is allowed"),
            codes="unsupported_parameter unsupported_value unknown_parameter extra_forbidden",
        ),
    ),
    Rows(
        wordings,
        "WRONG_VALUE",
        heal,
        [
            *all_are(
                False,
                *("not supported: supported values are 1", "not supported: must be one of 1, 2"),
                *("not supported: expected an integer", "not supported: tool call"),
            ),
            *((("not supported", code), False) for code in ("invalid_type", "invalid_value")),
        ],
    ),
    Rows(
        wordings,
        "ABOUT_THE_REQUEST",
        lambda message: type(classify.in_stream({"error": message}, host="h", model="n", key_source=None)),
        [
            (("it was flagged",), FilteredAnswerError),
            (("incorrect API key",), AuthenticationError),
            (("unknown model",), ModelNotFoundError),
        ],
    ),
    Rows(
        wordings,
        "_WINDOW",
        wordings.window_tokens,
        [
            (("of a context size of 9000 the maximum context length is 1,234 tokens",), 1234),
            (("a context window of 1234",), 1234),
            (("model maximum context length: 1234",), 1234),
            (("too large for model with 1234 maximum context length",), 1234),
            (("maximum prompt length is 1234",), 1234),
            (("the maximum number of tokens allowed (1234)",), 1234),
            (("2000 tokens > 1234 maximum",), 1234),
            (("token limit: 1234",), 1234),
            (("maximum allowed input length of 1234",), 1234),
            (("input length should be [1, 1234]",), 1234),
            (("the limit of 1234",), 1234),
            (("must be <= 1234",), 1234),
        ],
    ),
    Rows(
        wordings,
        "_NEEDED",
        wordings.needed_tokens,
        [
            (("you requested about 5,678 tokens",), 5678),
            (("(requested: 5678)",), 5678),
            (("your messages resulted in 5678 tokens",), 5678),
            (("prompt is too long: 5678",), 5678),
            (("input token count (5678)",), 5678),
            (("a token count of 5678",), 5678),
            (("the request contains 5678",), 5678),
            (("current length is 5678",), 5678),
            (("given: 5678 `inputs`",), 5678),
        ],
    ),
    Rows(
        wordings,
        "_NAMED",
        wordings.parameter,
        [
            (("Unsupported parameter: 'top_k'",), "top_k"),
            (("Unrecognized request argument supplied: top_k",), "top_k"),
            (('Unknown name "top_k"',), "top_k"),
            (("we cannot support the parameter top_k",), "top_k"),
            (("argument not supported by this model: top_k",), "top_k"),
            (("body -> top_k",), "top_k"),
            (("invalid value for 'top_k'",), "top_k"),
            (("top_k is not supported",), "top_k"),
            (("top_k: Extra inputs",), "top_k"),
        ],
    ),
]


@pytest.mark.parametrize("rows", TABLES, ids=lambda rows: rows.table)
def test_every_example_is_judged_as_it_must_be(rows: Rows) -> None:
    given = [example for example, _ in rows.examples]

    assert list(zip(given, [run() for run in rows.runs], strict=True)) == rows.examples


@pytest.mark.parametrize("rows", TABLES, ids=lambda rows: rows.table)
def test_every_row_has_an_example(rows: Rows, monkeypatch: pytest.MonkeyPatch) -> None:
    assert unused(rows, monkeypatch) == []
