"""However a text is cut into deltas and answers are mixed, the reply is the same; and nothing breaks its reading."""

from __future__ import annotations

import json
from itertools import combinations, pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chatcli.api.answer_reader import AnswerReader
from chatcli.api.http.sse import Comment, ServerEvent
from chatcli.conversation.messages import (
    Cited,
    Ended,
    Event,
    Malformed,
    Reasoning,
    Started,
    Text,
    TokenLogprob,
    Waiting,
)
from chatcli.conversation.reply import Reply
from chatcli.text.redactor import Redactor
from tests.api.reading import DONE, KEY, Fault, decoder, events_of, folded, read
from tests.support.answers import chunk


def delta(**fields: Any) -> dict[str, Any]:
    return chunk(None, **fields)


STOP = chunk(finish="stop")

ERRORS = {
    "object": {"error": {"message": "no", "code": 502}},
    "beside choices": {"error": {"code": 502}, "choices": [{"delta": {"content": ""}, "finish_reason": "error"}]},
    "string": {"error": "no"},
    "code beside": {"code": "x", "error": "no"},
    "bare": {"code": 400, "message": "no"},
    "detail": {"detail": "no"},
    "named by its object": {"object": "error", "message": "no", "code": 1},
    "list": [{"error": {"message": "no"}}],
    "x_groq": {"x_groq": {"error": "no"}, "choices": []},
}


@pytest.mark.parametrize("payload", ERRORS.values(), ids=ERRORS)
def test_an_error_inside_the_stream_raises(payload: Any) -> None:
    machine = decoder()
    machine.feed(ServerEvent(json.dumps(chunk("text"))))

    with pytest.raises(Fault):
        machine.feed(ServerEvent(json.dumps(payload)))


@pytest.mark.parametrize(
    ("data", "payload"),
    [
        ('{"message": "no"}', {"message": "no"}),
        ('{"choices": []}', {"choices": []}),
        ('"no"', {"message": "no"}),
        ("overloaded", {"message": "overloaded"}),
    ],
    ids=["object", "object without a word", "string", "no JSON"],
)
def test_an_event_called_error_is_one(data: str, payload: Any) -> None:
    with pytest.raises(Fault) as caught:
        decoder().feed(ServerEvent(data, "error"))

    assert caught.value.payload == payload


@pytest.mark.parametrize("bare", [{"error": None}, {"error": {}}, {"object": "x"}, {"type": "status", "message": "hi"}])
def test_what_looks_like_an_error_may_be_none(bare: dict[str, Any]) -> None:
    assert read(bare, chunk("hi", "stop")).is_complete


def test_text_held_back_before_an_error_is_not_lost() -> None:
    machine = decoder()
    events = machine.feed(ServerEvent(json.dumps(chunk("<think"))))

    with pytest.raises(Fault):
        machine.feed(ServerEvent('{"error": "no"}'))

    assert folded([*events, *machine.flush()]).text == "<think"


@pytest.mark.parametrize("word", ["error", "network_error", "insufficient_system_resource"])
def test_an_answer_that_ends_with_an_error_raises_when_it_is_over(word: str) -> None:
    machine = decoder()
    events = [*machine.feed(ServerEvent(json.dumps(chunk("last words", word)))), *machine.flush()]

    with pytest.raises(Fault):
        machine.close()

    assert folded(events).text == "last words"


@pytest.mark.parametrize(
    "data",
    ["{", "[" * 100_000, '{"n": ' + "9" * 5_000 + "}"],
    ids=["cut", "nested without end", "a number without end"],
)
def test_what_cannot_be_read_is_told_and_the_rest_goes_on(data: str) -> None:
    events = events_of(chunk("a"), data, chunk("b", "stop"))

    assert [type(event) for event in events].count(Malformed) == 1
    assert folded(events).text == "ab"
    assert not folded(events).is_complete


@pytest.mark.parametrize("data", ["nonsense", "7", '"text"', "[]", "null", ": PROCESSING", "hello there"])
def test_what_does_not_begin_like_an_object_is_a_sign_of_life(data: str) -> None:
    events = events_of(data, chunk("a"), data, chunk("b", "stop"), data)

    assert not [event for event in events if isinstance(event, Malformed)]
    assert (folded(events).text, folded(events).is_complete) == ("ab", True)


@pytest.mark.parametrize("depth", range(40, 1000, 40))
def test_no_depth_of_nesting_breaks_the_reader(depth: int) -> None:
    """Between what the JSON reader takes and what our own functions take there must be no gap."""
    nested = "[" * depth + "]" * depth
    for data in (nested, f'{{"choices": [{{"delta": {{"content": {nested}}}}}]}}', f'{{"error": {nested}}}'):
        machine = decoder()
        try:
            machine.feed(ServerEvent(data))
        except Fault:
            continue
        assert folded([*machine.feed(ServerEvent(json.dumps(chunk("a")))), *machine.close()]).text == "a"


def test_what_stands_before_content_that_is_nested_without_end_is_not_lost() -> None:
    nested: list[Any] = []
    for _ in range(5_000):
        nested = [nested]
    came: list[Event] = []

    with pytest.raises(RecursionError):
        came.extend(AnswerReader(0, Redactor(()).stream).feed({"message": {"reasoning": "hm", "content": nested}}))

    assert came == [Reasoning("hm")]


def test_the_first_word_about_the_reply_counts() -> None:
    events = events_of({"id": "", "model": None}, chunk("a", id="1", model="m-1"), chunk("b", id="2", model="m-2"))

    assert [event for event in events if isinstance(event, Started)] == [Started("1", "m-1")]


def test_what_is_told_later_completes_what_was_told_first() -> None:
    reply = read({"id": "1"}, {"model": "m", "system_fingerprint": "fp", "service_tier": "flex"})

    assert reply.started == Started("1", "m", "fp", "flex")


def test_comments_mean_waiting() -> None:
    machine = decoder()

    assert machine.feed(Comment("OPENROUTER PROCESSING")) == [Waiting("provider queue")]
    assert machine.feed(Comment("ping")) == []


def test_an_empty_event_means_nothing() -> None:
    assert decoder().feed(ServerEvent(" ")) == []


@pytest.mark.parametrize(("payloads", "done"), [([DONE], True), ([], False)], ids=["announced", "not announced"])
def test_the_end_tells_whether_it_was_announced(payloads: list[Any], done: bool) -> None:
    assert events_of(*payloads)[-1] == Ended(done)


def test_probabilities_come_with_their_text() -> None:
    entry = {"token": "h", "logprob": -0.5, "top_logprobs": [{"token": "j", "logprob": -2}, {"token": "k"}]}
    stream = {"choices": [{"delta": {"content": "h"}, "logprobs": {"content": [entry, {"token": "x"}]}}]}

    assert Text("h", 0, (TokenLogprob("h", -0.5, (("j", -2.0),)),)) in events_of(stream)


def test_probabilities_of_text_held_back_come_later_with_it() -> None:
    def piece(text: str) -> dict[str, Any]:
        logprobs = {"content": [{"token": text, "logprob": -1}]}
        return {"choices": [{"delta": {"content": text}, "logprobs": logprobs}]}

    texts = [event for event in events_of(piece("<th"), piece("e>")) if isinstance(event, Text)]

    assert [text.text for text in texts] == ["<the>"]
    assert [entry.token for entry in texts[0].logprobs] == ["<th", "e>"]


def test_a_refusal_is_no_text() -> None:
    reply = read(chunk(refusal="I "), chunk(refusal="can't"), chunk(refusal=None, content=""), STOP)

    assert (reply.text, reply.choice.refusal, reply.status) == ("", "I can't", "refused")


FIELDS = ["content", "reasoning", "refusal"]


def said(reply: Reply, field: str) -> str:
    return {"content": reply.text, "reasoning": reply.choice.reasoning, "refusal": reply.choice.refusal}[field]


@pytest.mark.parametrize("field", FIELDS)
def test_halves_of_a_character_are_joined_over_two_deltas(field: str) -> None:
    stream = [delta(**{field: "a\ud83d"}), delta(**{field: "\ude00b\ud800"}), STOP]

    assert said(read(*stream), field) == "a😀b\ufffd"


@pytest.mark.parametrize("field", FIELDS)
def test_a_key_is_masked_however_it_is_cut(field: str) -> None:
    for cut in range(len(KEY) + 1):
        stream = [delta(**{field: f"it is {KEY[:cut]}"}), delta(**{field: f"{KEY[cut:]}, see"}), STOP]
        assert said(read(*stream), field) == "it is ***, see", cut


def test_halves_that_stay_alone_never_get_into_names() -> None:
    assert read(chunk("a", id="\ud800", model="m\ud800")).started == Started("\ufffd", "m\ufffd")


TEXT = f"<think>h\n</think>\n\n漢😀 {KEY}. <think> </"
AS_UTF16 = TEXT.replace("😀", "\ud83d\ude00")


def state(reply: Reply) -> tuple[Any, ...]:
    return reply.choice.reasoning, reply.text, reply.is_complete, reply.malformed


def test_every_pair_of_cuts_gives_the_same_reply() -> None:
    whole = state(read(chunk(AS_UTF16), STOP))

    assert whole[:2] == ("h\n", "漢😀 ***. <think> </")
    for first, second in combinations(range(len(AS_UTF16) + 1), 2):
        pieces = AS_UTF16[:first], AS_UTF16[first:second], AS_UTF16[second:]
        assert state(read(*map(chunk, pieces), STOP)) == whole, (first, second)


def test_characters_one_by_one_give_the_same_reply() -> None:
    assert state(read(*map(chunk, AS_UTF16), STOP)) == state(read(chunk(AS_UTF16), STOP))


fragments = st.sampled_from(["<think>", "</think>", "<", " ", "\n", "a", "\ud83d", "\ude00", KEY, KEY[:9], KEY[9:]])


@given(st.lists(fragments, max_size=8), st.data())
def test_any_cut_gives_the_same_reply(pieces: list[str], data: st.DataObject) -> None:
    text = "".join(pieces)
    cuts = sorted(data.draw(st.lists(st.integers(0, len(text)), max_size=6)))
    cut = [text[start:end] for start, end in pairwise([0, *cuts, len(text)])]

    assert state(read(*map(chunk, cut), STOP)) == state(read(chunk(text), STOP))


answers = st.lists(
    st.one_of(
        st.sampled_from(["<think>", "</think>", "a", "b ", "\ud83d", "\ude00"]).map(lambda text: {"content": text}),
        st.sampled_from(["x", "y"]).map(lambda text: {"reasoning": text}),
        st.sampled_from(["1", "2"]).map(lambda text: {"tool_calls": [{"index": 0, "function": {"arguments": text}}]}),
    ),
    max_size=5,
)


@given(answers, answers, st.data())
def test_two_answers_in_any_interleaving_are_the_same_answers(
    first: list[dict[str, Any]], second: list[dict[str, Any]], data: st.DataObject
) -> None:
    streams = [[*(chunk(index=place, **piece) for piece in answer), chunk(finish="stop", index=place)]
               for place, answer in enumerate((first, second))]  # fmt: skip
    order = data.draw(st.permutations([0] * len(streams[0]) + [1] * len(streams[1])))
    waiting = [iter(stream) for stream in streams]

    mixed = read(*(next(waiting[place]) for place in order), DONE, answers=2)

    assert mixed.choices == read(*streams[0], *streams[1], DONE, answers=2).choices
    assert mixed.is_complete == any(choice.has_answer for choice in mixed.choices.values())


NAMES = ["choices", "delta", "content", "text", "thinking", "refusal", "message", "finish_reason", "model", "id"]
NAMES += ["tool_calls", "function", "name", "arguments", "index", "logprobs", "logprob", "top_logprobs", "token"]
NAMES += ["usage", "cost", "error", "x_groq"]
json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(NAMES), inner, max_size=4),
    max_leaves=20,
)


@given(json_values)
def test_any_json_is_read_or_is_an_error_of_the_server(payload: Any) -> None:
    for chunk_of in (payload, {"choices": [payload]}, {"choices": [{"delta": payload}]}, {"usage": payload}):
        try:
            events = events_of(chunk_of)
        except Fault:
            continue
        assert events[-1] == Ended(False)


def test_sources_are_named_once_wherever_they_stand() -> None:
    note = {"type": "url_citation", "url_citation": {"url": "https://a", "title": "A"}}
    reader = decoder()
    delta = {"content": "x", "annotations": [note]}
    payload = {"citations": ["https://a", "https://b", 5], "choices": [{"delta": delta}]}

    first = reader.feed(ServerEvent(json.dumps(payload), ""))
    again = reader.feed(ServerEvent(json.dumps(payload), ""))

    assert [event for event in first if isinstance(event, Cited)] == [Cited("https://a", "A"), Cited("https://b")]
    assert not [event for event in again if isinstance(event, Cited)]
