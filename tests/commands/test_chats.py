"""Stored chats are opened, listed, searched, named and deleted; what deletes asks first."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from chatcli.commands.chats import storage_note
from chatcli.commands.context import CommandContext
from chatcli.commands.table import GenerateTitle, Outcome, Pick, Say, ShowChat
from chatcli.store.entries import ChatEntry
from tests.commands.conftest import Unkept, interpret

MakeDesk = Callable[..., CommandContext]
NOW = 1_000_000.0
ENTRIES = (
    ChatEntry("01AAAAAAAAAAAA1", "a | parser", 0, NOW - 30, 1),
    ChatEntry("01BBBBBBBBBBBB2", "soup", 0, NOW - 7300, 12),
)


def stocked(context: MakeDesk, *entries: ChatEntry) -> tuple[CommandContext, Unkept, list[object]]:
    archive, log = Unkept(None, *(entries or ENTRIES)), list[object]()
    return context(chats=archive, log=log, now=lambda: NOW), archive, log


def pick(outcome: Outcome) -> Pick:
    assert isinstance(outcome, Pick)
    return outcome


def said(outcome: Outcome) -> str:
    assert isinstance(outcome, Say)
    return outcome.markdown


@pytest.mark.parametrize("word", ["/resume", "/open", "/load"])
def test_a_chat_is_opened_by_name_and_the_model_follows(context: MakeDesk, word: str) -> None:
    place, archive, _ = stocked(context)

    assert interpret(f"{word} 01BBBBBBBBBBBB2", place) == ShowChat("soup")

    assert archive.current == ENTRIES[1]


def test_a_chat_is_chosen_from_a_list_that_searches_in_what_was_said(context: MakeDesk) -> None:
    place, archive, _ = stocked(context)
    listed = pick(interpret("/resume", place))
    assert [(row.label, row.hint) for row in listed.choices.rows] == [
        ("a | parser", "just now, 1 turn"),
        ("soup", "2 h ago, 12 turns"),
    ]
    assert listed.choices.search
    assert [(row.label, row.hint) for row in listed.choices.search("soup")] == [
        ("soup", "2 h ago, 12 turns"),
        ("a | parser", "about soup"),
    ]
    assert [row.label for row in listed.choices.search("")] == ["a | parser", "soup"]

    listed.then(listed.choices.rows[1].key)

    assert archive.current == ENTRIES[1]


def test_chats_are_listed(context: MakeDesk) -> None:
    place, _, _ = stocked(context)

    assert said(interpret("/sessions", place)).splitlines()[2:] == [
        "| `01AAAAAAAAAA` | `a \\| parser` | just now | 1 |",
        "| `01BBBBBBBBBB` | `soup` | 2 h ago | 12 |",
    ]
    assert "/search looks in the text of chats" in said(interpret("/chats nothing", place))


def test_a_hit_leads_to_its_message(context: MakeDesk) -> None:
    place, archive, _ = stocked(context)
    found = pick(interpret("/search 字", place))
    assert (found.choices.title, found.choices.rows[0].label) == ("2 hits for 字", "about 字")

    assert found.then("1") == ShowChat("soup", at=2)

    assert archive.opened_at == 2
    assert said(interpret("/find nothing", place)) == "No stored chat contains `nothing`."


def test_a_chat_is_named_by_the_user_or_the_model(context: MakeDesk) -> None:
    place, archive, _ = stocked(context)

    interpret("/rename New name", place)

    assert archive.title == "New name"
    assert interpret("/title auto", place) == GenerateTitle()


def test_what_is_deleted_is_asked_for_first_and_kept_by_default(context: MakeDesk) -> None:
    place, archive, _ = stocked(context)
    asked = pick(interpret("/delete 01BBBBBBBBBBBB2", place))
    assert asked.choices.title == "Delete “soup” (12 turns) permanently?"

    assert said(asked.then(asked.choices.rows[0].key)) == "Nothing was deleted."
    assert archive.kept == list(ENTRIES)

    assert said(asked.then("yes")) == "Deleted `soup`."
    assert archive.kept == [ENTRIES[0]]


def test_without_stored_chats_there_is_nothing_to_do(context: MakeDesk) -> None:
    place = context(chats=Unkept())

    for line in ("/resume", "/sessions", "/delete"):
        assert said(interpret(line, place)).startswith(("No chats are stored", "This chat is not saved"))


def test_where_a_chat_is_kept_is_said() -> None:
    archive = Unkept()
    assert storage_note(archive) == "This chat is not saved; /save saves it."
    archive.turn_on()
    assert storage_note(archive) == "It is saved from the first question on."
    archive.current = ENTRIES[1]
    assert storage_note(archive) == "Saved as `01BBBBBBBBBB`, `soup`."
    archive.is_behind = True
    assert storage_note(archive) == "The end of this chat is not saved yet."
