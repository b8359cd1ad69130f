"""Every wording and code that tells refusals apart has an example: without the row it would be judged otherwise.

A row without an example fails: anyone who adds a wording adds the sentence that it was seen in, in words of our own.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from chatcli.api.failures import wordings
from chatcli.errors import (
    FilteredAnswerError,
    ModelNotFoundError,
    ModelRetiredError,
    OversizedRequestError,
    RejectedError,
    ServerError,
)
from tests.api.refusals import FILTERED_CODES, refuse
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
        "PLACE",
        kind(403),
        all_are(
            RejectedError,
            *("Country, region, or territory not supported", "Anthropic is not available in this country"),
            *("The client IP address 192.0.2.1 is not authorized", "Your IP is not on the allowlist"),
            *("Please check your network settings", "Public access is disabled", "Virtual Network rules denied this"),
            *("您所在的地区不支持此服务", "不支持该国家"),
            codes="unsupported_country_region_territory unsupported_region",
        ),
    ),
    Rows(
        wordings,
        "USER_LOCATION",
        advice(400),
        [(("User location is not supported for the API use",), hint_of(refuse(403, "Country not supported")))],
    ),
    Rows(wordings, "BEYOND_LIMIT", kind(429), all_are(OversizedRequestError, "Request too large for gpt-x")),
    Rows(
        wordings,
        "FILTERED",
        kind(400),
        all_are(
            FilteredAnswerError,
            *("against our content policy", "against our usage policy", "it violates our usage guidelines"),
            *("Content Exists Risk", "this requires moderation", "it was flagged", "rejected by our safety system"),
            *("inappropriate content", "The input text may contain sensitive information", "input new_sensitive"),
            *("this was considered high risk", "输入包含敏感内容", "内容不安全", "内容违规", "违禁词"),
            codes=f"{FILTERED_CODES} SensitiveContentDetected moderation_error inappropriate_input harmful_input "
            "PROHIBITED_CONTENT content_policy",
        ),
    ),
    Rows(
        wordings,
        "UNKNOWN_MODEL",
        kind(400),
        all_are(
            ModelNotFoundError,
            *("model n does not exist", "not a valid model", "invalid model name", "unknown model", "no such model"),
            *("unable to access model", "not found the model", "models/n is not found", "no endpoints found for a/b"),
            "The model or endpoint n does not exist",
            "the requested model `n` is not supported by any provider you have enabled",
            *("No models loaded", "模型不存在，请检查模型代码", "模型 n 未找到"),
            codes="model_not_found invalid_model deploymentnotfound 1211 20012 model_not_supported unknown_model "
            "InvalidEndpointOrModel.NotFound",
        ),
    ),
    Rows(
        wordings,
        "RETIRED_MODEL",
        kind(404),
        all_are(
            ModelRetiredError,
            "this model has been deprecated",
            codes="model_decommissioned model_deprecated model_retired deprecated_model",
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
        [(("only supported in v1/responses",), "it supports only the Responses API: choose another model")],
    ),
    Rows(
        wordings,
        "BUSY",
        kind(400),
        all_are(
            ServerError,
            *(
                "The model is currently overloaded",
                "we are at capacity",
                "flex tier capacity exceeded",
                "server is busy",
            ),
            *("experiencing high demand", "当前负载过高", "系统繁忙", "服务器拥挤"),
            codes="ServerOverloaded capacity_exceeded",
        ),
    ),
    Rows(
        wordings,
        "NO_SUCH_PATH",
        lambda message="m", code=None: hint_of(refuse(404, message, code=code)),
        all_are(
            "check base_url: most end in /v1",
            *("404 page not found", "Invalid URL", "Cannot POST /x", "no route for it", "unknown path"),
            codes="unknown_url",
        ),
    ),
]


@pytest.mark.parametrize("rows", TABLES, ids=lambda rows: rows.table)
def test_every_example_is_judged_as_it_must_be(rows: Rows) -> None:
    given = [example for example, _ in rows.examples]

    assert list(zip(given, [run() for run in rows.runs], strict=True)) == rows.examples


@pytest.mark.parametrize("rows", TABLES, ids=lambda rows: rows.table)
def test_every_row_has_an_example(rows: Rows, monkeypatch: pytest.MonkeyPatch) -> None:
    assert unused(rows, monkeypatch) == []
