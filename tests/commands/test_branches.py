"""Branches: a question is edited, an answer picked, another branch gone to, and nothing is lost by any of it."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from chatcli.commands.context import CommandContext
from chatcli.commands.table import Compare, Pick, Say
from chatcli.conversation.messages import Text
from chatcli.errors import UsageError
from chatcli.records import replace
from tests.commands.conftest import Unkept, interpret
from tests.support.scripted import ScriptedClient, ignore, says

MakeDesk = Callable[..., CommandContext]


def texts(context: CommandContext) -> str:
    return " ".join(message.text for message in context.session.conversation.history)


def said(context: CommandContext, line: str) -> Say:
    outcome = interpret(line, context)
    assert isinstance(outcome, Say)
    return outcome


def offered(context: CommandContext, line: str) -> Pick:
    outcome = interpret(line, context)
    assert isinstance(outcome, Pick)
    return outcome


def ask(context: CommandContext, question: str, *answers: str) -> None:
    client = context.session.binding.client
    assert isinstance(client, ScriptedClient)
    client.answers.append([*(Text(text, choice) for choice, text in enumerate(answers)), *says("")[1:]])
    context.session.turn(question, ignore)


def test_an_earlier_question_comes_back_to_be_edited(context: MakeDesk) -> None:
    place = context(says("A"), says("B"))

    assert said(place, "/edit 1").draft == "q1"
    ask(place, "other", "C")

    assert texts(place) == "other C"
    assert len(place.session.conversation.tree) == 6


@pytest.mark.parametrize("word", ["/edit", "/rewind"])
def test_without_a_number_the_question_is_chosen_newest_first(context: MakeDesk, word: str) -> None:
    place = context(says("A"), says("B"))
    listed = offered(place, word)
    assert [row.label for row in listed.choices.rows] == ["q2", "q1"]

    outcome = listed.then(listed.choices.rows[0].key)

    assert isinstance(outcome, Say)
    assert (outcome.draft, texts(place)) == ("q2", "q1 A")


@pytest.mark.parametrize("line", ["/edit 3", "/edit 0", "/fork -3", "/raw 9"])
def test_a_turn_that_is_not_there_is_refused(context: MakeDesk, line: str) -> None:
    with pytest.raises(UsageError, match="there is no turn"):
        interpret(line, context(says("A"), says("B")))


@pytest.mark.parametrize("line", ["/edit", "/pick", "/tree", "/fork"])
def test_in_an_empty_chat_there_is_nothing_to_choose(context: MakeDesk, line: str) -> None:
    assert said(context(), line).markdown.startswith(("No ", "Nothing ", "This chat is empty"))


def test_one_of_several_answers_is_picked_by_its_number(context: MakeDesk) -> None:
    place = context()
    ask(place, "q", "A", "B", "C")

    assert said(place, "/pick -1").markdown == "Picked answer 3: C"

    assert texts(place) == "q C"


def test_answers_are_offered_with_the_one_in_use(context: MakeDesk) -> None:
    place = context()
    ask(place, "q", "A", "B")
    listed = offered(place, "/pick")
    assert [(row.label, row.hint) for row in listed.choices.rows] == [("A", "m, current"), ("B", "m")]

    listed.then(listed.choices.rows[1].key)

    assert texts(place) == "q B"


def test_one_answer_is_nothing_to_pick_from(context: MakeDesk) -> None:
    assert said(context(says("A")), "/pick").markdown == "There is only one answer."


def test_without_names_another_model_is_chosen_to_compare_with(context: MakeDesk) -> None:
    place = context()
    listed = offered(place, "/compare")
    assert [row.key for row in listed.choices.rows] == ["gpt-mini"]

    assert listed.then("gpt-mini") == Compare(("m", "gpt-mini"))

    place.session.binding = replace(place.session.binding, model="")
    assert "/compare MODEL" in said(place, "/compare").markdown


def test_the_tree_leads_to_the_end_of_another_branch(context: MakeDesk) -> None:
    place = context(says("A"), says("B"))
    interpret("/edit 1", place)
    ask(place, "other", "C")
    listed = offered(place, "/tree")
    assert [row.label for row in listed.choices.rows] == ["    1  q1 → A", "    2  q2 → B", "*   1  other → C"]

    listed.then("0")

    assert texts(place) == "q1 A q2 B"


def test_a_question_without_an_answer_comes_back_from_the_tree(context: MakeDesk) -> None:
    place = context(says("A"))
    ask(place, "lost")
    listed = offered(place, "/tree")

    outcome = listed.then("1")

    assert isinstance(outcome, Say)
    assert (outcome.draft, texts(place)) == ("lost", "q1 A")


@pytest.mark.parametrize(("line", "copied"), [("/fork", "q1 A q2 B"), ("/fork 1", "q1 A"), ("/branch -1", "q1 A q2 B")])
def test_a_fork_begins_with_a_copy_up_to_a_turn(context: MakeDesk, line: str, copied: str) -> None:
    chats = Unkept()
    place = context(says("A"), says("B"), chats=chats)
    place.session.conversation.system = "S"

    interpret(line, place)

    tree, state = chats.begun[0]
    assert " ".join(node.message.text for node in tree.path(state.head)) == copied
    assert (state.system, texts(place)) == ("S", "q1 A q2 B")
