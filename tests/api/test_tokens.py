"""Counting is cheap where it can be, never under the truth where it must not be, and never goes to the network."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chatcli.api import encodings
from chatcli.api.tokens import (
    BOUND_OVERHEAD,
    IMAGE_TOKENS,
    MESSAGE_TOKENS,
    REPLY_TOKENS,
    MessageCounter,
    bound,
    counter_for,
    estimate,
)
from chatcli.core.messages import ImagePart, Message, TextPart, ToolCall, say

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

    assert MESSAGE_TOKENS <= counter.count(message) <= counter.bound(message)


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
        (say("user", "abc"), 3),
        (say("user", "abc", name="ann"), 6),
        (say("assistant", "", refusal="never"), 5),
        (say("assistant", "a", tool_calls=(ToolCall("1", "now", "{}"),)), 6),
        (Message("user", (TextPart("ab"), ImagePart("data:very-long"))), 2 + IMAGE_TOKENS),
    ],
    ids=["text", "name", "refusal", "call", "picture"],
)
def test_whatever_is_sent_counts(message: Message, texts_bytes: int) -> None:
    assert MessageCounter().bound(message) == texts_bytes + BOUND_OVERHEAD


def test_no_text_is_counted_twice() -> None:
    asked: list[str] = []

    def count(text: str) -> int:
        asked.append(text)
        return len(text)

    counter = MessageCounter(count)

    assert counter.count(say("user", "abc")) == counter.count(say("user", "abc")) == 3 + MESSAGE_TOKENS
    assert asked == ["abc"]


COUNTED = [
    # The request that the rule is published with, for gpt-3.5-turbo-0125: https://platform.openai.com/docs
    ("gpt-3.5-turbo", [say("user", "Hello!")], 9),
    ("gpt-4", [say("user", "a", name="ann"), say("assistant", "b")], 3 + (3 + 1 + 1 + 1 + 1) + (3 + 1 + 1)),
]


@pytest.mark.parametrize(("model", "messages", "tokens"), COUNTED, ids=["a greeting", "a name"])
def test_a_request_has_the_tokens_that_servers_report(model: str, messages: list[Message], tokens: int) -> None:
    counter = counter_for(model)

    assert sum(map(counter.count, messages)) + REPLY_TOKENS == tokens


def test_an_answer_has_the_tokens_that_servers_report() -> None:
    assert counter_for("gpt-3.5-turbo").count_text("Hello! How can I help you today?") == 9


def test_a_guess_loads_nothing(tmp_path: Path) -> None:
    counter = counter_for("gpt-4o", folder=tmp_path)

    assert counter.guess(say("user", "abcdef")) == estimate("abcdef") + MESSAGE_TOKENS
    assert not counter.is_ready()


def test_a_prepared_counter_guesses_exactly() -> None:
    counter = counter_for("gpt-4o")

    counter.prepare()
    counter.prepare()
    exact = counter.count(say("user", "Hello, world"))

    assert counter.guess(say("user", "Hello, world")) == exact == 3 + MESSAGE_TOKENS


class Panic(BaseException):
    """What Rust raises."""


def failing(error: BaseException, monkeypatch: pytest.MonkeyPatch) -> MessageCounter:
    def encode(text: str, **_options: object) -> list[int]:
        raise error

    class Broken:
        def __init__(self, *_args: object) -> None:
            self.encode = encode

    monkeypatch.setattr(encodings, "encoding", Broken)
    return counter_for("gpt-4")


def test_a_tokenizer_that_panics_is_replaced_by_an_estimate(monkeypatch: pytest.MonkeyPatch) -> None:
    assert failing(Panic(), monkeypatch).count_text("abcdef") == estimate("abcdef")


def test_ctrl_c_is_no_panic(monkeypatch: pytest.MonkeyPatch) -> None:
    counter = failing(KeyboardInterrupt(), monkeypatch)

    with pytest.raises(KeyboardInterrupt):
        counter.count_text("abcdef")
