"""Reasoning in tags is told from the answer, however the text is cut."""

from itertools import combinations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chatcli.conversation.reasoning_tags import ReasoningSplitter, split_reasoning

CASES = [
    pytest.param("<think>a\nb</think>\n\nc", "a\nb", "c", id="usual"),
    pytest.param("\n <think>\na</think>c", "a", "c", id="white space before"),
    pytest.param("<thinking>a</thinking>c", "a", "c", id="longer tag"),
    pytest.param("<thought>a</thought> c", "a", "c", id="thought"),
    pytest.param("<think>a</thin", "a</thin", "", id="never closed"),
    pytest.param("<think></think>c", "", "c", id="empty"),
    pytest.param("c <think>a</think>", "", "c <think>a</think>", id="later on it is text"),
    pytest.param("<thin", "", "<thin", id="no tag after all"),
    pytest.param("<b>c", "", "<b>c", id="another tag"),
    pytest.param("<think>a</thinking></think>c", "a</thinking>", "c", id="the same tag closes"),
    pytest.param("  c", "", "  c", id="white space stays"),
    pytest.param("", "", "", id="nothing"),
]


def feed(*pieces: str) -> tuple[str, str]:
    splitter = ReasoningSplitter()
    found = [piece for pieces_of in [*map(splitter.feed, pieces), splitter.close()] for piece in pieces_of]
    return "".join(text for kind, text in found if kind == "reasoning"), "".join(
        text for kind, text in found if kind == "text"
    )


@pytest.mark.parametrize(("text", "reasoning", "answer"), CASES)
def test_reasoning_and_answer_are_told_apart(text: str, reasoning: str, answer: str) -> None:
    assert feed(text) == (reasoning, answer)


@pytest.mark.parametrize(("text", "reasoning", "answer"), CASES)
def test_every_pair_of_cuts_gives_the_same(text: str, reasoning: str, answer: str) -> None:
    for first, second in combinations(range(len(text) + 1), 2):
        assert feed(text[:first], text[first:second], text[second:]) == (reasoning, answer), (first, second)


@given(st.lists(st.sampled_from(["<think>", "</think>", "<", "th", "ink>", " ", "\n", "a"]), max_size=12))
def test_any_cut_gives_the_same(pieces: list[str]) -> None:
    assert feed(*pieces) == feed("".join(pieces))


def test_pieces_are_never_empty() -> None:
    splitter = ReasoningSplitter()

    pieces = [*splitter.feed("<think></think>"), *splitter.feed(""), *splitter.feed("x"), *splitter.close()]

    assert pieces == [("text", "x")]


@pytest.mark.parametrize(
    ("text", "reasoning", "answer"),
    [
        ("thought\n</think>\n\nc", "thought", "c"),
        ("<think>a</think>c", "a", "c"),
        ("plain", "", "plain"),
        ("use <think> and </think>", "", "use <think> and </think>"),
    ],
    ids=["opened in the prompt", "whole", "none", "about tags"],
)
def test_a_whole_text_is_split_also_where_the_prompt_opened_the_tag(text: str, reasoning: str, answer: str) -> None:
    assert split_reasoning(text) == (reasoning, answer)
