"""The short way of usual chunks finds what the whole way finds, in every stream."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chatcli.api.answer_body import AnswerBody, AnswerFlow
from chatcli.api.http.patience import Patience
from chatcli.api.http.sse import EventStreamDecoder, Item, ServerEvent
from chatcli.api.usual_chunk import parse_chunk
from chatcli.conversation.messages import Event, Reasoning, Text
from chatcli.records import replace
from tests.api.reading import KEY, Fault, decoder, folded
from tests.api.streams import WRITTEN

DATA = Path(__file__).parent.parent / "data"
STREAMS = {name: written.stream for name, written in WRITTEN.items()} | {
    f"{path.parent.name}-{path.stem}": path.read_bytes()
    for folder in ("llamacpp", "transformers")
    for path in sorted((DATA / folder).glob("*.sse"))
}


def events_of(items: Iterable[Item], *, is_short: bool, answers: int = 1, together: int = 1) -> tuple[list[Event], Any]:
    """Return the events, and the error object that ended them; only the short way asks for usual chunks first.

    So many items come *together*.
    """
    machine, events = decoder(answers), list[Event]()
    try:
        for number, item in enumerate(items):
            chunk = parse_chunk(item) if is_short else None
            if chunk is None or not machine.take_usual(chunk):
                events += machine.feed(item, chunk)
            if number % together == 0:
                events += machine.pause()
        events += machine.pause()
    except Fault as fault:
        return [*events, *machine.flush()], fault.payload
    try:
        return [*events, *machine.close()], None
    except Fault as fault:
        return events, fault.payload


def items_of(*pieces: bytes) -> list[Item]:
    lines = EventStreamDecoder()
    return [item for piece in pieces for item in lines.feed(piece)] + lines.close()


def count_usual(items: Sequence[Item]) -> int:
    machine, usual = decoder(), 0
    for item in items:
        chunk = parse_chunk(item)
        if chunk is not None and machine.take_usual(chunk):
            usual += 1
        else:
            machine.feed(item, chunk)
    return usual


def told_apart(events: Iterable[Event]) -> list[Event]:
    """Return *events* with each text in pieces of one character."""
    return [
        piece
        for event in events
        for piece in (
            [replace(event, text=letter) for letter in event.text] if isinstance(event, Text | Reasoning) else [event]
        )
    ]


@pytest.mark.parametrize("stream", STREAMS.values(), ids=STREAMS)
def test_every_stream_means_the_same_on_the_short_way(stream: bytes) -> None:
    items = items_of(stream)

    assert events_of(items, is_short=True) == events_of(items, is_short=False)


TEXTS = st.one_of(
    st.sampled_from(
        ["", " ", "\n", "a", "<think>", "</think>", "x</think>\n", "[THINK]", "\ud83d", "\ude00", KEY, KEY[:7], KEY[7:]]
    ),
    st.text(max_size=4),
)
VALUES: st.SearchStrategy[Any] = st.sampled_from(
    [
        None,
        "",
        {},
        [],
        0,
        False,
        True,
        "error",
        "boom",
        {"code": 500},
        {"message": "boom"},
        {"a": 1},
        [{"content": "a"}],
    ]
)
BESIDE_CHOICES = (
    *("error", "code", "message", "success", "usage", "trace", "detail", "citations", "text", "done", "timings"),
    *("id", "object", "model", "provider", "obfuscation", "service_tier", "created", "base_resp", "data"),
)
BESIDE_DELTA = ("index", "finish_reason", "logprobs", "text", "message", "error", "content_filter_results", "usage")
IN_DELTA = ("role", "content", "reasoning", "refusal", "tool_calls", "annotations", "images", "audio", "thinking")


def at_most_one(names: Sequence[str]) -> st.SearchStrategy[dict[str, Any]]:
    return st.one_of(st.just({}), st.just({}), st.dictionaries(st.sampled_from(names), VALUES, max_size=1))


@st.composite
def chunks_with_a_twist(draw: st.DrawFn) -> dict[str, Any]:
    """Return a usual chunk, in which hardly anything is unusual: what is unusual all over never goes the short way."""
    name = draw(st.sampled_from(["content", "content", "content", "reasoning_content", "reasoning"]))
    delta = {name: draw(TEXTS)} | draw(at_most_one(IN_DELTA))
    index = draw(st.sampled_from([0, 0, 0, 0, 1, -1, None, "0", True, 0.0]))
    ends: list[dict[str, Any]] = [{}, {}, {}, {}, {"finish_reason": "stop"}, {"finish_reason": None}]
    end = draw(st.sampled_from(ends))
    # X, {}, {}, {}, {"finish_reason": "stop"}, {"finish_reason": None}]))
    choices = [{"index": index, "delta": delta} | end | draw(at_most_one(BESIDE_DELTA))]
    return {"choices": choices * draw(st.sampled_from([1, 1, 1, 1, 2, 0]))} | draw(at_most_one(BESIDE_CHOICES))


@given(chunks=st.lists(chunks_with_a_twist(), max_size=6), answers=st.sampled_from([1, 1, 1, 2]))
def test_any_chunks_mean_the_same_on_the_short_way(chunks: list[Any], answers: int) -> None:
    items: list[Item] = [ServerEvent(json.dumps(chunk)) for chunk in chunks]

    short, error = events_of(items, is_short=True, answers=answers)
    whole, same_error = events_of(items, is_short=False, answers=answers)

    assert (short, error) == (whole, same_error)


@given(chunks=st.lists(chunks_with_a_twist(), max_size=6), together=st.integers(2, 6))
def test_chunks_that_arrive_together_mean_what_they_mean_apart(chunks: list[Any], together: int) -> None:
    items: list[Item] = [ServerEvent(json.dumps(chunk)) for chunk in chunks]

    joined, error = events_of(items, is_short=True, together=together)
    whole, same_error = events_of(items, is_short=False)

    assert (told_apart(joined), error) == (told_apart(whole), same_error)


def test_a_usual_stream_takes_the_short_way_but_for_its_beginning_and_its_end() -> None:
    chunk = {"id": "c", "object": "chat.completion.chunk", "model": "m", "choices": [{"index": 0, "delta": {}}]}
    words = [{**chunk, "choices": [{"index": 0, "delta": {"content": word}}]} for word in ["one", "two", "three"]]
    end = {**chunk, "choices": [{"index": 0, "delta": {}, "finish_reason": "stop"}]}

    items = [ServerEvent(json.dumps(entry)) for entry in [chunk, *words, end]]

    assert count_usual(items) == len(words)


def test_pieces_of_one_read_are_one_event_and_those_of_two_are_two() -> None:
    def event(text: str) -> bytes:
        return b"data: " + json.dumps({"choices": [{"index": 0, "delta": {"content": text}}]}).encode() + b"\n\n"

    events: list[Event] = []
    flow = AnswerFlow(events.append, Patience(first_byte_s=9, stall_s=9), 1, 1)
    AnswerBody(decoder(), flow).read([event("a") + event("b") + event("c"), event("d"), b"data: [DONE]\n\n"])

    assert [found.text for found in events if isinstance(found, Text)] == ["abc", "d"]
    assert folded(events).text == "abcd"
