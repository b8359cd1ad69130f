"""A name that does not clearly mean one chat changes none: the chat is shown and asked for, or named in the refusal."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.conftest import OpenServer, OpenTerminal
from tests.store.conftest import GONE, Shelf
from tests.support.answers import answer
from tests.support.program import run


@pytest.fixture
def shelf(home: Path) -> Iterator[Shelf]:
    """The store of `chat`: a chat about parsers, two of one title, and a lexer only in a text."""
    shelf = Shelf(home / ".local" / "share" / "chatcli" / "history.db")
    shelf.keep("01AAAA", "How do I write a parser?", "Begin with a lexer.", owner=GONE)
    shelf.keep("01AABB", "daily report", "sunny", owner=GONE)
    shelf.keep("01AACC", "daily report", "rainy", owner=GONE)
    shelf.database.close()
    yield shelf
    shelf.database.close()


def everything(shelf: Shelf) -> list[tuple[str, str, int]]:
    entries = [(entry.id, entry.title, entry.questions) for entry in shelf.library.entries()]
    shelf.database.close()
    return entries


ASK = ("ask", "-m", "m", "--base-url", "URL", "more", "-r")
CHANGES = {
    "rename": ("sessions", "rename", "NAME", "other"),
    "delete": ("sessions", "delete", "-y", "NAME"),
    "export": ("sessions", "export", "NAME"),
    "export to a file": ("sessions", "export", "NAME", "--out", "x.md"),
    "ask": (*ASK, "NAME"),
}
TEXT = "`lexer` occurs only in the text of “How do I write a parser?” (01AAAA)"
SEVERAL = "is in several titles, e.g. “daily report” (01AACC)"


@pytest.mark.parametrize("command", CHANGES)
@pytest.mark.parametrize(
    ("name", "told", "takes"),
    [
        ("lexer", TEXT, ()),
        ("daily", SEVERAL, ("ask",)),
        ("daily report", SEVERAL, ("ask",)),
        ("parser", "`parser` is only part of the title of “How", ("ask", "rename", "export", "export to a file")),
        ("01aacc", "", tuple(CHANGES)),
        ("", "the chat name is empty. `chat sessions` lists them", ()),
        (" \n", "the chat name is empty. `chat sessions` lists them", ()),
        ("no such words", "unknown chat `no such words`. `chat sessions` lists them", ()),
    ],
)
def test_nothing_is_changed_by_a_name_that_is_not_clear(
    server: OpenServer,
    shelf: Shelf,
    home: Path,
    command: str,
    name: str,
    told: str,
    takes: tuple[str, ...],
) -> None:
    before = everything(shelf)
    model = server(always=answer("A"))
    words = [{"NAME": name, "URL": model.url}.get(word, word) for word in CHANGES[command]]

    ran = run(*words, home=home)

    if command in takes:
        assert ran.exit_code == 0, ran.stderr
        return
    is_flag = command == "ask" and name == ""
    assert (ran.exit_code, ran.stdout) == (2, "")
    assert ("`--resume` has an empty value" if is_flag else told) in ran.stderr
    assert everything(shelf) == before
    assert not model.requests
    assert not (home / "x.md").exists()


@pytest.mark.parametrize(("typed", "title"), [("y", "other"), ("n", "How do I write a parser?")])
def test_a_chat_found_by_its_text_is_shown_and_asked_for(
    terminal: OpenTerminal, shelf: Shelf, typed: str, title: str
) -> None:
    screen = terminal("sessions", "rename", "lexer", "other", columns=100)
    screen.wait_for("Rename “How do I write a parser?” (01AAAA)? [y/N]")

    screen.type(typed)
    screen.press("enter")

    assert screen.wait_exit() == (0 if typed == "y" else 2)
    assert next(entry[1] for entry in everything(shelf) if entry[0] == "01AAAA") == title


EMPTY = [
    ("ask", "hi", "-r", ""),
    ("ask", "hi", "-f", ""),
    ("ask", "hi", "-f", "a.txt", "-f", ""),
    ("ask", "hi", "-i", ""),
    ("ask", "hi", "-t", ""),
    ("ask", "hi", "--schema", ""),
    ("ask", "hi", "--base-url", ""),
    ("ask", "hi", "--key-env", ""),
    ("ask", "hi", "-m", ""),
    ("ask", "hi", "-p", ""),
    ("sessions", "export", ""),
    ("sessions", "export", "01AAAA", "--out", ""),
    ("sessions", "show", ""),
    ("sessions", "rename", "", "other"),
    ("sessions", "rename", "01AAAA", ""),
    ("sessions", "rename", "01AAAA", " \n "),
    ("sessions", "delete", "-y", ""),
    ("sessions", "delete", "-y", "--older-than", ""),
    ("sessions", "search", ""),
]


@pytest.mark.parametrize("words", EMPTY, ids=" ".join)
def test_an_empty_value_names_nothing(shelf: Shelf, home: Path, words: tuple[str, ...]) -> None:
    before = everything(shelf)

    ran = run(*words, home=home)

    assert (ran.exit_code, ran.stdout) == (2, "")
    assert ran.stderr.startswith("chat: ")
    assert everything(shelf) == before


def test_in_a_conversation_the_chat_is_shown_and_so_not_asked_for(terminal: OpenTerminal, shelf: Shelf) -> None:
    opened = terminal("-p", "guide", "-r", "lexer", columns=100)

    opened.wait_for("Begin with a lexer.")
