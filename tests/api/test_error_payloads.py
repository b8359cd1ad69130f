"""An object without an answer that carries words is an error with those words, whatever its fields are called."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chatcli.api.error_payloads import error_in
from chatcli.api.failures.bodies import read_error_body

WORDS = "the pool is down"
MESSAGES = [
    "message",
    "Message",
    "msg",
    "error_msg",
    "errorMessage",
    "error_message",
    "status_msg",
    "err_msg",
    "errMsg",
]
MESSAGES += ["error", "err", "detail", "details", "faultstring", "exception"]
FAILING: list[dict[str, Any]] = [
    {},
    {"code": 401},
    {"code": "500"},
    {"code": -1},
    {"error_code": 17},
    {"errcode": 40001},
    {"status": 503},
    {"statusCode": 502},
    {"status": "error"},
    {"status": "failed"},
    {"success": False},
    {"ok": False},
    {"code": "invalid_api_key"},
    {"type": "server_error"},
    {"object": "error"},
    {"choices": []},
    {"choices": None, "usage": {"total_tokens": 0}, "model": "m"},
    {"choices": [{"index": 0, "delta": {"role": "assistant"}, "finish_reason": None}]},
    {"data": None},
]


ELSEWHERE: list[dict[str, Any]] = [
    {"Response": {"Error": {"Code": "AuthFailure", "Message": WORDS}}},
    {"ResponseMetadata": {"RequestId": "r", "Error": {"Code": "AccountOverdue", "Message": WORDS}}},
    {"header": {"code": 10013, "message": WORDS, "sid": "x"}},
    {"type": "error", "error": {"type": "overloaded_error", "message": WORDS}},
    {"output": None, "code": "DataInspectionFailed", "message": WORDS},
    {"title": "Too Many Requests", "status": 429, "detail": WORDS},
    {"error": "invalid_token", "error_description": WORDS},
]


@pytest.mark.parametrize("payload", ELSEWHERE, ids=str)
def test_words_are_found_in_the_envelopes_of_gateways(payload: dict[str, Any]) -> None:
    assert read_error_body(error_in(payload)).text == WORDS


def wrapped(fields: dict[str, Any]) -> list[Any]:
    """Return *fields* in every place where servers have been seen to put what is wrong."""
    return [
        fields,
        {"error": fields},
        [{"error": fields}],
        {"x_groq": {"error": fields}},
        {"choices": [{"error": fields}]},
    ]


@pytest.mark.parametrize("name", MESSAGES)
def test_words_are_found_under_any_name_beside_any_code(name: str) -> None:
    """The law: names for words × codes × places."""
    for payload in (payload for failing in FAILING for payload in wrapped({name: WORDS, **failing})):
        error = error_in(payload)

        assert error is not None, payload
        assert read_error_body(error).text == WORDS, payload


SUCCESSES = [{"code": 0}, {"code": "0"}, {"code": 200}, {"code": "success"}, {"success": True}, {"status": "ok"}]
SUCCESSES += [{"status": "success"}, {"status": 200}, {"status_code": 0}, {"error_code": 0}, {"errcode": 0}]


@pytest.mark.parametrize("said", ["success", "ok", "OK.", "Success!", "", "none"])
@pytest.mark.parametrize("success", SUCCESSES, ids=str)
def test_what_says_success_is_no_error(said: str, success: dict[str, Any]) -> None:
    for name in ("message", "msg", "status_msg"):
        fields = {name: said, **success}
        for payload in (fields, {"error": fields}, {"base_resp": fields}, {"error": fields, "choices": []}):
            assert error_in(payload) is None, payload


ANSWERS: list[dict[str, Any]] = [
    {"choices": [{"index": 0, "delta": {"content": "hi"}}]},
    {"choices": [{"index": 0, "delta": {"reasoning": "hm"}}]},
    {"choices": [{"index": 0, "delta": {"tool_calls": [{"index": 0}]}}]},
    {"choices": [{"index": 0, "delta": {}, "finish_reason": "stop"}]},
    {"choices": [{"text": "hi"}]},
    {"message": {"role": "assistant", "content": "hi"}},
]
BESIDE: list[dict[str, Any]] = [
    {"code": 1},
    {"status": 500},
    {"detail": "x"},
    {"msg": "x"},
    {"success": False},
    {"type": "some_error_free"},
]


@pytest.mark.parametrize("answer", ANSWERS, ids=str)
def test_beside_an_answer_only_a_declared_error_is_one(answer: dict[str, Any]) -> None:
    assert not [beside for beside in BESIDE if error_in({**beside, **answer})]
    for error in ({"message": WORDS}, WORDS, {"code": 502}, {"code": 0, "message": WORDS}, True, [WORDS]):
        assert error_in({**answer, "error": error}), error
    nothings: list[Any] = [None, {}, [], "", 0, False, "0", "success", {"message": "", "code": None}, {"code": 0}]
    for nothing in nothings:
        assert error_in({**answer, "error": nothing}) is None, nothing


# What passes by while an answer is on its way.
STATUSES = [
    {"type": "status", "message": "searching"},
    {"type": "ping"},
    {"event": "progress", "detail": "3 of 7"},
    {"object": "chat.completion.chunk", "choices": [], "message": "queued"},
    {"status": "processing", "message": "position 4"},
    {"status": "queued", "msg": "position 4"},
    {"id": "1", "object": "chat.completion.chunk", "choices": [], "usage": {"prompt_tokens": 3}},
    {"choices": [], "prompt_filter_results": [{"prompt_index": 0}]},
    {"title": "A chat about pools"},
    {"text": "x"},
    {"description": "x"},
    {},
]


@pytest.mark.parametrize("payload", STATUSES, ids=str)
def test_a_status_is_no_error(payload: dict[str, Any]) -> None:
    assert error_in(payload) is None


def test_the_name_of_an_event_decides_where_nothing_else_does() -> None:
    assert error_in({"message": WORDS}, "status") is None
    assert error_in({"x": 1}, "error") == {"x": 1}
    assert error_in(WORDS, "Error") == WORDS
    assert error_in(WORDS, "") is None


NAMES = ["error", "message", "code", "choices", "delta", "base_resp", "status", "success", "x_groq", "type", "data"]
values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=4),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(NAMES), inner, max_size=4),
    max_leaves=15,
)


@given(values, st.sampled_from(["", "error", "ping"]))
def test_any_json_is_judged_without_an_exception(payload: Any, name: str) -> None:
    error_in(payload, name)
