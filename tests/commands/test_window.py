"""What is sent can be seen and steered."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import pytest

from chatcli.commands.context import CommandContext
from chatcli.commands.table import Pick, Say
from chatcli.conversation.messages import Message, Usage, UsageReported
from chatcli.conversation.tree import Summary
from chatcli.errors import ChatError, UsageError
from tests.commands.conftest import interpret
from tests.support.scripted import ScriptedClient, ignore, says

OpenDesk = Callable[..., CommandContext]


def run(context: CommandContext, line: str) -> str:
    outcome = interpret(line, context)
    assert isinstance(outcome, Say)
    return outcome.markdown


def rows(shown: str) -> list[list[str]]:
    """Return the cells below the head of the table in *shown*."""
    lines = [line for line in shown.splitlines() if line.startswith("|")][2:]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines]


def test_context_shows_the_state_of_every_turn(context: OpenDesk) -> None:
    open_desk = context(*[says("a" * 8)] * 6)
    session = open_desk.session
    session.conversation.system, session.binding.budget.window_tokens = "sys", 40
    run(open_desk, "/pin 1")
    run(open_desk, "/drop 5")

    shown = run(open_desk, "/context")

    assert rows(shown) == [
        ["sys", "3", "sent", "sys"],
        ["1", "10", "pinned", "q1"],
        ["2-3", "20", "left out", ""],
        ["4", "10", "sent", "q4"],
        ["5", "10", "dropped", "q5"],
        ["6", "10", "sent", "q6"],
    ]
    assert shown.endswith("Total ~33 of 40 tokens, 5 reserved for the answer.")


def test_the_turns_make_the_total_that_the_server_has_counted(context: OpenDesk) -> None:
    open_desk = context(says("a" * 8), [*says("b" * 50), UsageReported(Usage(300, 100))], system="sys")

    shown = run(open_desk, "/context")

    assert sum(int(row[1]) for row in rows(shown)) == pytest.approx(400, abs=2)
    assert "Total 400 tokens" in shown


def test_context_works_where_nothing_fits_any_more(context: OpenDesk) -> None:
    open_desk = context(says("a" * 80))
    run(open_desk, "/pin 1")
    open_desk.session.binding.budget.window_tokens = 10

    assert rows(run(open_desk, "/context")) == [["1", "82", "pinned", "q1"]]


def test_context_shows_what_a_summary_stands_for(context: OpenDesk) -> None:
    open_desk = context(says("a"), says("b"))
    session = open_desk.session
    session.conversation.summary = Summary(session.conversation.questions[0].id + 1, "short")

    states = [row[2] for row in rows(run(open_desk, "/context"))]

    assert states == ["sent", "in the summary", "sent"]


def test_an_unknown_window_is_not_a_number(context: OpenDesk) -> None:
    assert "context window unknown" in run(context(says("a")), "/context")


@pytest.mark.parametrize(
    ("lines", "sent"),
    [
        (["/drop 1"], ["q2", "b", "q3", "c", "next"]),
        (["/drop 1-2"], ["q3", "c", "next"]),
        (["/drop 1, 3"], ["q2", "b", "next"]),
        (["/drop -1"], ["q1", "a", "q2", "b", "next"]),
        (["/drop 1", "/pin 1"], ["q1", "a", "q2", "b", "q3", "c", "next"]),
        (["/pin 1", "/drop 1"], ["q2", "b", "q3", "c", "next"]),
    ],
)
def test_the_next_request_goes_by_it(context: OpenDesk, lines: list[str], sent: list[str]) -> None:
    open_desk = context(says("a"), says("b"), says("c"))
    for line in lines:
        run(open_desk, line)
    client = open_desk.session.binding.client
    assert isinstance(client, ScriptedClient)
    client.answers.append(says("d"))

    open_desk.session.turn("next", ignore)

    assert client.sent[-1] == sent


def test_pins_are_listed_and_taken_out(context: OpenDesk) -> None:
    open_desk = context(says("a"), says("b"), says("c"))

    assert run(open_desk, "/pin 1-3") == "Pinned: turn 1-3."
    assert run(open_desk, "/unpin 2") == "Unpinned 1 turn."
    assert run(open_desk, "/unpin") == "Unpinned 2 turns."
    assert run(open_desk, "/unpin 1") == "No such turn is pinned or excluded."


def test_an_excluded_turn_is_included_again_by_its_number_alone(context: OpenDesk) -> None:
    """Without a number only pins go: what was kept from the model is not sent by a word too few."""
    open_desk = context(says("a"), says("b"), says("c"))
    run(open_desk, "/drop 1 2")
    run(open_desk, "/pin 3")

    assert run(open_desk, "/undrop") == "Unpinned 1 turn."
    assert run(open_desk, "/undrop 2-3") == "Included 1 turn again."
    assert len(open_desk.conversation.dropped) == 1


def test_without_a_number_turns_are_chosen_from_a_list(context: OpenDesk) -> None:
    open_desk = context(says("a"), says("b"), says("c"))
    run(open_desk, "/pin 2")
    pins, drops = interpret("/pin", open_desk), interpret("/drop", open_desk)
    assert isinstance(pins, Pick)
    assert isinstance(drops, Pick)

    assert [(row.key, row.label, row.hint) for row in pins.choices.rows] == [
        ("3", "3  q3", ""),
        ("2", "2  q2", "pinned"),
        ("1", "1  q1", ""),
    ]
    assert pins.then("1") == Say("Pinned: turn 1.")
    assert pins.then("2") == Say("Unpinned 1 turn.")
    assert drops.then("3") == Say("Excluded: turn 3.")
    assert interpret("/pin", context()) == Say("The chat has no turns yet.")


@pytest.mark.parametrize("line", ["/pin 4", "/drop x", "/drop 0"])
def test_a_turn_that_is_not_there_is_refused(context: OpenDesk, line: str) -> None:
    with pytest.raises(ChatError):
        run(context(says("a")), line)


def test_without_turns_there_is_none_to_pin(context: OpenDesk) -> None:
    with pytest.raises(UsageError, match="no turns yet"):
        run(context(), "/pin 1")


@pytest.mark.parametrize(
    ("line", "shown"),
    [
        ("/tokens", "~3 tokens in 1 turn; /context shows each."),
        ("/tokens four", "~4 tokens, 4 characters."),
        ("/tokens @notes", "~13 tokens, 13 characters."),
        ("/tokens @@me", "~3 tokens, 3 characters."),
    ],
)
def test_tokens_are_counted(context: OpenDesk, line: str, shown: str) -> None:
    assert run(context(says("a")), line) == shown


def test_a_long_question_is_shown_in_part(context: OpenDesk) -> None:
    open_desk = context(says("a"))
    client = open_desk.session.binding.client
    assert isinstance(client, ScriptedClient)
    client.answers.append(says("b"))
    open_desk.session.turn("word " * 300, ignore)

    last = rows(run(open_desk, "/context"))[-1]

    assert last[1] == "1.5k"
    assert last[3].endswith("…")


def exactly(messages: Sequence[Message]) -> int:
    return 20 * len(messages) + sum(len(message.text) for message in messages)


def test_a_server_that_counts_is_asked_for_the_exact_number(context: OpenDesk) -> None:
    place = context(says("Yes"), endpoint={"count_exactly": exactly})

    assert run(place, "/tokens --exact hello") == "5 tokens, 5 characters."
    assert run(place, "/tokens --exact @f") == "9 tokens, 9 characters."
    assert run(place, "/tokens --exact") == "45 tokens in the next request, as counted by the server."


@pytest.mark.parametrize(("line", "what"), [("/tokens --exact x", "does not count"), ("/tokens --exact", "nothing to")])
def test_what_cannot_be_counted_exactly_is_said(context: OpenDesk, line: str, what: str) -> None:
    with pytest.raises(UsageError, match=what):
        interpret(line, context())
