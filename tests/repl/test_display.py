"""A chat that is opened shows where it is: its last turn, or the one that was searched for."""

from __future__ import annotations

import io

import pytest

from chatcli.output.plain import Notes, PlainOutput
from chatcli.repl.display import show_opened
from tests.commands.conftest import context_with
from tests.support.scripted import says


@pytest.mark.parametrize(
    ("place", "shown"),
    [(None, ["> q3", "a3"]), (0, ["> q1", "a1"]), (1, ["> q1", "a1"]), (3, ["> q2", "a2"]), (5, ["> q3", "a3"])],
)
def test_the_turn_that_was_meant_is_shown(place: int | None, shown: list[str]) -> None:
    session = context_with(says("a1"), says("a2"), says("a3")).session
    written, noted = io.StringIO(), io.StringIO()
    path = [node.id for node in session.conversation.tree.path(session.conversation.tree.head)]

    show_opened(
        session.conversation,
        "soup",
        PlainOutput(written, Notes(noted, str)),
        at=None if place is None else path[place],
    )

    assert written.getvalue().split("\n")[:-1] == shown
    assert "3 turns" in noted.getvalue()
    assert (f"turn {shown[0][-1]}" in noted.getvalue()) is (shown[0] != "> q3")


def test_turns_are_counted_as_lists_count_them() -> None:
    conversation = context_with(says("a1"), says("a2"), says("a3")).session.conversation
    conversation.undo(2)
    noted = io.StringIO()

    show_opened(conversation, "soup", PlainOutput(io.StringIO(), Notes(noted, str)))

    assert "“soup”, 3 turns, 1 of them on this branch." in noted.getvalue()
