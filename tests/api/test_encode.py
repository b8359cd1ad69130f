"""A body holds exactly what someone set, in the shape that the protocol has and under the endpoint's own names."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chatcli.api.encode import encode, encode_message
from chatcli.conversation.messages import (
    AudioPart,
    FilePart,
    ImagePart,
    Message,
    Request,
    TextPart,
    ToolCall,
    text_message,
)
from chatcli.conversation.sendable import sendable
from chatcli.providers.provider import Provider
from chatcli.providers.table import PLAIN, PROVIDERS
from chatcli.records import replace
from chatcli.request.parameters import PARAMETERS
from tests.support.description import REQUEST, judge

HELLO = Request("m", (text_message("user", "hello"),))
REFERENCE = PROVIDERS["openai"]


def body(row: Provider = PLAIN, options: Mapping[str, Any] | None = None, *, stream: bool = True) -> dict[str, Any]:
    return encode(replace(HELLO, options=options or {}, stream=stream), row).body


def test_a_question_alone_is_all_that_is_sent() -> None:
    assert body(stream=False) == {"model": "m", "messages": [{"role": "user", "content": "hello"}]}


def test_a_stream_is_asked_for_with_its_usage() -> None:
    assert {name: value for name, value in body().items() if name not in body(stream=False)} == {
        "stream": True,
        "stream_options": {"include_usage": True},
    }


def test_usage_is_not_asked_for_where_asking_is_refused() -> None:
    assert "stream_options" not in body(replace(PLAIN, takes_stream_options=False))


@given(st.dictionaries(st.sampled_from(sorted(set(PARAMETERS) - {"max_tokens"})), st.integers(), max_size=5))
def test_exactly_what_was_set_is_added(options: dict[str, int]) -> None:
    added = {name: value for name, value in body(options=options).items() if name not in body()}

    assert added == options


@pytest.mark.parametrize("field", ["max_tokens", "max_completion_tokens"])
def test_the_limit_goes_under_the_name_the_endpoint_uses(field: Any) -> None:
    sent = body(replace(PLAIN, limit_field=field), {"max_tokens": 5})

    assert {name: sent[name] for name in sent if name.startswith("max")} == {field: 5}


def test_a_parameter_goes_under_the_provider_s_own_name() -> None:
    sent = body(replace(PLAIN, renames={"seed": "random_seed"}), {"seed": 7})

    assert sent["random_seed"] == 7
    assert "seed" not in sent


def test_what_the_endpoint_does_not_take_is_left_out_and_named() -> None:
    row = replace(PLAIN, unsupported=frozenset({"seed", "logit_bias"}))

    encoded = encode(replace(HELLO, options={"seed": 1, "top_p": 0.5, "logit_bias": {}}), row)

    assert encoded.dropped == ("seed", "logit_bias")
    assert encoded.body == body(options={"top_p": 0.5})


def test_what_the_reference_does_not_know_goes_under_its_bare_name() -> None:
    assert body(options={"extra.top_k": 40})["top_k"] == 40


MESSAGES = [
    pytest.param(text_message("user", "a"), {"content": "a"}, id="text"),
    pytest.param(Message("user", (TextPart("a"), TextPart("b"))), {"content": "ab"}, id="texts are one string"),
    pytest.param(text_message("user", "a", name="ann"), {"content": "a", "name": "ann"}, id="name"),
    pytest.param(
        Message("user", (TextPart("a"), ImagePart("data:x", "low"), ImagePart("http://x"))),
        {
            "content": [
                {"type": "text", "text": "a"},
                {"type": "image_url", "image_url": {"url": "data:x", "detail": "low"}},
                {"type": "image_url", "image_url": {"url": "http://x"}},
            ]
        },
        id="pictures",
    ),
    pytest.param(text_message("assistant", "", refusal="no"), {"content": "no"}, id="a refusal is what was said"),
    pytest.param(text_message("assistant", "a", reasoning="hm"), {"content": "a"}, id="reasoning stays here"),
    pytest.param(
        text_message("assistant", "", tool_calls=(ToolCall("1", "f", '{"a":1}'),)),
        {
            "content": None,
            "tool_calls": [{"id": "1", "type": "function", "function": {"name": "f", "arguments": '{"a":1}'}}],
        },
        id="a call without a word",
    ),
    pytest.param(
        text_message("assistant", "a", tool_calls=(ToolCall("1", "f", "", {"extra_content": {"sign": "x"}}),)),
        {
            "content": "a",
            "tool_calls": [
                {
                    "id": "1",
                    "type": "function",
                    "function": {"name": "f", "arguments": "{}"},
                    "extra_content": {"sign": "x"},
                }
            ],
        },
        id="a call with what only its provider understands",
    ),
    pytest.param(text_message("tool", "r", tool_call_id="1"), {"content": "r", "tool_call_id": "1"}, id="result"),
    pytest.param(text_message("tool", "", tool_call_id="1"), {"content": "", "tool_call_id": "1"}, id="empty result"),
]


@pytest.mark.parametrize(("message", "fields"), MESSAGES)
def test_messages_as_the_protocol_has_them(message: Message, fields: dict[str, Any]) -> None:
    assert encode_message(message) == {"role": message.role, **fields}


@pytest.mark.parametrize("reasoning", ["hm", ""])
def test_reasoning_goes_back_on_every_answer_where_the_endpoint_asks_for_it(reasoning: str) -> None:
    answer = text_message("assistant", "a", reasoning=reasoning)

    assert encode_message(answer, echo_reasoning=True)["reasoning_content"] == reasoning
    assert "reasoning_content" not in encode_message(text_message("user", "q"), echo_reasoning=True)


JUDGE = judge(REQUEST)

GOOD_VALUES: dict[str, Any] = {
    "temperature": 0.2,
    "top_p": 1,
    "max_tokens": 50,
    "n": 2,
    "stop": ["a", "b"],
    "seed": 7,
    "presence_penalty": -2,
    "frequency_penalty": 0.5,
    "logit_bias": {"50256": -100},
    "logprobs": True,
    "top_logprobs": 5,
    "reasoning_effort": "low",
    "verbosity": "high",
    "response_format": {"type": "json_object"},
    "service_tier": "flex",
    "parallel_tool_calls": False,
    "prompt_cache_key": "k",
    "tools": [{"type": "function", "function": {"name": "now", "parameters": {"type": "object", "properties": {}}}}],
    "tool_choice": "auto",
    "modalities": ["text"],
    "audio": {"voice": "alloy", "format": "wav"},
    "prediction": {"type": "content", "content": "x"},
    "web_search_options": {"search_context_size": "low"},
    "prompt_cache_retention": "24h",
    "prompt_cache_options": {"ttl": "30m"},
    "moderation": {"model": "omni-moderation-latest"},
    "safety_identifier": "s",
    "user": "u",
    "store": False,
    "metadata": {"a": "b"},
}
parts = st.lists(
    st.one_of(
        st.builds(TextPart, st.text(), st.none() | st.just("notes.md")),
        st.builds(ImagePart, st.just("https://x.example/a.png")),
        st.just(FilePart("a.pdf", "data:application/pdf;base64,AAAA")),
        st.just(AudioPart("data:audio/wav;base64,AAAA", "wav")),
    ),
    max_size=3,
)
histories = st.lists(
    st.one_of(
        st.builds(Message, st.just("user"), parts.filter(bool).map(tuple)),
        st.builds(text_message, st.sampled_from(["system", "developer", "user", "assistant"]), st.text(max_size=3)),
        st.builds(
            lambda text, ids: text_message("assistant", text, tool_calls=tuple(ToolCall(i, "f", "{}") for i in ids)),
            st.text(max_size=3),
            st.lists(st.sampled_from("12"), unique=True, max_size=2),
        ),
        st.builds(lambda i: text_message("tool", "r", tool_call_id=i), st.sampled_from("12")),
    ),
    max_size=6,
)


class TestAgainstTheDescription:
    """The description of the protocol judges what is sent."""

    @given(histories, st.sets(st.sampled_from(sorted(GOOD_VALUES))), st.booleans())
    def test_any_conversation_with_any_parameters_is_a_good_request(
        self, history: list[Message], names: set[str], stream: bool
    ) -> None:
        messages = sendable([*history, text_message("user", "q")])
        request = Request("m", messages, {name: GOOD_VALUES[name] for name in names}, stream)

        assert [error.message for error in JUDGE.iter_errors(encode(request, REFERENCE).body)] == []

    def test_it_does_refuse_what_is_wrong(self) -> None:
        assert not JUDGE.is_valid(body(options={"temperature": 3}))
        assert not JUDGE.is_valid({"model": "m"})


def test_every_parameter_is_tried() -> None:
    assert set(GOOD_VALUES) | {"max_completion_tokens"} == set(PARAMETERS)


def shaped(row: Provider, shape: dict[str, Any], *messages: Message) -> tuple[Any, list[dict[str, Any]]]:
    body = encode(Request("m", messages, {"response_format": shape}), row).body
    return body["response_format"], body["messages"]


SHAPE = {"type": "json_schema", "json_schema": {"name": "n", "strict": True, "schema": {"type": "object"}}}


def test_a_schema_goes_as_it_is_where_it_is_taken() -> None:
    assert shaped(PROVIDERS["openai"], SHAPE, text_message("user", "q")) == (SHAPE, [{"role": "user", "content": "q"}])


def test_a_schema_is_told_in_words_where_none_is_taken() -> None:
    shape, (system, asked) = shaped(
        PROVIDERS["deepseek"], SHAPE, text_message("system", "Be brief."), text_message("user", "q")
    )

    assert shape == {"type": "json_object"}
    assert system["content"].startswith("Be brief.\n\nAnswer with JSON alone that fits this JSON Schema:")
    assert json.loads(system["content"].rpartition("\n")[2]) == {"type": "object"}
    assert asked == {"role": "user", "content": "q"}


@pytest.mark.parametrize(
    ("messages", "roles"),
    [
        ([text_message("user", "q")], ["system", "user"]),
        ([text_message("system", "s"), text_message("user", "q")], ["system", "user"]),
        ([text_message("user", "as JSON, please")], ["user"]),
    ],
    ids=["no system message", "one to add to", "the word is there"],
)
def test_json_mode_comes_with_the_word(messages: list[Message], roles: list[str]) -> None:
    _, sent = shaped(PLAIN, {"type": "json_object"}, *messages)

    assert [entry["role"] for entry in sent] == roles
    assert "json" in json.dumps(sent).lower()


def test_the_role_of_developers_is_sent_only_where_it_is_known() -> None:
    request = Request("m", (text_message("developer", "Be brief."),))

    roles = [encode(request, PROVIDERS[name]).body["messages"][0]["role"] for name in ("openai", "deepseek")]

    assert roles == ["developer", "system"]
