"""A chat that is opened shows where it is: its last turn, or the one that was searched for."""

from __future__ import annotations

import io

import pytest

from chatcli.conversation.messages import Message, ToolCall
from chatcli.output.plain import Notes, PlainOutput
from chatcli.repl.display import show_opened
from tests.commands.conftest import context_with
from tests.support.scripted import says


@pytest.mark.parametrize(
    ("place", "shown"),
    [
        (None, ["> q1", "a1", "2 > q2", "a2", "3 > q3", "a3"]),
        (0, ["> q1", "a1"]),
        (1, ["> q1", "a1"]),
        (3, ["2 > q2", "a2"]),
        (5, ["3 > q3", "a3"]),
    ],
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
    assert (f"turn {shown[0][-1]}:" in noted.getvalue()) is (place in (0, 1, 3))


@pytest.mark.parametrize(
    ("size", "first"),
    [((80, 24), "2 > q"), ((80, 31), "> q"), ((20, 24), "3 > q"), ((80, 3), "3 > q")],
    ids=["a_screen", "a_tall_one", "a_narrow_one", "hardly_any"],
)
def test_as_many_turns_as_the_screen_holds_are_shown(
    size: tuple[int, int], first: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("shutil.get_terminal_size", lambda: size)
    session = context_with(*[says("中文 words\n" * 4 + "x" * 100)] * 3).session
    written = io.StringIO()

    show_opened(session.conversation, "soup", PlainOutput(written, Notes(io.StringIO(), str)))

    assert written.getvalue().startswith(first)
    assert written.getvalue().count("中文 words\n") % 4 == 0


def test_turns_are_counted_as_lists_count_them() -> None:
    conversation = context_with(says("a1"), says("a2"), says("a3")).session.conversation
    conversation.undo(2)
    noted = io.StringIO()

    show_opened(conversation, "soup", PlainOutput(io.StringIO(), Notes(noted, str)))

    assert "“soup”, 3 turns, 1 of them on this branch." in noted.getvalue()


def test_the_calls_of_a_turn_have_a_line_each() -> None:
    conversation = context_with(says("a1")).session.conversation
    calls = (ToolCall("1", "weather", '{"city": "Oslo"}'), ToolCall("2", "now", "{}"))
    tree = conversation.tree
    tree.head = tree.add(Message("assistant", tool_calls=calls), parent=tree.head).id
    noted = io.StringIO()

    show_opened(conversation, "soup", PlainOutput(io.StringIO(), Notes(noted, str)))

    assert noted.getvalue().splitlines()[1:] == ['→ weather · {"city": "Oslo"}', "→ now"]
