"""`chat sessions`: stored chats from the command line, for eyes and for scripts."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.acceptance.talk import is_at_prompt
from tests.conftest import Chat, OpenServer, OpenTerminal
from tests.store.conftest import GONE, Shelf
from tests.support.answers import answer


@pytest.fixture
def shelf(home: Path) -> Iterator[Shelf]:
    """The store of `chat` with three chats in it, all old."""
    shelf = Shelf(home / ".local" / "share" / "chatcli" / "history.db")
    shelf.keep("01AAAA", "How do I write a parser?", "Begin with a lexer.", owner=GONE)
    shelf.keep("01AABB", "漢字とかな", "カタカナも", "more", "yes", owner=GONE)
    shelf.keep("01AACC", "a\tb", "\x1b[31mred", owner=GONE)
    shelf.database.close()
    yield shelf
    shelf.database.close()


def ids(stdout: str) -> list[str]:
    return [line.split("\t")[0] for line in stdout.splitlines()]


def test_chats_are_listed_the_one_used_last_first(chat: Chat, shelf: Shelf) -> None:
    bare, listed = chat("sessions"), chat("sessions", "list")

    assert bare.stdout == listed.stdout
    assert ids(listed.stdout) == ["01AACC", "01AABB", "01AAAA"]
    assert [line.split("\t")[2:] for line in listed.stdout.splitlines()][:2] == [["1", "a b"], ["2", "漢字とかな"]]


def test_a_list_is_shortened_by_words_and_by_number(chat: Chat, shelf: Shelf) -> None:
    assert ids(chat("sessions", "list", "PARSER", "write").stdout) == ["01AAAA"]
    assert ids(chat("sessions", "list", "--most", "1").stdout) == ["01AACC"]


def test_a_script_gets_an_object_a_line(chat: Chat, shelf: Shelf) -> None:
    rows = [json.loads(line) for line in chat("sessions", "list", "--json").stdout.splitlines()]

    assert [(row["id"], row["title"], row["turns"]) for row in rows][1] == ("01AABB", "漢字とかな", 2)
    assert rows[0]["updated_at"] > rows[1]["updated_at"] >= rows[1]["created_at"]


def test_where_nothing_is_stored_that_is_said_and_nothing_made(chat: Chat, home: Path) -> None:
    ran = chat("sessions")

    assert (ran.stdout, ran.stderr, ran.exit_code) == ("", "no chats are stored\n", 0)
    assert chat("sessions", "list", "--json").stdout == ""
    assert not (home / ".local" / "share").exists()


def test_what_was_said_is_found(chat: Chat, shelf: Shelf) -> None:
    ran = chat("sessions", "search", "カ")

    assert ran.stdout == "01AABB\t2\tassistant\tカタカナも\t漢字とかな\n"
    assert json.loads(chat("sessions", "search", "lexer", "--json").stdout) == {
        "id": "01AAAA", "title": "How do I write a parser?", "message": 2, "role": "assistant",
        "text": "Begin with a lexer.",
    }  # fmt: skip
    assert chat("sessions", "search", "nowhere").stderr == "no stored chat contains `nowhere`\n"


def test_what_a_model_wrote_cannot_drive_the_terminal(terminal: OpenTerminal, shelf: Shelf) -> None:
    screen = terminal("sessions", "search", "red")

    screen.wait_for("[31mred")
    assert screen.wait_exit() == 0


def test_a_chat_is_renamed(chat: Chat, shelf: Shelf) -> None:
    ran = chat("sessions", "rename", "01AAAA", "Parsers", "and", "lexers")

    assert ran.stderr == "renamed “How do I write a parser?” to “Parsers and lexers”\n"
    assert ids(chat("sessions", "list", "Parsers and lexers").stdout) == ["01AAAA"]
    assert chat("sessions", "rename", "01AAAA", " ").exit_code == 2


def test_j100_a_deleted_chat_is_gone(chat: Chat, shelf: Shelf) -> None:
    ran = chat("sessions", "delete", "-y", "01AAAA", "How do I write a parser?")

    assert (ran.stderr, ran.exit_code) == ("1 chat deleted permanently\n", 0)
    assert ids(chat("sessions").stdout) == ["01AACC", "01AABB"]
    assert b"lexer" not in shelf.path.read_bytes()


def test_old_chats_are_deleted_and_others_kept(chat: Chat, shelf: Shelf) -> None:
    assert chat("sessions", "delete", "-y", "--older-than", "100y").stderr == "nothing to delete\n"
    assert chat("sessions", "delete", "-y", "--older-than", "30d").stderr == "3 chats deleted permanently\n"


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("01AAAA",), "without a terminal"),
        (("parser", "-y"), "`parser` is only part of the title of"),
        (("01AA", "-y"), "several chats begin with 01AA"),
        ((), "name the chats to delete, or pass --older-than"),
        (("01AAAA", "--older-than", "3d", "-y"), "name the chats to delete, or pass --older-than"),
        (("--older-than", "soon", "-y"), "invalid age `soon` for --older-than"),
    ],
)
def test_what_is_not_clear_deletes_nothing(chat: Chat, shelf: Shelf, words: tuple[str, ...], said: str) -> None:
    """Words that are only a part of a title never mean a chat that is to be deleted."""
    ran = chat("sessions", "delete", *words)

    assert ran.exit_code == 2
    assert said in ran.stderr
    assert len(ids(chat("sessions").stdout)) == 3


@pytest.mark.parametrize(("typed", "left"), [("y", 2), ("n", 3)])
def test_deleting_asks_first(terminal: OpenTerminal, chat: Chat, shelf: Shelf, typed: str, left: int) -> None:
    screen = terminal("sessions", "delete", "01AAAA")
    screen.wait_for("Delete “How do I write a parser?” (01AAAA) permanently? [y/N]")

    screen.type(typed)
    screen.press("enter")

    assert screen.wait_exit() == 0
    assert len(ids(chat("sessions").stdout)) == left


def test_bare_on_a_terminal_a_chat_is_chosen_and_gone_on_with(
    terminal: OpenTerminal, server: OpenServer, chat: Chat
) -> None:
    scripted = server(answer("Paris"), answer("Rome"), answer("Oslo"))
    for question in ("France?", "Italy?"):
        chat("ask", question, "-m", "m", server=scripted)

    opened = terminal("-m", "m", "sessions", server=scripted)
    opened.wait_for("Resume which chat?")
    opened.type("fran")
    opened.press("enter")

    opened.wait_for("“France?”, 1 turn.")
    opened.wait_for(is_at_prompt)
    opened.press("ctrl-d")
    assert opened.wait_exit() == 0
