"""The meter shows what the server counted while that is what the next question sends, else an estimate of that."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from chatcli.conversation.messages import Ended, Finished, Text, ToolFragment, Usage, UsageReported, text_message
from chatcli.conversation.session import Session
from chatcli.conversation.token_budget import TokenBudget
from chatcli.conversation.tree import Summary
from chatcli.conversation.window_fill import WindowFill, window_fill
from chatcli.errors import UnreachableError
from chatcli.records import replace
from tests.support.scripted import Letters, ScriptedClient, Step, ignore, says
from tests.support.sessions import make_session

COUNTED = UsageReported(Usage(40, 2))


def counted(text: str, finish: str = "stop") -> list[Step]:
    return [Text(text), COUNTED, Finished(finish, finish), Ended(True)]


def open_session(*answers: list[Step], window_tokens: int | None = None) -> Session:
    budget = TokenBudget(Letters(), window_tokens)
    return make_session(client=ScriptedClient(*answers), model="m", budget=budget)


def test_the_count_of_the_last_turn_is_the_servers() -> None:
    session = open_session(counted("A"))
    session.turn("a", ignore)

    assert window_fill(session) == WindowFill(42)


def test_a_continued_answer_is_the_last_turn() -> None:
    session = open_session(counted("A"), counted("par", "length"), counted("tial"))
    session.turn("a", ignore)
    session.turn("b", ignore)
    session.continue_answer(ignore)

    assert window_fill(session) == WindowFill(42)


def test_so_is_one_that_used_tools() -> None:
    call: list[Step] = [ToolFragment(0, "1", "f", "{}"), Finished("tool_calls", "tool_calls"), Ended(True)]
    session = open_session(call, counted("A"))
    session.turn("a", ignore)
    session.add_results([replace(text_message("tool", "R"), tool_call_id="1")])
    session.resume_turn(ignore)

    assert window_fill(session) == WindowFill(42)


def summarize(session: Session) -> None:
    head = session.conversation.tree.head
    assert head is not None
    session.conversation.summary = Summary(head, "S")


CHANGES: dict[str, Callable[[Session], object]] = {
    "undone": lambda session: session.conversation.undo(),
    "excluded": lambda session: session.conversation.dropped.add(session.conversation.questions[0].id),
    "summarised": summarize,
    "other instructions": lambda session: setattr(session.conversation, "system", "Be brief."),
    "other model": lambda session: setattr(session, "binding", replace(session.binding, model="n")),
    "another branch": lambda session: session.conversation.go_to(session.conversation.questions[0].id),
    "a question that failed": lambda session: session.turn("c", ignore),
}


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES)
def test_once_the_chat_is_another_it_is_estimated(change: Callable[[Session], object]) -> None:
    session = open_session(counted("A"), counted("B"), [UnreachableError("down")])
    session.turn("a", ignore)
    session.turn("b", ignore)

    change(session)

    assert window_fill(session).is_estimate
    assert window_fill(session).used_tokens == sum(len(one.text) for one in session.requests.preview().messages)


def test_parameters_and_questions_beside_the_chat_change_nothing_of_it() -> None:
    session = open_session(counted("A"))
    session.turn("a", ignore)

    session.conversation.options["temperature"] = 1
    session.conversation.tree.add_aside(text_message("user", "by the way?"))

    assert window_fill(session) == WindowFill(42)


REOPENED: dict[str, tuple[Callable[[Session], object], int | None]] = {
    "as it was": (lambda _session: None, 42),
    "undone": (lambda session: session.conversation.undo(), 32),
    "excluded": (CHANGES["excluded"], None),
    "other instructions": (CHANGES["other instructions"], None),
    "other model": (CHANGES["other model"], None),
    "emptied": (lambda session: session.conversation.undo(2), 0),
}


@pytest.mark.parametrize(("change", "used"), REOPENED.values(), ids=REOPENED)
def test_a_chat_that_is_opened_again_is_as_full_as_it_was(
    change: Callable[[Session], object], used: int | None
) -> None:
    """No message of it is counted for that, however many there are."""
    first: list[Step] = [Text("A"), UsageReported(Usage(30, 2)), Finished("stop", "stop"), Ended(True)]
    before = open_session(first, counted("B"))
    before.turn("a", ignore)
    before.turn("b", ignore)
    session = open_session()
    session.load(before.conversation.tree, before.state)

    change(session)

    fill = window_fill(session)
    assert fill.is_estimate is (used is None)
    assert used is None or fill.used_tokens == used


@pytest.mark.parametrize("pinned", [(), (0,), (0, 1)])
def test_turns_that_do_not_fit_are_not_estimated(pinned: tuple[int, ...]) -> None:
    """It is what the window of the next question would hold, and never more than there is."""
    session = open_session(*(says("A" * 9) for _ in range(8)), window_tokens=60)
    for _ in range(8):
        session.turn("q", ignore)
    session.conversation.pinned |= {session.conversation.questions[number].id for number in pinned}

    fill, sent = window_fill(session), session.requests.preview()

    assert sent.left_out
    assert fill == WindowFill(sum(len(message.text) for message in sent.messages), 60, is_estimate=True)
