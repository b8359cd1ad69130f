"""Every dialect of the protocol gives the same reply."""

from __future__ import annotations

from typing import Any

import pytest

from chatcli.conversation.messages import Finished, Started, Usage, UsageReported
from tests.api.reading import DONE, Fault, events_of, folded, read, whole_events_of
from tests.support.answers import chunk


def call(index: Any = 0, **fields: Any) -> dict[str, Any]:
    """Return a delta with one tool call; *arguments* and *name* belong to its function."""
    function = {name: fields.pop(name) for name in ("name", "arguments") if name in fields}
    numbered = {} if index is None else {"index": index}
    return chunk(tool_calls=[{**numbered, **fields, "function": function}])


STOP = chunk(finish="stop")

# Each stream says "hi" and nothing else.
HI = {
    "plain": [chunk("", role="assistant"), chunk("h"), chunk("i"), STOP],
    "the role in every chunk": [chunk("h", role="assistant"), chunk("i", role="assistant"), STOP],
    "an empty role": [chunk("hi", role=""), STOP],
    "null content": [chunk(content=None, role="assistant"), chunk("hi"), chunk(content=None), STOP],
    "text and finish in one": [chunk("hi", "stop")],
    "no choices": [{"id": "1"}, chunk("hi"), STOP],
    "null choices": [chunk("hi"), {"choices": None}, STOP],
    "empty choices": [{"id": "", "choices": [], "prompt_filter_results": []}, chunk("hi"), STOP],
    "choices that are none": [{"choices": ["x", None]}, {"choices": {}}, chunk("hi"), STOP],
    "a choice in the place of choices": [{"choices": {"index": 0, "delta": {"content": "hi"}}}, STOP],
    "choices by their numbers": [{"choices": {"0": {"delta": {"content": "hi"}}}}, STOP],
    "null delta": [{"choices": [{"index": 0, "delta": None}]}, chunk("hi"), STOP],
    "no delta": [{"choices": [{"index": 0}]}, chunk("hi"), STOP],
    "message in the place of delta": [{"choices": [{"message": {"content": "hi"}, "finish_reason": "stop"}]}],
    "an empty delta beside a message": [{"choices": [{"delta": {}, "message": {"content": "hi"}}]}, STOP],
    "text in the place of delta": [{"choices": [{"text": "hi", "finish_reason": "stop"}]}],
    "no index": [{"choices": [{"delta": {"content": "hi"}, "finish_reason": "stop"}]}],
    "an index that is none": [{"choices": [{"index": None, "delta": {"content": "hi"}, "finish_reason": "stop"}]}],
    "a list of parts": [chunk(content=[{"type": "text", "text": "h"}, {"type": "text", "text": "i"}]), STOP],
    "a single part": [chunk(content={"type": "text", "text": "hi"}), STOP],
    "references among the parts": [chunk(content=["h", {"type": "reference", "reference_ids": [1]}, "i", None]), STOP],
    "unknown fields": [chunk("hi", obfuscation="abc", audio=None) | {"provider": "x", "moderation": {}}, STOP],
    "another object": [{**chunk("hi"), "object": ""}, {**STOP, "object": "chat.completion.done"}],
    "an empty finish": [chunk("h", ""), chunk("i", ""), STOP],
    "finished twice": [chunk("hi"), STOP, STOP],
    "a ping": ['{"type": "ping"}', chunk("hi"), STOP],
    "words after the end": [chunk("hi"), STOP, DONE, chunk(" more")],
    "the end with white space": [chunk("hi"), STOP, " [DONE] "],
    "content of another kind": [chunk(content=True), chunk(content=[7]), chunk("hi"), STOP],
    "a list of deltas": [{"choices": [{"index": 0, "delta": [{"content": "hi"}]}]}, STOP],
    "text in the place of content": [{"choices": [{"index": 0, "delta": {"text": "hi"}}]}, STOP],
    "content in the choice": [{"choices": [{"index": 0, "content": "hi"}]}, STOP],
    "a list of messages": [{"choices": [{"messages": [{"role": "assistant", "content": "hi"}]}]}, STOP],
    "a finish in a list": [chunk("hi"), {"choices": [{"index": 0, "delta": {}, "finish_reason": ["stop"]}]}],
    "a stop reason": [chunk("hi"), {"choices": [{"index": 0, "delta": {}, "stop_reason": "end_turn"}]}],
    "a finish beside the choices": [chunk("hi"), {"choices": [], "finish_reason": "stop"}],
}


@pytest.mark.parametrize("stream", HI.values(), ids=HI)
def test_every_dialect_says_the_same(stream: list[Any]) -> None:
    reply = read(*stream)

    assert (reply.text, reply.choice.reasoning, reply.choice.refusal, reply.choice.tool_calls) == ("hi", "", "", ())
    assert list(reply.choices) == [0]
    assert reply.malformed == 0
    assert reply.is_complete


# Each stream thinks "hm" and says "hi".
THINKING = {
    "reasoning_content": [chunk(reasoning_content="h"), chunk(reasoning_content="m"), chunk("hi"), STOP],
    "reasoning": [chunk(reasoning="h", content=""), chunk(reasoning="m", content=""), chunk("hi"), STOP],
    "reasoning_text": [chunk(reasoning_text="hm"), chunk("hi"), STOP],
    "under two names": [chunk(reasoning="hm", reasoning_content="hm"), chunk("hi"), STOP],
    "the first name empty": [chunk(reasoning_content="", reasoning="hm"), chunk("hi"), STOP],
    "the first name null": [chunk(reasoning_content=None, reasoning="hm"), chunk("hi"), STOP],
    "parts": [
        chunk(content=[{"type": "thinking", "thinking": [{"type": "text", "text": "h"}]}]),
        chunk(content=[{"type": "thinking", "thinking": "m"}]),
        chunk("hi"),
        STOP,
    ],
    "tags": [chunk("<thi"), chunk("nk>\nh"), chunk("m</th"), chunk("ink>\n\nhi"), STOP],
    "beside the text": [chunk("hi", reasoning="hm"), STOP],
}


@pytest.mark.parametrize("stream", THINKING.values(), ids=THINKING)
def test_reasoning_is_told_apart_in_every_shape(stream: list[Any]) -> None:
    reply = read(*stream)

    assert (reply.choice.reasoning, reply.text) == ("hm", "hi")
    assert reply.message().text == "hi"


# Each stream asks for f with {"a": 1}.
CALLING = {
    "in pieces": [call(id="c", name="f", arguments=""), call(arguments='{"a"'), call(arguments=": 1}")],
    "in one chunk": [call(id="c", name="f", arguments='{"a": 1}')],
    "without an index": [call(None, id="c", name="f", arguments='{"a"'), call(None, arguments=": 1}")],
    "counted from 1": [call(1, id="c", name="f", arguments='{"a": 1}')],
    "empty id and name later": [
        call(id="c", name="f", arguments='{"a"'),
        call(id="", name="", arguments=": 1}"),
    ],
    "null id and name later": [
        call(id="c", name="f", arguments=None),
        call(id=None, name=None, arguments='{"a": 1}'),
    ],
    "arguments as an object": [call(id="c", name="f", arguments={"a": 1})],
    "not in a list": [chunk(tool_calls={"id": "c", "function": {"name": "f", "arguments": '{"a": 1}'}})],
    "a wrong index": [call("0", id="c", name="f", arguments='{"a": 1}')],
}


@pytest.mark.parametrize("stream", CALLING.values(), ids=CALLING)
def test_tool_calls_are_put_together_in_every_shape(stream: list[Any]) -> None:
    reply = read(*stream, chunk(finish="tool_calls"))

    assert [(c.id, c.name, c.arguments) for c in reply.choice.tool_calls] == [("c", "f", '{"a": 1}')]


def test_the_old_function_call_becomes_a_tool_call() -> None:
    reply = read(chunk(function_call={"name": "f", "arguments": "{"}), chunk(function_call={"arguments": "}"}))

    assert [(c.name, c.arguments) for c in reply.choice.tool_calls] == [("f", "{}")]


def test_what_only_the_provider_understands_of_a_call_is_kept() -> None:
    reply = read(call(id="c", name="f", arguments="{}", type="function", extra_content={"google": {"sign": "x"}}))

    assert reply.choice.tool_calls[0].extra == {"extra_content": {"google": {"sign": "x"}}}


USAGE = {
    "a chunk of its own": [STOP, chunk(choices=[], usage={"prompt_tokens": 3, "completion_tokens": 2})],
    "the last chunk": [STOP | {"usage": {"prompt_tokens": 3, "completion_tokens": 2}}],
    "within the choice": [{"choices": [{"delta": {}, "usage": {"prompt_tokens": 3, "completion_tokens": 2}}]}],
    "x_groq": [STOP | {"x_groq": {"id": "r", "usage": {"prompt_tokens": 3, "completion_tokens": 2}}}],
    "growing": [
        chunk("a", usage={"prompt_tokens": 3, "completion_tokens": 1}),
        chunk(finish="stop", usage={"prompt_tokens": 3, "completion_tokens": 2}),
    ],
    "null at first": [
        chunk("a", usage=None),
        chunk(finish="stop", usage={"prompt_tokens": 3, "completion_tokens": 2}),
    ],
}


@pytest.mark.parametrize("stream", USAGE.values(), ids=USAGE)
def test_usage_is_found_wherever_it_stands(stream: list[Any]) -> None:
    assert read(*stream).usage == Usage(3, 2)


ENDS = [
    ("stop", "stop"),
    ("eos", "stop"),
    ("end_turn", "stop"),
    ("STOP", "stop"),
    ("length", "length"),
    ("MAX_TOKENS", "length"),
    ("model_context_window_exceeded", "length"),
    ("function_call", "tool_calls"),
    ("tool_use", "tool_calls"),
    ("SAFETY", "content_filter"),
    ("sensitive", "content_filter"),
    ("news_to_us", "news_to_us"),
]


@pytest.mark.parametrize(("raw", "reason"), ENDS, ids=[raw for raw, _ in ENDS])
def test_finish_reasons_are_normalised(raw: str, reason: str) -> None:
    assert read(chunk("a", raw)).choice.finish == Finished(reason, raw)


@pytest.mark.parametrize("field", ["id", "name", "arguments"])
def test_halves_that_stay_alone_never_get_into_a_call(field: str) -> None:
    fields = {"id": "c", "name": "f", "arguments": "{}", field: "x\ud800"}

    reply = read(call(**fields))

    assert getattr(reply.choice.tool_calls[0], field) == "x\ufffd"


WHOLE = {
    "id": "1",
    "model": "m",
    "choices": [{"index": 0, "message": {"content": "hi", "reasoning": "hm"}, "finish_reason": "stop"}],
    "usage": {"prompt_tokens": 3, "completion_tokens": 2},
}


def test_a_whole_answer_gives_the_same_reply_as_a_stream() -> None:
    whole = folded(whole_events_of(WHOLE))

    assert (whole.text, whole.choice.reasoning, whole.usage, whole.started) == (
        "hi",
        "hm",
        Usage(3, 2),
        Started("1", "m"),
    )
    assert whole.is_complete


def test_a_whole_answer_may_be_an_error() -> None:
    with pytest.raises(Fault):
        whole_events_of({"error": {"message": "no"}})


def test_a_whole_answer_without_a_finish_is_complete() -> None:
    assert folded(whole_events_of({"choices": [{"message": {"content": "hi"}}]})).is_complete


def test_usage_that_is_no_usage_is_not_reported() -> None:
    events = events_of({"usage": {}}, {"usage": None}, {"usage": [1]})

    assert not [event for event in events if isinstance(event, UsageReported)]
