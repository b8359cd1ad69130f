"""Commands about the conversation: begin again, ask again, take back, look at."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeAlias

import pytest

from chatcli.commands.context import CommandContext
from chatcli.commands.table import Continue, Pick, Retry, Say
from chatcli.conversation.messages import Refusal
from chatcli.errors import UsageError
from tests.commands.conftest import interpret
from tests.support.scripted import Step

MakeDesk: TypeAlias = Callable[..., CommandContext]
Answer: TypeAlias = Callable[..., list[Step]]


def texts(context: CommandContext) -> list[str]:
    return [message.text for message in context.session.conversation.history]


def test_a_new_chat_has_the_configured_defaults(context: MakeDesk, answer: Answer) -> None:
    log: list[Any] = []
    place = context(answer("a"), log=log)

    place.chats.turn_on()
    assert interpret("/new", place) == Say("New chat.")
    assert (texts(place), log) == ([], ["reset"])


def test_a_cleared_chat_keeps_what_was_set(context: MakeDesk, answer: Answer) -> None:
    log: list[Any] = []
    place = context(answer("a"), log=log)
    place.session.conversation.system = "s"
    place.chats.turn_on()

    interpret("/clear", place)

    assert (texts(place), place.session.conversation.system, log) == ([], "s", [])


@pytest.mark.parametrize("line", ["/new", "/clear"])
def test_a_chat_that_is_not_stored_is_not_dropped_without_a_yes(context: MakeDesk, answer: Answer, line: str) -> None:
    place = context(answer("a"))

    asked = interpret(line, place)
    assert isinstance(asked, Pick)
    assert [row.key for row in asked.choices.rows] == ["no", "yes"]

    asked.then("no")
    assert texts(place) == ["q1", "a"]
    asked.then("yes")
    assert texts(place) == []


@pytest.mark.parametrize("line", ["/new", "/clear"])
def test_an_empty_chat_is_not_asked_about(context: MakeDesk, line: str) -> None:
    assert isinstance(interpret(line, context()), Say)


@pytest.mark.parametrize(("line", "model"), [("/retry", ""), ("/regen gpt-mini", "gpt-mini")])
def test_the_last_question_is_asked_again(context: MakeDesk, answer: Answer, line: str, model: str) -> None:
    log: list[Any] = []

    assert interpret(line, context(answer("a"), log=log)) == Retry(model)
    assert log == []


def test_a_cut_answer_is_gone_on_with(context: MakeDesk) -> None:
    assert interpret("/continue", context()) == Continue()


def test_what_is_taken_back_returns_to_the_prompt(context: MakeDesk, answer: Answer) -> None:
    place = context(answer("a"), answer("b"), answer("c"))

    assert interpret("/undo", place) == Say("Undid 1 turn; /redo restores it.", draft="q3")
    assert interpret("/undo 5", place) == Say("Undid 2 turns; /redo 2 restores them.", draft="q1")
    assert interpret("/undo", place) == Say("Nothing to undo.")


def test_what_was_taken_back_is_put_back(context: MakeDesk, answer: Answer) -> None:
    place = context(answer("a"), answer("b"))
    interpret("/undo 2", place)

    assert interpret("/redo", place) == Say("Restored 1 turn.")
    assert interpret("/redo 7", place) == Say("Restored 1 turn.")
    assert interpret("/redo", place) == Say("Nothing to redo.")
    assert texts(place) == ["q1", "a", "q2", "b"]


@pytest.mark.parametrize("command", ["undo", "redo"])
@pytest.mark.parametrize("count", ["0", "-1", "x", "1.5", "9" * 5000], ids=["0", "-1", "x", "1.5", "endless"])
def test_a_number_of_turns_is_a_number_from_1_on(context: MakeDesk, answer: Answer, command: str, count: str) -> None:
    place = context(answer("a"))

    with pytest.raises(UsageError):
        interpret(f"/{command} {count}", place)

    assert texts(place) == ["q1", "a"]


@pytest.mark.parametrize(
    ("line", "shown"), [("/raw", "*c*"), ("/raw 1", "a"), ("/raw 3", "*c*"), ("/raw -1", "*c*"), ("/raw -3", "a")]
)
def test_a_reply_is_shown_as_the_model_wrote_it(context: MakeDesk, answer: Answer, line: str, shown: str) -> None:
    place = context(answer("a"), answer("b"), answer("*c*"))

    assert interpret(line, place) == Say(shown, raw=True)


@pytest.mark.parametrize("number", ["0", "2", "-2"])
def test_a_turn_that_is_not_there_is_named(context: MakeDesk, answer: Answer, number: str) -> None:
    with pytest.raises(UsageError, match=f"there is no turn {number}"):
        interpret(f"/raw {number}", context(answer("a")))


def test_before_the_first_reply_there_is_none(context: MakeDesk) -> None:
    assert interpret("/raw", context()) == Say("No reply yet.")


def test_a_refusal_is_a_reply(context: MakeDesk, answer: Answer) -> None:
    place = context([Refusal("I can't"), *answer("")[1:]])

    assert interpret("/raw", place) == Say("I can't", raw=True)
