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
    pytest.param("[THINK]a[/THINK]c", "a", "c", id="square"),
    pytest.param("[1, 2]", "", "[1, 2]", id="a list"),
    pytest.param("[think] c", "c", "", id="square and never closed"),
    pytest.param("<seed:think>a</seed:think>c", "a", "c", id="prefix"),
    pytest.param("<mm:think>a</think></mm:think>\nc", "a</think>", "c", id="prefix closes"),
    pytest.param("<thinking>a</thinking>c", "a", "c", id="longer prefix"),
    pytest.param("◁think▷a◁/think▷c", "a", "c", id="triangles"),
    pytest.param("<THINK>a</Think>c", "a", "c", id="any case"),
    pytest.param('<think time="1">a</think>c', "a", "c", id="attribute"),
    pytest.param("<thinker>a</thinker>", "", "<thinker>a</thinker>", id="a name that begins alike"),
    pytest.param("<think >a</think >c", "a", "c", id="a space in the tags"),
    pytest.param("<reason>a</reason>c", "a", "c", id="reason"),
    pytest.param("<inner_thought>a</inner_thought>c", "a", "c", id="a name of two words"),
    pytest.param("<unused94>thought\na<unused95>c", "a", "c", id="tokens without names"),
    pytest.param("<think\nof it", "", "<think\nof it", id="an attribute that never ends"),
    pytest.param("<|START_THINKING|>a<|END_THINKING|><|START_RESPONSE|>c<|END_RESPONSE|>", "a", "c", id="tokens"),
    pytest.param("<|begin_of_thought|>\na<|end_of_thought|>\n\nc", "a", "c", id="tokens without a header"),
    pytest.param(
        "<|begin_of_thought|>a<|end_of_thought|> <|begin_of_solution|>\nc<|end_of_solution|>", "a", "c", id="solution"
    ),
    pytest.param(
        "<|channel|>analysis<|message|>a<|end|><|start|>assistant<|channel|>final<|message|>c<|return|>",
        "a",
        "c",
        id="channels",
    ),
    pytest.param(
        "<|channel|>analysis<|message|>a<|end|><|start|>assistant<|channel|>analysis<|message|>b<|end|>"
        "<|start|>assistant<|channel|>final<|message|>c",
        "ab",
        "c",
        id="two channels of reasoning",
    ),
    pytest.param("<|channel|>final<|message|>c<d", "", "c<d", id="the last channel alone"),
    pytest.param("<|channel>thought\na<channel|>c", "a", "c", id="channels in half brackets"),
    pytest.param("<|endoftext|>c", "", "<|endoftext|>c", id="another token"),
    pytest.param("◁c▷", "", "◁c▷", id="other triangles"),
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
        ("thought\n[/THINK]\nc", "thought", "c"),
        ("thought◁/think▷\nc", "thought", "c"),
        ("thought\n</seed:think>\nc", "thought", "c"),
        ("</think>\nc", "", "c"),
        ("The tag [THINK] opens it, [/THINK]\nends it", "", "The tag [THINK] opens it, [/THINK]\nends it"),
        ("<think>never closed", "", "<think>never closed"),
    ],
    ids=[
        *("opened in the prompt", "whole", "none", "about tags", "square", "triangles", "prefix", "nothing thought"),
        *("about square ones", "never closed"),
    ],
)
def test_a_whole_text_is_split_also_where_the_prompt_opened_the_tag(text: str, reasoning: str, answer: str) -> None:
    assert split_reasoning(text) == (reasoning, answer)


@pytest.mark.parametrize("tag", ["</think>", "</seed:think>", "[/THINK]", "◁/think▷"])
@pytest.mark.parametrize("is_opened", [True, False])
def test_a_closing_tag_at_the_start_goes_where_reasoning_came_before(tag: str, is_opened: bool) -> None:
    text = f"\n{tag}\n\nThe answer"
    for cut in range(len(text) + 1):
        splitter = ReasoningSplitter()
        splitter.is_opened = is_opened
        pieces = [*splitter.feed(text[:cut]), *splitter.feed(text[cut:]), *splitter.close()]
        assert "".join(piece for _, piece in pieces) == ("The answer" if is_opened else text)
