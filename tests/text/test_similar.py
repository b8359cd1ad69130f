"""Which name was meant."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chatcli.text.similar import did_you_mean, similar

NAMES = ["ask", "config", "doctor", "sessions", "models", "base_url"]
WORDS = st.text("abcdeskou_", max_size=8)


@pytest.mark.parametrize(
    ("word", "names"),
    [
        ("aks", ["ask"]),
        ("Sesions", ["sessions"]),
        ("ASK", ["ask"]),
        ("url", ["base_url"]),
        ("on", []),
        ("hello", []),
        ("", []),
        ("model", ["models"]),
        ("doctors", ["doctor"]),
        ("cofnigs", ["config"]),
        ("confess", []),
        ("session_files", []),
    ],
)
def test_a_slip_finds_the_name_and_another_word_finds_none(word: str, names: list[str]) -> None:
    assert similar(word, NAMES) == names


def test_a_name_in_other_letters_is_the_one_that_was_meant() -> None:
    assert similar("Deepseek", ["deepseek", "deepseek-2"]) == ["deepseek"]


@pytest.mark.parametrize(
    ("word", "is_near"),
    [("nope", False), ("nonk", False), ("nobe", True), ("nome", True), ("nnoe", True), ("non", True), ("nune", True)],
)
def test_a_wrong_letter_in_a_short_word_is_a_slip_only_if_it_is_easily_confused(word: str, is_near: bool) -> None:
    assert similar(word, ["none"]) == ["none"] * is_near


@pytest.mark.parametrize(
    ("known", "question"),
    [
        (["x1"], "did you mean `x1`?"),
        (["x1", "x2"], "did you mean `x1` or `x2`?"),
        (["x1", "x2", "x3", "x4"], "did you mean `x1`, `x2` or `x3`?"),
        (["other"], ""),
    ],
)
def test_the_question_names_three_at_most(known: list[str], question: str) -> None:
    assert did_you_mean("x", known) == question


@given(WORDS, st.lists(WORDS, unique=True))
def test_only_known_names_are_found_and_a_name_finds_itself(word: str, known: list[str]) -> None:
    found = similar(word, known)
    assert set(found) <= set(known)
    assert len(found) <= 3
    if word and word in known:
        assert found[0].casefold() == word.casefold()
