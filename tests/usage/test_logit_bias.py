"""Words become the tokens they are, with and without a space; what is no single token is said."""

from __future__ import annotations

import pytest

from chatcli.errors import UsageError
from chatcli.usage.logit_bias import has_named_tokens, resolve_bias
from chatcli.usage.vocabularies import encoding


def test_a_word_is_biased_with_and_without_a_space() -> None:
    encode = encoding("o200k_base").encode

    assert resolve_bias({"time": -100, "42": 5}, "gpt-4o") == {
        str(encode("time")[0]): -100,
        str(encode(" time")[0]): -100,
        "42": 5,
    }


def test_ids_need_no_vocabulary() -> None:
    assert not has_named_tokens({"123": 1})
    assert has_named_tokens({"123": 1, "x": 2})
    assert not has_named_tokens(None)


@pytest.mark.parametrize(
    ("word", "model", "what"),
    [("incomprehensibilities", "gpt-4", "more than one token"), ("time", "qwen3", "vocabulary of `qwen3` is unknown")],
)
def test_what_cannot_be_turned_into_a_token_is_said(word: str, model: str, what: str) -> None:
    with pytest.raises(UsageError, match=what):
        resolve_bias({word: -100}, model)
