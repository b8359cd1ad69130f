"""Every dialect of refusal becomes the right error, with a sentence that names what must be changed."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chatcli.api.failures.classify import classify, in_stream, web_page
from chatcli.api.failures.diagnosis import FailedRequest
from chatcli.errors import (
    AuthenticationError,
    ChatError,
    ContextTooLongError,
    FilteredAnswerError,
    ModelNotFoundError,
    OversizedRequestError,
    ParameterRefusedError,
    QuotaError,
    RateLimitError,
    RejectedError,
    ServerError,
    UnreachableError,
)
from tests.api.refusals import REFUSALS

SENT = {"model": "gpt-x", "messages": [], "temperature": 1, "top_k": 5, "n": 1}


def judge(status: int, body: Any = b"", headers: dict[str, str] | None = None, **asked: Any) -> ChatError:
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    known: dict[str, Any] = {"host": "api.foo.com", "model": "gpt-x", "key_source": "$FOO_KEY", "sent": SENT, **asked}
    return classify(status, headers or {}, raw, FailedRequest(**known))


def said(message: str, **fields: Any) -> dict[str, Any]:
    return {"error": {"message": message, **fields}}


def streamed(payload: Any) -> ChatError:
    return in_stream(payload, FailedRequest("api.foo.com", "gpt-x", "$FOO_KEY"))


@pytest.mark.parametrize(("status", "body", "expected"), REFUSALS.values(), ids=REFUSALS)
def test_the_refusals_of_every_server_are_what_they_are(status: int, body: Any, expected: type[ChatError]) -> None:
    raw = body.encode() if isinstance(body, str) else body
    error = streamed(body) if status == 200 else judge(status, raw)

    assert type(error) is expected


@pytest.mark.parametrize(
    ("status", "body", "expected"),
    [
        pytest.param(401, said("Bad key", code="invalid_api_key"), AuthenticationError, id="401"),
        pytest.param(401, {"detail": "Unauthorized"}, AuthenticationError, id="401 with a detail"),
        pytest.param(401, said("No", code="invalid_request_error"), AuthenticationError, id="401 whatever the code"),
        pytest.param(401, said("No", code="insufficient_quota"), QuotaError, id="401 of an empty account"),
        pytest.param(403, said("Not from here"), AuthenticationError, id="403"),
        pytest.param(
            400, {"code": "c", "error": "Incorrect API key provided: x"}, AuthenticationError, id="400 key, xAI"
        ),
        pytest.param(
            400,
            [said("API key not valid. Please pass another.", code=400, details=[{"reason": "API_KEY_INVALID"}])],
            AuthenticationError,
            id="400 key, Gemini",
        ),
        pytest.param(402, said("Insufficient Balance", type="unknown_error"), QuotaError, id="402"),
        pytest.param(429, said("m", code="insufficient_quota"), QuotaError, id="429 empty account"),
        pytest.param(429, said("You exceeded your current quota"), QuotaError, id="429 empty account in words"),
        pytest.param(429, said("账户余额不足"), QuotaError, id="429 empty account in Chinese"),
        pytest.param(
            429,
            [said("You exceeded your current quota", details=[{"retryDelay": "37s"}])],
            RateLimitError,
            id="429 quota that comes back soon",
        ),
        pytest.param(
            429,
            [said("m", details=[{"retryDelay": "37s", "violations": [{"quotaId": "RequestsPerDay-Free"}]}])],
            QuotaError,
            id="429 quota of the day",
        ),
        pytest.param(
            429, said("Request too large for x: Limit 6000, Requested 7000"), OversizedRequestError, id="429 too large"
        ),
        pytest.param(429, b"slow down", RateLimitError, id="429 in plain text"),
        pytest.param(400, said("Your credit balance is too low"), QuotaError, id="400 empty account"),
        pytest.param(403, {"code": 30011, "message": "paid only", "data": None}, QuotaError, id="403 empty account"),
        pytest.param(
            400, said("m", code="content_filter", param="prompt"), FilteredAnswerError, id="400 content filter"
        ),
        pytest.param(400, said("Content Exists Risk"), FilteredAnswerError, id="400 content risk"),
        pytest.param(
            403,
            said("m", code=403, metadata={"flagged_input": "x", "reasons": ["y"]}),
            FilteredAnswerError,
            id="403 moderation",
        ),
        pytest.param(404, said("m", code="model_not_found"), ModelNotFoundError, id="404 model by code"),
        pytest.param(404, said("The model `x` does not exist."), ModelNotFoundError, id="404 model by words"),
        pytest.param(
            404, said("model: gpt-x", type="not_found_error"), ModelNotFoundError, id="404 that names the model"
        ),
        pytest.param(404, said("models/x is not found for API version v1"), ModelNotFoundError, id="404 model, Gemini"),
        pytest.param(400, said("Model Not Exist"), ModelNotFoundError, id="400 model, DeepSeek"),
        pytest.param(400, said("x is not a valid model ID"), ModelNotFoundError, id="400 model, OpenRouter"),
        pytest.param(404, {"detail": "Not Found"}, RejectedError, id="404 path"),
        pytest.param(404, b"<title>404 Not Found</title>", RejectedError, id="404 page"),
        pytest.param(405, b"", RejectedError, id="405"),
        pytest.param(407, b"", UnreachableError, id="407"),
        pytest.param(408, b"", ServerError, id="408"),
        pytest.param(409, b"", RejectedError, id="409"),
        pytest.param(413, b"", RejectedError, id="413"),
        pytest.param(
            413, said("Request too large for x on tokens per minute (TPM)"), RejectedError, id="413 of a rate limit"
        ),
        pytest.param(418, b"", RejectedError, id="418"),
        pytest.param(422, {"detail": [{"loc": ["body", "n"], "msg": "m"}]}, ParameterRefusedError, id="422 parameter"),
        pytest.param(400, said("m", param="temperature"), ParameterRefusedError, id="400 parameter"),
        pytest.param(
            400, said('Unknown name "top_k": Cannot find field.'), ParameterRefusedError, id="400 parameter in words"
        ),
        pytest.param(400, said("m", param="messages[3].content"), RejectedError, id="400 about the conversation"),
        pytest.param(
            400, said("Invalid 'tools[0].function.name'", param="tools[0].function.name"), RejectedError, id="400 tool"
        ),
        pytest.param(425, b"", ServerError, id="425"),
        pytest.param(500, b"Internal Server Error", ServerError, id="500"),
        pytest.param(503, said("Loading model"), ServerError, id="503"),
        pytest.param(529, said("m", type="overloaded_error"), ServerError, id="529"),
    ],
)
def test_status_and_body_decide_the_error(status: int, body: Any, expected: type[ChatError]) -> None:
    assert type(judge(status, body)) is expected


@pytest.mark.parametrize(
    ("headers", "request_id"),
    [
        ({"X-Request-Id": "a", "cf-ray": "z"}, "a"),
        ({"request-id": "b"}, "b"),
        ({"apim-request-id": "c"}, "c"),
        ({"X-Generation-Id": "d"}, "d"),
        ({"CF-RAY": "e"}, "e"),
        ({}, "f"),
    ],
)
def test_request_id_is_kept_for_the_support(headers: dict[str, str], request_id: str) -> None:
    assert judge(500, {"message": "m", "request_id": "f"}, headers).server.request_id == request_id


def test_empty_account_is_not_mended_by_the_wait_it_comes_with() -> None:
    error = judge(429, said("m", code="insufficient_quota"), {"Retry-After": "1"})

    assert type(error) is QuotaError


def test_what_the_server_said_is_kept() -> None:
    server = judge(429, said("m", code="c", param="p"), {"Retry-After": "2"}).server

    assert (server.status, server.message, server.code, server.param) == (429, "m", "c", "p")
    assert server.retry_after_s == 2


@pytest.mark.parametrize(
    ("payload", "expected", "status"),
    [
        pytest.param(said("m", code=502, metadata={"error_type": "x"}), ServerError, 502, id="number"),
        pytest.param(said("m", code="429"), RateLimitError, 429, id="number in letters"),
        pytest.param(said("m", type="rate_limit_error"), RateLimitError, 429, id="type"),
        pytest.param(said("m", metadata={"error_type": "payment_required"}), QuotaError, 402, id="error_type"),
        pytest.param(said("m", type="authentication_error"), AuthenticationError, 401, id="key"),
        pytest.param(said("m", type="overloaded_error"), ServerError, 529, id="overloaded"),
        pytest.param(said("m", type="invalid_request_error"), RejectedError, 400, id="request"),
        pytest.param(said("m", code="context_length_exceeded"), ContextTooLongError, 400, id="overflow by code"),
        pytest.param({"error": "greater than the context length"}, ContextTooLongError, None, id="overflow by words"),
        pytest.param({"error": "Incorrect API key provided"}, AuthenticationError, None, id="key by words"),
        pytest.param({"error": "model x not found"}, ModelNotFoundError, None, id="model by words"),
        pytest.param({"error": {"message": "m", "code": "content_filter"}}, FilteredAnswerError, 400, id="filter"),
        pytest.param({"code": "c", "error": "boom"}, ServerError, None, id="string"),
        pytest.param({"message": "boom"}, ServerError, None, id="bare message"),
        pytest.param({"x_groq": {"error": "over capacity"}}, ServerError, None, id="inside a chunk"),
        pytest.param("boom", ServerError, None, id="text"),
        pytest.param({"choices": [{"finish_reason": "error"}]}, ServerError, None, id="without a word"),
        pytest.param(None, ServerError, None, id="nothing"),
    ],
)
def test_error_in_a_stream_counts_as_the_status_it_names(
    payload: Any, expected: type[ChatError], status: int | None
) -> None:
    error = streamed(payload)

    assert type(error) is expected
    assert error.server.status == status


def test_error_in_a_stream_claims_no_status_it_was_not_given() -> None:
    assert streamed({"error": "boom"}).what == "api.foo.com failed: boom"


def test_web_page_in_place_of_an_answer_is_named_by_its_title() -> None:
    error = web_page(b"<html><title>Login</title>", host="api.foo.com")

    assert type(error) is ServerError
    assert error.what == 'got a web page ("Login") instead of an answer from api.foo.com'
    assert web_page(b'{"id":"x"}', host="api.foo.com") is None


def test_web_page_without_a_word_is_still_one() -> None:
    error = web_page(b"<html></html>", host="api.foo.com")

    assert error is not None
    assert error.what == "got a web page instead of an answer from api.foo.com"


ANYTHING = st.binary() | st.sampled_from(
    [json.dumps(said(text)).encode() for text in ("no model x", "context window exceeded", "quota", "'n' unsupported")]
)


@given(
    st.integers(300, 999), st.dictionaries(st.sampled_from(["Location", "Retry-After", "cf-ray"]), st.text()), ANYTHING
)
def test_any_answer_becomes_an_error_with_a_sentence(status: int, headers: dict[str, str], body: bytes) -> None:
    error = classify(status, headers, body, FailedRequest("api.foo.com", "gpt-x", None))

    assert "api.foo.com" in error.sentence()
    assert "\n" not in error.sentence()
    assert len(error.sentence()) < 1000
    assert error.server.status == status
