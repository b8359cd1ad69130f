"""The judge of requests lets good ones pass and knows each way to be wrong, at its place."""

from __future__ import annotations

from typing import Any

import pytest

from tests.support.description import REQUEST, faults

USER = {"role": "user", "content": "q"}
CALL = {"id": "1", "type": "function", "function": {"name": "f", "arguments": "{}"}}
PICTURE = {"type": "image_url", "image_url": {"url": "data:x", "detail": "low"}}
GOOD = {
    "a question": [USER],
    "parts": [{"role": "user", "content": [{"type": "text", "text": "q"}, PICTURE]}],
    "a call and its result": [
        USER,
        {"role": "assistant", "content": None, "tool_calls": [CALL]},
        {"role": "tool", "content": "r", "tool_call_id": "1"},
    ],
    "a call without a word": [USER, {"role": "assistant", "tool_calls": [CALL]}],
    "instructions": [{"role": "developer", "content": "s"}, USER],
}
WRONG_MESSAGES: dict[str, Any] = {
    "none": [],
    "no role": [{"content": "q"}],
    "an unknown role": [{"role": "king", "content": "q"}],
    "no content": [{"role": "user"}],
    "null content": [{"role": "user", "content": None}],
    "no parts": [{"role": "user", "content": []}],
    "content that is a number": [{"role": "user", "content": 7}],
    "an unknown part": [{"role": "user", "content": [{"type": "smell"}]}],
    "a part without its text": [{"role": "user", "content": [{"type": "text"}]}],
    "a picture without an address": [{"role": "user", "content": [{"type": "image_url", "image_url": {}}]}],
    "a picture in unknown detail": [
        {"role": "user", "content": [{"type": "image_url", "image_url": {"url": "x", "detail": "huge"}}]}
    ],
    "a picture of the system": [{"role": "system", "content": [PICTURE]}],
    "an answer of nothing": [{"role": "assistant"}],
    "a result of no call": [{"role": "tool", "content": "r"}],
    "a call without an id": [{"role": "assistant", "tool_calls": [{"type": "function", "function": CALL["function"]}]}],
    "arguments that are an object": [
        {"role": "assistant", "tool_calls": [CALL | {"function": {"name": "f", "arguments": {}}}]}
    ],
}
WRONG_FIELDS: dict[str, Any] = {
    "model": None,
    "stream": "yes",
    "stream_options": {"include_usage": 1},
    "max_tokens": 0,
    "max_completion_tokens": 1.5,
    "temperature": 2.1,
    "top_p": -0.1,
    "presence_penalty": "0",
    "frequency_penalty": -3,
    "n": 129,
    "seed": "7",
    "stop": ["a", "b", "c", "d", "e"],
    "logit_bias": {"1": 101},
    "logprobs": 1,
    "top_logprobs": 21,
    "response_format": {"type": "xml"},
    "tools": [],
    "tool_choice": "maybe",
    "parallel_tool_calls": None,
    "reasoning_effort": "huge",
    "verbosity": "loud",
    "modalities": ["smell"],
    "audio": {"voice": "alloy"},
    "prediction": {"type": "content"},
    "web_search_options": {"search_context_size": "all"},
    "service_tier": "gold",
    "store": "no",
    "metadata": {"a": 1},
    "user": 7,
    "safety_identifier": "x" * 129,
    "prompt_cache_key": 1,
    "prompt_cache_retention": "25h",
    "prompt_cache_options": {"mode": "odd"},
    "moderation": "omni",
}


@pytest.mark.parametrize("messages", GOOD.values(), ids=GOOD)
def test_good_messages_pass(messages: list[Any]) -> None:
    assert faults(REQUEST, {"model": "m", "messages": messages, "unheard_of": 1}) == []


@pytest.mark.parametrize("messages", WRONG_MESSAGES.values(), ids=WRONG_MESSAGES)
def test_wrong_messages_are_named(messages: list[Any]) -> None:
    [fault] = faults(REQUEST, {"model": "m", "messages": messages})

    assert fault.startswith("$.messages")


@pytest.mark.parametrize(("field", "value"), WRONG_FIELDS.items(), ids=WRONG_FIELDS)
def test_a_wrong_field_is_named(field: str, value: Any) -> None:
    [fault] = faults(REQUEST, {"model": "m", "messages": [USER], field: value})

    assert fault.startswith(f"$.{field}")


@pytest.mark.parametrize("field", ["model", "messages"])
def test_what_must_be_there_is_missed(field: str) -> None:
    body = {name: value for name, value in {"model": "m", "messages": [USER]}.items() if name != field}

    assert len(faults(REQUEST, body)) == 1
