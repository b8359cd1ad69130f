"""Counting is cheap where it can be, never under the truth where it must not be, and never goes to the network."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chatcli.conversation.messages import ImagePart, Message, TextPart, ToolCall, text_message
from chatcli.conversation.tool_images import with_images_apart
from chatcli.usage import vocabularies
from chatcli.usage.image_tokens import UNKNOWN
from chatcli.usage.tokens import (
    BOUND_OVERHEAD,
    REPLY_TOKENS,
    MessageCounter,
    Overhead,
    bound,
    counter_for,
    estimate,
)

AROUND = Overhead().message
texts = st.text()
messages = st.builds(
    Message,
    st.sampled_from(["system", "user", "assistant", "tool"]),
    st.lists(st.one_of(st.builds(TextPart, texts), st.builds(ImagePart, texts)), max_size=2).map(tuple),
    name=st.none() | texts,
    reasoning=texts,
    refusal=texts,
    tool_calls=st.lists(st.builds(ToolCall, texts, texts, texts), max_size=2).map(tuple),
)


@given(st.text(st.characters(exclude_categories=())))
def test_the_bound_is_the_bytes_that_are_sent(text: str) -> None:
    assert bound(text) == len(text.encode("utf-8", "replace"))


@given(texts)
def test_an_estimate_never_exceeds_the_bound(text: str) -> None:
    assert estimate(text) <= bound(text)


@given(messages)
def test_a_count_never_exceeds_the_bound(message: Message) -> None:
    counter = MessageCounter()

    assert AROUND <= counter.count(message) <= counter.bound(message)


@given(st.lists(st.just(ImagePart("https://x")), min_size=1, max_size=3).map(tuple), texts)
def test_the_images_of_a_result_count_as_the_message_that_they_are_sent_in(
    images: tuple[ImagePart, ...], text: str
) -> None:
    counter = MessageCounter()
    result = Message("tool", (TextPart(text), *images), tool_call_id="c")
    question = text_message("user", "q")

    apart = sum(map(counter.count, with_images_apart([result])))

    assert apart - 1 <= counter.count(result) <= apart + 1  # an estimate rounds each text
    assert counter.count(result) <= counter.bound(result)
    assert counter.count(question) < counter.count(Message("user", images))


@given(texts, texts)
def test_a_longer_text_is_never_estimated_shorter(first: str, second: str) -> None:
    assert max(estimate(first), estimate(second)) <= estimate(first + second) <= estimate(first) + estimate(second)


@pytest.mark.parametrize(
    ("text", "tokens"),
    [
        ("", 0),
        ("a", 1),
        ("abc", 1),
        ("abcd", 2),
        ("漢字", 2),
        ("漢字 ab", 3),
        ("한국어", 3),
        ("カタカナ", 4),
        ("，", 1),
    ],
)
def test_wide_characters_are_a_token_each_and_three_others_one(text: str, tokens: int) -> None:
    assert estimate(text) == tokens


@pytest.mark.parametrize(
    ("message", "texts_bytes"),
    [
        (text_message("user", "abc"), 3),
        (text_message("user", "abc", name="ann"), 6),
        (text_message("assistant", "", refusal="never"), 5),
        (text_message("assistant", "a", tool_calls=(ToolCall("1", "now", "{}"),)), 6),
        (Message("user", (TextPart("ab"), ImagePart("data:very-long"))), 2 + UNKNOWN.most),
    ],
    ids=["text", "name", "refusal", "call", "picture"],
)
def test_whatever_is_sent_counts(message: Message, texts_bytes: int) -> None:
    assert MessageCounter().bound(message) == texts_bytes + BOUND_OVERHEAD


@given(st.sampled_from([{}, {"name": "Ann"}, {"refusal": "No."}, {"reasoning": "Why?"}]), st.text(min_size=1))
def test_a_message_in_one_part_counts_like_the_same_in_two(fields: dict[str, Any], text: str) -> None:
    one, two = (Message("user", parts, **fields) for parts in ((TextPart(text),), (TextPart(text), TextPart(""))))
    for reasons in (False, True):
        counter = MessageCounter(counts_reasoning=reasons)
        assert (counter.bound(one), counter.count(one)) == (counter.bound(two), counter.count(two))


def test_no_text_is_counted_twice() -> None:
    asked: list[str] = []

    def count(text: str) -> int:
        asked.append(text)
        return len(text)

    counter = MessageCounter(count)

    assert counter.count(text_message("user", "abc")) == counter.count(text_message("user", "abc")) == 3 + AROUND
    assert asked == ["abc"]


# The requests that OpenAI's cookbook counts, and what its API said of each:
# https://cookbook.openai.com/examples/how_to_count_tokens_with_tiktoken
JARGON = [
    text_message(
        "system", "You are a helpful, pattern-following assistant that translates corporate jargon into plain English."
    ),
    text_message("system", "New synergies will help drive top-line growth.", name="example_user"),
    text_message("system", "Things working well together will increase revenue.", name="example_assistant"),
    text_message(
        "system",
        "Let's circle back when we have more bandwidth to touch base on opportunities for increased leverage.",
        name="example_user",
    ),
    text_message("system", "Let's talk later when we're less busy about how to do better.", name="example_assistant"),
    text_message("user", "This late pivot means we don't have time to boil the ocean for the client deliverable."),
]
WEATHER = [
    text_message("system", "You are a helpful assistant that can answer to questions about the weather."),
    text_message("user", "What's the weather like in San Francisco?"),
]
UNIT = {"type": "string", "description": "The unit of temperature to return", "enum": ["celsius", "fahrenheit"]}
PLACE = {"type": "string", "description": "The city and state, e.g. San Francisco, CA"}
TOOL = {
    "type": "function",
    "function": {
        "name": "get_current_weather",
        "description": "Get the current weather in a given location",
        "parameters": {"type": "object", "properties": {"location": PLACE, "unit": UNIT}, "required": ["location"]},
    },
}
COUNTED = [
    ("gpt-3.5-turbo-0301", JARGON, {}, 127),
    ("gpt-3.5-turbo-0613", JARGON, {}, 129),
    ("gpt-3.5-turbo", JARGON, {}, 129),
    ("gpt-4-0314", JARGON, {}, 129),
    ("gpt-4-0613", JARGON, {}, 129),
    ("gpt-4", JARGON, {}, 129),
    ("gpt-4o", JARGON, {}, 124),
    ("gpt-4o-mini", JARGON, {}, 124),
    ("gpt-3.5-turbo", WEATHER, {"tools": [TOOL]}, 105),
    ("gpt-4", WEATHER, {"tools": [TOOL]}, 105),
    ("gpt-4o", WEATHER, {"tools": [TOOL]}, 101),
    ("gpt-4o-mini", WEATHER, {"tools": [TOOL]}, 101),
    # The greeting of the protocol's own pages, for gpt-3.5-turbo-0125.
    ("gpt-3.5-turbo-0125", [text_message("user", "Hello!")], {}, 9),
]


@pytest.mark.parametrize(("model", "messages", "options", "tokens"), COUNTED)
def test_a_request_has_the_tokens_that_servers_report(
    model: str, messages: list[Message], options: dict[str, Any], tokens: int
) -> None:
    counter = counter_for(model)

    assert sum(map(counter.count, messages)) + counter.extra(options) == tokens


@pytest.mark.parametrize("options", [{"tools": [TOOL]}, {"response_format": {"type": "json_object"}}, {}])
def test_what_goes_beside_the_messages_is_bounded_before_it_is_counted(options: dict[str, Any], tmp_path: Path) -> None:
    fresh, ready = counter_for("gpt-4o", folder=tmp_path), counter_for("gpt-4o")
    ready.count_text("x")

    assert not fresh.is_ready()
    assert fresh.extra(options) >= ready.extra(options) >= REPLY_TOKENS
    assert not fresh.is_ready()


def test_an_answer_has_the_tokens_that_servers_report() -> None:
    assert counter_for("gpt-3.5-turbo").count_text("Hello! How can I help you today?") == 9


def test_a_guess_loads_nothing(tmp_path: Path) -> None:
    counter = counter_for("gpt-4o", folder=tmp_path)

    assert counter.guess(text_message("user", "abcdef")) == estimate("abcdef") + AROUND
    assert not counter.is_ready()


def test_a_prepared_counter_guesses_exactly() -> None:
    counter = counter_for("gpt-4o")

    counter.prepare()
    counter.prepare()
    exact = counter.count(text_message("user", "Hello, world"))

    assert counter.guess(text_message("user", "Hello, world")) == exact == 3 + AROUND


class Panic(BaseException):
    """What Rust raises."""


def failing(error: BaseException, monkeypatch: pytest.MonkeyPatch) -> MessageCounter:
    def encode(text: str, **_options: object) -> list[int]:
        raise error

    class Broken:
        def __init__(self, *_args: object) -> None:
            self.encode = encode

    monkeypatch.setattr(vocabularies, "encoding", Broken)
    return counter_for("gpt-4")


def test_a_tokenizer_that_panics_is_replaced_by_an_estimate(monkeypatch: pytest.MonkeyPatch) -> None:
    assert failing(Panic(), monkeypatch).count_text("abcdef") == estimate("abcdef")


def test_ctrl_c_is_no_panic(monkeypatch: pytest.MonkeyPatch) -> None:
    counter = failing(KeyboardInterrupt(), monkeypatch)

    with pytest.raises(KeyboardInterrupt):
        counter.count_text("abcdef")
