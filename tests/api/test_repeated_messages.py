"""A message that repeats what came as deltas is not said twice, and what only it says is not lost."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.api.reading import DONE, read
from tests.support.answers import chunk

CALL = {"id": "c", "type": "function", "function": {"name": "f", "arguments": '{"a": 1}'}}
OTHER = {"id": "d", "type": "function", "function": {"name": "g", "arguments": "{}"}}


def whole(content: Any = None, *, finish: str | None = "stop", delta: Any = None, **fields: Any) -> dict[str, Any]:
    """Return a chunk whose choice has a message, beside *delta* where there is one."""
    beside = {} if delta is None else {"delta": delta}
    return {"choices": [{"index": 0, **beside, "message": {"content": content, **fields}, "finish_reason": finish}]}


texts = st.text("ab <>/think\n", min_size=1, max_size=12)


@given(texts, texts, st.data())
def test_a_message_after_deltas_counts_only_for_what_goes_beyond_them(
    said: str, more: str, data: st.DataObject
) -> None:
    """The law: deltas and then the message give what the message alone gives, white space at the joint aside."""
    cuts = sorted(data.draw(st.lists(st.integers(0, len(said)), max_size=4)))
    pieces = [said[start:end] for start, end in pairwise([0, *cuts, len(said)])]
    message = data.draw(st.sampled_from([said, said + more, f"\n{said}{more}"]))

    reply = read(*map(chunk, pieces), whole(message))

    alone = read(whole(message))
    assert "".join(reply.text.split()) == "".join(alone.text.split())
    assert "".join(reply.choice.reasoning.split()) == "".join(alone.choice.reasoning.split())


GOOD = [chunk("Good "), chunk("old "), chunk("Nessie")]

# Each stream says "Good old Nessie" once.
ONCE = {
    "beside an empty delta": [*GOOD, whole("Good old Nessie", delta={})],
    "beside a delta that is null": [
        *GOOD,
        {"choices": [{"delta": None, "message": {"content": "Good old Nessie"}, "finish_reason": "stop"}]},
    ],
    "as strings": [{"choices": [{"delta": "Good old "}]}, {"choices": [{"delta": "Nessie", "finish_reason": "stop"}]}],
    "as one string": [{"choices": [{"message": "Good old Nessie", "finish_reason": "stop"}]}],
    "alone": [*GOOD, whole("Good old Nessie")],
    "after the finish": [*GOOD, chunk(finish="stop"), whole("Good old Nessie")],
    "beside a delta with the end of the text": [*GOOD[:2], whole("Good old Nessie", delta={"content": "Nessie"})],
    "white space lost": [chunk("\n\n"), *GOOD, chunk(" "), whole("Good old Nessie")],
    "in other words": [*GOOD, whole("Good old Loch Ness monster")],
    "cut": [*GOOD, whole("Good old")],
    "as parts": [*GOOD, whole([{"type": "text", "text": "Good old "}, {"type": "text", "text": "Nessie"}])],
    "each piece twice": [
        whole("Good ", delta={"content": "Good "}, finish=None),
        whole("old ", delta={"content": "old "}, finish=None),
        whole("Nessie", delta={"content": "Nessie"}),
    ],
    "nothing but messages, each the whole so far": [
        whole("Good ", finish=None),
        whole("Good old ", finish=None),
        whole("Good old Nessie"),
    ],
    "nothing but messages, each a piece": [
        whole("Good ", finish=None),
        whole("old ", finish=None),
        whole("Nessie"),
    ],
    "more than came before": [*GOOD[:2], whole("Good old Nessie")],
    "the only text": [chunk(role="assistant"), whole("Good old Nessie")],
    "a second object without a finish": [*GOOD, whole("Good old Nessie", finish=None), chunk(finish="stop")],
}


@pytest.mark.parametrize("stream", ONCE.values(), ids=ONCE)
def test_what_a_server_says_twice_is_said_once(stream: list[Any]) -> None:
    reply = read(*stream)

    assert reply.text.strip() == "Good old Nessie"
    assert reply.is_complete


def test_text_beyond_the_deltas_disproves_an_end_as_any_other_does() -> None:
    stream = [chunk("Good ", "stop"), whole("Good old Nessie")]

    assert not read(*stream).is_complete
    assert read(*stream, DONE).is_complete


def test_reasoning_and_refusals_are_not_repeated_either() -> None:
    reply = read(chunk(reasoning="hm"), chunk(refusal="no"), whole(None, reasoning_content="hm", refusal="no"))

    assert (reply.choice.reasoning, reply.choice.refusal) == ("hm", "no")


def test_reasoning_in_tags_is_not_repeated_by_a_message_with_the_tags() -> None:
    reply = read(chunk("<think>hm</think>"), chunk("hi"), whole("<think>hm</think>hi"))

    assert (reply.choice.reasoning, reply.text) == ("hm", "hi")


FRAGMENTS = [
    chunk(tool_calls=[{"index": 0, "id": "c", "function": {"name": "f", "arguments": ""}}]),
    chunk(tool_calls=[{"index": 0, "function": {"arguments": '{"a": 1}'}}]),
]
NAMELESS = {"function": {"name": "f", "arguments": '{"a": 1}'}}
CALLS = {
    "the same call": ([*FRAGMENTS, whole(tool_calls=[CALL])], ["f"]),
    "one more": ([*FRAGMENTS, whole(tool_calls=[CALL, OTHER])], ["f", "g"]),
    "only in the message": ([whole(tool_calls=[CALL, OTHER])], ["f", "g"]),
    "without an id": ([*FRAGMENTS, whole(tool_calls=[NAMELESS])], ["f"]),
    "twice in messages": ([whole(tool_calls=[NAMELESS], finish=None), whole(tool_calls=[NAMELESS])], ["f"]),
}


@pytest.mark.parametrize(("stream", "names"), CALLS.values(), ids=CALLS)
def test_calls_are_not_repeated(stream: list[Any], names: list[str]) -> None:
    reply = read(*stream)

    assert [call.name for call in reply.choice.tool_calls] == names
    assert reply.choice.tool_calls[0].arguments == '{"a": 1}'
