"""A tree keeps every branch, and never bends into a circle."""

from __future__ import annotations

from itertools import chain

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chatcli.conversation.messages import Role, text_message
from chatcli.conversation.tree import Node, Tree
from chatcli.conversation.window import split_turns
from chatcli.records import replace

# For each message the place of its parent among those before it; 0 is a beginning.
SHAPES = st.lists(st.integers(0, 40), max_size=40)


def grow(shape: list[int]) -> Tree:
    tree = Tree()
    for number, place in enumerate(shape, 1):
        tree.add(text_message("user", str(number)), parent=(place % number) or None)
    return tree


def small() -> Tree:
    """1 - 2 - 3 - 4, and 5 - 6 as another way to continue from 2, and 7 as another beginning."""
    return grow([0, 1, 2, 3, 2, 5, 0])


def ids(nodes: list[Node]) -> list[int]:
    return [node.id for node in nodes]


def test_a_branch_is_read_from_its_beginning() -> None:
    assert ids(small().path(6)) == [1, 2, 5, 6]


def test_the_empty_branch_has_no_messages() -> None:
    assert small().path(None) == []


def test_the_newest_branch_is_followed_to_its_end() -> None:
    assert (small().leaf(1), small().leaf(3)) == (6, 4)


def test_a_copy_is_one_branch_numbered_anew() -> None:
    copied = small().copy(6)

    assert [(node.id, node.parent, node.message.text) for node in copied.nodes] == [
        (1, None, "1"), (2, 1, "2"), (3, 2, "5"), (4, 3, "6"),
    ]  # fmt: skip
    assert copied.head == 4


def test_a_message_may_take_the_place_of_one_that_was_being_written() -> None:
    tree = small()

    tree.put(Node(4, 3, text_message("assistant", "whole")))

    assert (tree[4].message.text, ids(tree.children(3)), len(tree)) == ("whole", [4], 7)


@pytest.mark.parametrize("parent", [9, 8, 12])
def test_a_parent_has_come_before(parent: int) -> None:
    with pytest.raises(ValueError, match="does not come before it"):
        small().put(Node(8, parent, text_message("user", "x")))


@given(SHAPES)
def test_what_is_read_back_row_by_row_is_the_same(shape: list[int]) -> None:
    tree = grow(shape)

    again = Tree.of(tree.nodes, tree.head)

    assert (again.nodes, again.head, again.next_id) == (tree.nodes, tree.head, tree.next_id)


@given(st.lists(st.tuples(st.integers(0, 9), st.booleans(), st.booleans()), min_size=1, max_size=12))
def test_a_branch_is_what_its_parents_say_whatever_was_asked_for_before(steps: list[tuple[int, bool, bool]]) -> None:
    """Messages are added anywhere, and replaced as answers are when they are whole."""
    tree = Tree()
    for number, (place, is_replaced, is_question) in enumerate(steps):
        ids = [None, *(node.id for node in tree.nodes)]
        role: Role = "user" if is_question else "assistant"
        node = tree.add(text_message(role, f"m{number}"), parent=ids[place % len(ids)])
        if is_replaced:
            old = tree[place % len(tree) + 1]
            tree.put(replace(old, message=text_message(old.message.role, f"new {number}")))
        for end in (node.id, ids[-1], ids[place % len(ids)]):
            expected, at = [], end
            while at is not None:
                expected.append(tree[at])
                at = tree[at].parent
            assert tree.path(end) == expected[::-1]
            messages = [node.message for node in expected[::-1]]
            assert tree.messages(end) == messages
            assert tree.questions(end) == [node for node in expected[::-1] if node.message.role == "user"]
            turns = split_turns(messages)
            assert [tuple(tree.turn(end, one)) for one in range(1, tree.outline.count_turns(end) + 1)] == turns
            assert [tree.outline.is_on_branch(node.id, end) for node in tree.nodes] == [
                node in expected for node in tree.nodes
            ]
            assert tree.questions(end, most=1) == tree.questions(end)[-1:]
            assert tree.last_turns(end, 2) == [*chain.from_iterable(split_turns(messages)[-2:])]
