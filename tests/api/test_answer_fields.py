"""Single fields of an answer are found wherever a server puts them; what is not understood is not there."""

from __future__ import annotations

import json
from typing import Any

import pytest

from chatcli.api.answer_fields import content_pieces, logprobs_of, reasoning_of, tool_fragments, usage_of
from chatcli.conversation.messages import TokenLogprob, ToolFragment, Usage

COUNTS = [
    pytest.param(
        {
            "prompt_tokens": 5,
            "completion_tokens": 7,
            "total_tokens": 12,
            "prompt_tokens_details": {"cached_tokens": 2},
            "completion_tokens_details": {"reasoning_tokens": 3},
            "cost": 0.25,
        },
        Usage(5, 7, 3, 2, 0.25),
        id="all",
    ),
    pytest.param({"prompt_tokens": 0}, Usage(0), id="0 is not unknown"),
    pytest.param({"prompt_tokens": 5, "prompt_cache_hit_tokens": 4}, Usage(5, cached_tokens=4), id="cache hits"),
    pytest.param({"prompt_tokens": 5, "cached_tokens": 0}, Usage(5, cached_tokens=0), id="cached at the top"),
    pytest.param({"prompt_tokens": "five", "completion_tokens": True}, Usage(), id="no numbers"),
    pytest.param({"prompt_tokens": "5", "completion_tokens": 7.0}, Usage(5, 7), id="numbers written otherwise"),
    pytest.param({"prompt_tokens": 5.5, "completion_tokens": 1e400}, Usage(), id="no whole numbers"),
    pytest.param({"prompt_tokens": 5, "prompt_tokens_details": None}, Usage(5), id="null details"),
    pytest.param({"prompt_tokens": 5, "cost": None}, Usage(5), id="no cost"),
    pytest.param({"input_tokens": 5, "output_tokens": 7}, Usage(5, 7), id="Anthropic's names"),
    pytest.param({"promptTokenCount": 5, "candidatesTokenCount": 7}, Usage(5, 7), id="Gemini's names"),
    pytest.param({"prompt_tokens": 5, "cost": 10**400}, Usage(5), id="a cost beyond all numbers"),
]


@pytest.mark.parametrize(("usage", "expected"), COUNTS)
def test_counts_are_read_under_all_their_names(usage: dict[str, Any], expected: Usage) -> None:
    assert usage_of({"usage": usage}) == expected


@pytest.mark.parametrize("payload", [{}, {"usage": None}, {"usage": {}}, {"choices": [7]}, {"x_groq": 1}], ids=str)
def test_without_counts_there_is_no_usage(payload: dict[str, Any]) -> None:
    assert usage_of(payload) is None


CONTENTS = [
    pytest.param("a", [("text", "a")], id="string"),
    pytest.param("", [], id="empty"),
    pytest.param(None, [], id="null"),
    pytest.param(7, [("text", "7")], id="an answer that JSON makes a number of"),
    pytest.param({"a": ["ä"]}, [("text", '{"a": ["ä"]}')], id="an answer that JSON makes an object of"),
    pytest.param(True, [], id="neither text nor number"),
    pytest.param({}, [], id="empty object"),
    pytest.param({"type": "image_url", "image_url": {}}, [], id="a part without text"),
    pytest.param({"type": "text", "text": {"value": "a", "annotations": []}}, [("text", "a")], id="text in a value"),
    pytest.param([{"type": "text", "content": "a"}], [("text", "a")], id="text under another name"),
    pytest.param({"parts": [{"text": "a"}]}, [("text", "a")], id="text in parts"),
    pytest.param([{"type": "refusal", "refusal": "a"}], [("refusal", "a")], id="a refusal among the parts"),
    pytest.param([{"type": "text", "text": "a"}, "b"], [("text", "a"), ("text", "b")], id="parts"),
    pytest.param(
        [{"type": "thinking", "thinking": "t"}, {"text": "a"}], [("reasoning", "t"), ("text", "a")], id="both"
    ),
    pytest.param(
        {"thinking": [{"type": "text", "text": "t"}, {"text": "u"}]},
        [("reasoning", "t"), ("reasoning", "u")],
        id="list",
    ),
    pytest.param({"type": "image_url", "image_url": {"url": "x"}}, [], id="image"),
]


@pytest.mark.parametrize(("content", "pieces"), CONTENTS)
def test_content_is_read_in_every_shape(content: Any, pieces: list[tuple[str, str]]) -> None:
    assert list(content_pieces(content, is_whole=True)) == pieces


def test_the_first_name_that_holds_reasoning_counts() -> None:
    assert reasoning_of({"reasoning_content": None, "reasoning": "a", "reasoning_text": "b"}) == "a"
    assert reasoning_of({"reasoning": {"effort": "high"}}) == ""


@pytest.mark.parametrize(
    "delta",
    [
        {"thinking": "13"},
        {"thinking_content": "13"},
        {"thought": "13"},
        {"reasoning": {"content": "13"}},
        {"reasoningContent": [{"reasoningText": {"text": "1"}}, {"text": "13"}]},
        {"thinking_blocks": [{"type": "thinking", "thinking": "1", "signature": "xyz"}, {"thinking": "3"}]},
        {"provider_specific_fields": {"reasoning_content": "13"}},
        {"reasoning_content": "13", "thinking": "13", "provider_specific_fields": {"thinking_blocks": ["13"]}},
        {"reasoning": True, "reasoning_effort": "high", "thinking_signature": "xyz", "thinking": "13"},
    ],
    ids=str,
)
def test_a_field_is_reasoning_by_its_name_in_any_shape(delta: dict[str, Any]) -> None:
    assert reasoning_of(delta) == "13"


def test_pieces_of_a_call_are_read_with_all_that_is_unknown() -> None:
    delta = {"tool_calls": [{"index": 2, "id": "c", "type": "function", "function": {"name": "f"}, "sign": 1}, None, 7]}

    assert list(tool_fragments(delta, 1)) == [ToolFragment(2, "c", "f", "", 1, {"sign": 1})]


@pytest.mark.parametrize(
    "delta",
    [
        {"tool_calls": [{"index": "0", "id": "c", "function": {"name": "f", "arguments": '{"a": 1}'}}]},
        {"tool_calls": [{"index": 0.0, "id": "c", "name": "f", "arguments": {"a": 1}}]},
        {"tool_calls": [{"index": 0, "id": "c", "function": {"name": "f", "parameters": {"a": 1}}}]},
        {"tool_calls": [{"index": 0, "id": "c", "function": None, "name": "f", "parameters": '{"a": 1}'}]},
        {"tool_calls": {"index": 0, "id": "c", "function": {"name": "f", "arguments": '{"a": 1}'}}},
        {"tool_calls": {"0": {"index": 0, "id": "c", "function": {"name": "f", "arguments": '{"a": 1}'}}}},
        {"tool_call": {"index": 0, "id": "c", "function": {"name": "f", "arguments": '{"a": 1}'}}},
    ],
    ids=str,
)
def test_a_call_is_read_in_every_shape(delta: dict[str, Any]) -> None:
    assert list(tool_fragments(delta, 0)) == [ToolFragment(0, "c", "f", '{"a": 1}', 0)]


def test_arguments_that_are_an_object_become_its_text() -> None:
    delta = {"tool_calls": [{"function": {"name": "f", "arguments": {"city": "Zürich"}}}]}

    assert json.loads(next(tool_fragments(delta, 0)).arguments) == {"city": "Zürich"}


@pytest.mark.parametrize(
    "choice",
    [{}, {"logprobs": None}, {"logprobs": {"content": None}}, {"logprobs": {"content": [{"token": "a"}, 3]}}],
    ids=str,
)
def test_without_probabilities_there_are_none(choice: dict[str, Any]) -> None:
    assert list(logprobs_of(choice)) == []


def test_a_probability_beyond_all_numbers_is_none() -> None:
    entries = [{"token": "a", "logprob": -(10**400)}, {"token": "b", "logprob": -1}]

    assert list(logprobs_of({"logprobs": {"content": entries}})) == [TokenLogprob("b", -1.0)]


def test_reasoning_that_is_counted_apart_is_known_by_the_total() -> None:
    usage = {"prompt_tokens": 10, "completion_tokens": 5, "total_tokens": 18}
    details = {"completion_tokens_details": {"reasoning_tokens": 3}}

    apart = usage_of({"usage": usage | details})
    among = usage_of({"usage": usage | details | {"total_tokens": 15}})

    assert apart is not None
    assert among is not None
    assert (apart.completion_tokens, apart.apart_tokens, among.apart_tokens) == (5, 3, None)


@pytest.mark.parametrize(
    ("told", "dollars"),
    [
        ({"cost": 0.5}, 0.5),
        ({"cost": {"total_cost": 0.25}}, 0.25),
        ({"cost_in_usd_ticks": 5_000_000_000}, 0.5),
        ({"cost": "much"}, None),
        ({}, None),
    ],
)
def test_a_cost_is_read_in_every_form(told: dict[str, Any], dollars: float | None) -> None:
    usage = usage_of({"usage": {"prompt_tokens": 1, **told}})

    assert usage is not None
    assert usage.cost == dollars
