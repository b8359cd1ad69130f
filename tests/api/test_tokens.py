"""Counting is cheap where it can be, never under the truth where it must not be, and never goes to the network."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from importlib.util import find_spec
from pathlib import Path

import pytest
import tiktoken
from hypothesis import given
from hypothesis import strategies as st

from chatcli.api.tokens import (
    BOUND_OVERHEAD,
    IMAGE_TOKENS,
    MESSAGE_TOKENS,
    VOCABULARIES,
    MessageCounter,
    Vocabulary,
    bound,
    counter_for,
    encoding_name,
    estimate,
)
from chatcli.core.messages import ImagePart, Message, TextPart, ToolCall, say

ADDRESS = "https://openaipublic.blob.core.windows.net/encodings/cl100k_base.tiktoken"

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


ENCODINGS = [
    ("gpt-4o-mini", "o200k_base"),
    ("gpt-4.1", "o200k_base"),
    ("gpt-4.5-preview", "o200k_base"),
    ("gpt-5", "o200k_base"),
    ("gpt-6-luna", "o200k_base"),
    ("openai/gpt-6-astra", "o200k_base"),
    ("openai/gpt-5:free", "o200k_base"),
    ("o3-mini", "o200k_base"),
    ("chatgpt-4o-latest", "o200k_base"),
    ("gpt-4", "cl100k_base"),
    ("gpt-4-turbo", "cl100k_base"),
    ("gpt-3.5-turbo", "cl100k_base"),
    ("gpt-35-turbo", "cl100k_base"),
    ("llama3", None),
    ("gpt-oss-120b", None),
    ("olmo", None),
    ("", None),
]


@pytest.mark.parametrize(("model", "name"), ENCODINGS, ids=[model or "none" for model, _ in ENCODINGS])
def test_models_have_their_encoding(model: str, name: str | None) -> None:
    assert encoding_name(model) == name


@pytest.mark.parametrize("model", ["gpt-4", "llama3"])
def test_without_a_vocabulary_at_hand_there_is_an_estimate(model: str, tmp_path: Path) -> None:
    counter = counter_for(model, {"TIKTOKEN_CACHE_DIR": str(tmp_path)})

    assert counter.count_text("漢 text") == estimate("漢 text")


@pytest.fixture
def vocabulary(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Mapping[str, Vocabulary]:
    """A vocabulary of single bytes, in the place where tiktoken keeps its own."""
    content = b"a file of tiktoken's"
    (tmp_path / hashlib.sha1(ADDRESS.encode(), usedforsecurity=False).hexdigest()).write_bytes(content)
    monkeypatch.setenv("TIKTOKEN_CACHE_DIR", str(tmp_path))
    ranks = {bytes([byte]): byte for byte in range(256)}
    marks = {"<|endoftext|>": 256}
    encoding = tiktoken.Encoding("bytes", pat_str=r"(?s:.)", mergeable_ranks=ranks, special_tokens=marks)
    monkeypatch.setitem(tiktoken.registry.ENCODINGS, "cl100k_base", encoding)
    return {"cl100k_base": Vocabulary(ADDRESS, hashlib.sha256(content).hexdigest())}


@pytest.mark.parametrize(
    ("text", "tokens"),
    [("abcdef", 6), ("é", 2), ("<|endoftext|>", 13), (" " * 250_001, 250_001), ("a\ud800", 4)],
    ids=["letters", "bytes", "a mark of the vocabulary", "a long run", "half a character"],
)
def test_a_vocabulary_at_hand_counts_exactly(vocabulary: Mapping[str, Vocabulary], text: str, tokens: int) -> None:
    counter = counter_for("gpt-4", vocabularies=vocabulary)

    assert counter.count(say("user", text)) == tokens + MESSAGE_TOKENS


def test_a_tokenizer_that_panics_is_replaced_by_an_estimate(
    vocabulary: Mapping[str, Vocabulary], monkeypatch: pytest.MonkeyPatch
) -> None:
    class Panic(BaseException):
        """What Rust raises."""

    def encode(text: str, **_options: object) -> list[int]:
        raise Panic

    monkeypatch.setattr(tiktoken.registry.ENCODINGS["cl100k_base"], "encode", encode)

    assert counter_for("gpt-4", vocabularies=vocabulary).count_text("abcdef") == estimate("abcdef")


def test_ctrl_c_is_no_panic(vocabulary: Mapping[str, Vocabulary], monkeypatch: pytest.MonkeyPatch) -> None:
    def encode(text: str, **_options: object) -> list[int]:
        raise KeyboardInterrupt

    monkeypatch.setattr(tiktoken.registry.ENCODINGS["cl100k_base"], "encode", encode)

    with pytest.raises(KeyboardInterrupt):
        counter_for("gpt-4", vocabularies=vocabulary).count_text("abcdef")


def test_a_vocabulary_that_has_gone_is_replaced_by_an_estimate(
    vocabulary: Mapping[str, Vocabulary], tmp_path: Path
) -> None:
    counter = counter_for("gpt-4", vocabularies=vocabulary)
    next(tmp_path.iterdir()).unlink()

    assert counter.count_text("abcdef") == estimate("abcdef")


def test_a_damaged_vocabulary_is_neither_used_nor_fetched_anew(
    vocabulary: Mapping[str, Vocabulary], tmp_path: Path
) -> None:
    file = next(tmp_path.iterdir())
    file.write_bytes(b"half a file")

    assert counter_for("gpt-4", vocabularies=vocabulary).count_text("abcdef") == estimate("abcdef")
    assert file.read_bytes() == b"half a file"


def test_the_vocabularies_are_those_tiktoken_would_fetch() -> None:
    source = Path(find_spec("tiktoken_ext.openai_public").origin or "").read_text(encoding="utf-8")  # type: ignore[union-attr]  # it is there

    for known in VOCABULARIES.values():
        assert known.address in source
        assert known.sha256 in source
