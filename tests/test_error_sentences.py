"""An error is a line of sentences, each with one mark at its end, and the last one without a full stop of ours."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chatcli.errors import ChatError

ENDS = ["", ".", "?", "!", "…"]


@pytest.mark.parametrize(
    ("error", "sentence"),
    [
        (ChatError("no key"), "no key"),
        (ChatError("no key", kept="nothing was sent", hint="/connect"), "no key. Nothing was sent. /connect"),
        (ChatError("no x", hint=("did you mean `y`?", "`chat models` lists them")), "no x. Did you mean `y`? `chat"),
        (ChatError("busy", hint=("wait", "retry")), "busy. Wait; retry"),
        (ChatError("x said: who?", hint="ask again"), "x said: who? Ask again"),
    ],
)
def test_sentences_follow_each_other(error: ChatError, sentence: str) -> None:
    assert error.sentence().startswith(sentence)


@given(st.lists(st.sampled_from([f"word{end}" for end in ENDS]), min_size=3, max_size=5))
def test_no_mark_stands_behind_another(parts: list[str]) -> None:
    what, kept, *hints = parts

    assert not re.search(r"[.?!…;][.;]", ChatError(what, kept=kept, hint=hints).sentence())
