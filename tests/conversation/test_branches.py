"""Every turn of a tree is a row, and its depth tells how many forks stand before it."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from chatcli.conversation.branches import list_branches, shorten_line
from chatcli.conversation.messages import Message, ToolCall, text_message
from chatcli.conversation.tree import Tree
from chatcli.text.phrases import one_line, shorten


def grown() -> Tree:
    """q1 has the answers A and B; from A go on q2 and, edited, q3, which no one answered."""
    tree = Tree()
    tree.add(text_message("user", "q1"), parent=None)
    tree.add(text_message("assistant", "A"), parent=1)
    tree.add(text_message("user", "q2"), parent=2)
    tree.add(text_message("assistant", "C"), parent=3)
    tree.add(text_message("assistant", "B"), parent=1)
    tree.add(text_message("user", "q3"), parent=2)
    tree.add(Message("assistant", status="failed"), parent=6)
    tree.head = 4
    return tree


def test_branches_are_drawn_a_turn_a_row() -> None:
    assert [way.label for way in list_branches(grown())] == [
        "*   1  q1 → A",
        "*     2  q2 → C",
        "      2  q3  (no answer)",
        "    1  q1 → B",
    ]


def test_a_chat_without_forks_is_a_plain_list() -> None:
    tree = grown().copy(4)

    assert [way.label for way in list_branches(tree)] == ["* 1  q1 → A", "* 2  q2 → C"]


def test_a_turn_ends_behind_the_results_of_its_tools() -> None:
    tree = Tree()
    tree.add(text_message("user", "q"), parent=None)
    tree.add(Message("assistant", tool_calls=(ToolCall("1", "f", "{}"),)), parent=1)
    tree.add(text_message("tool", "4", tool_call_id="1"), parent=2)
    tree.add(text_message("assistant", "four"), parent=3)

    assert [way.end for way in list_branches(tree)] == [4]


def test_a_long_message_is_told_by_its_beginning() -> None:
    assert shorten_line(text_message("user", "one\n\ttwo " + "x" * 50), 12) == "one two xxx…"


@given(st.lists(st.integers(0, 30), max_size=30))
def test_every_question_is_in_a_row(shape: list[int]) -> None:
    tree = Tree()
    for number, place in enumerate(shape, 1):
        parent = (place % number) or None
        is_answer = parent is not None and tree[parent].message.role == "user"
        tree.add(text_message("assistant" if is_answer else "user", str(number)), parent=parent)

    listed = {way.question.id for way in list_branches(tree)}

    assert listed == {node.id for node in tree.nodes if node.message.role == "user"}


@given(st.lists(st.sampled_from(["word", " ", "\n", "x" * 39, " " * 300, "y" * 500]), max_size=8).map("".join))
def test_the_line_of_a_long_text_is_that_of_the_whole(text: str) -> None:
    assert shorten_line(text_message("user", text)) == shorten(one_line(text), 40)
