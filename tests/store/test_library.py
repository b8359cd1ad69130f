"""Conversations are found by their words in every script, and deleted so that no word of them stays."""

from __future__ import annotations

import os
import sqlite3
import stat
from contextlib import closing
from pathlib import Path

import pytest

from chatcli.conversation.messages import Usage, text_message
from chatcli.conversation.tree import AnswerFacts, ChatState, Tree
from chatcli.errors import UsageError
from chatcli.store.ids import LENGTH, new_id
from chatcli.store.recent import recent_titles
from chatcli.store.words import snippet
from chatcli.usage.spending import Spending
from tests.store.conftest import Shelf


def fill(shelf: Shelf) -> None:
    shelf.keep("01AAAA", "How do I write a parser in C++?", "Begin with a lexer.")
    shelf.keep("01AABB", "漢字とかな", "カタカナも、한국어도 있다")
    shelf.keep("01AACC", "Un café crème", 'She said "AND" loudly: 100% foo-bar_baz')


def test_the_chat_used_last_comes_first(shelf: Shelf) -> None:
    fill(shelf)

    assert shelf.titles() == ["Un café crème", "漢字とかな", "How do I write a parser in C++?"]
    assert shelf.titles("PARSER write") == ["How do I write a parser in C++?"]
    assert [entry.questions for entry in shelf.library.entries()] == [1, 1, 1]


def test_the_newest_are_listed_without_the_library(shelf: Shelf) -> None:
    fill(shelf)
    shelf.keep("01AADDEEFFGGHHJJ", "")
    sql = "UPDATE conversation SET title = x'ff41' WHERE id = '01AABB'"
    with closing(sqlite3.connect(shelf.path)) as connection, connection:
        connection.execute(sql)

    newest = recent_titles(shelf.database, most=3)

    assert newest == [(entry.short_id, entry.title) for entry in shelf.library.entries(most=3)]
    assert (len(newest), len(newest[0][0])) == (3, 12)


@pytest.mark.parametrize(
    ("name", "title"),
    [
        ("01AAAA", "How"), ("01aabb", "漢字"), ("Un café crème", "Un"), ("parser", "How"), ("lexer", "How"),
        ("字", "漢字"),
    ],
)  # fmt: skip
def test_a_chat_is_found_by_id_title_and_words(shelf: Shelf, name: str, title: str) -> None:
    fill(shelf)

    assert shelf.entry(name).title.startswith(title)


def test_an_id_that_begins_several_is_refused(shelf: Shelf) -> None:
    fill(shelf)

    with pytest.raises(UsageError, match="several chats begin with 01AA"):
        shelf.entry("01AA")


def test_what_is_nowhere_is_said(shelf: Shelf) -> None:
    with pytest.raises(UsageError, match="unknown chat `nothing`"):
        shelf.entry("nothing")


@pytest.mark.parametrize(
    "name", ["x%" * 50_000, "漢_" * 50_000, "word " * 50_000, " ".join(map(str, range(50_000))), "%_\\ " * 50_000],
    ids=["a long word", "a long word of several bytes", "one word often", "many words", "signs"],
)  # fmt: skip
def test_a_name_of_any_size_is_unknown_and_no_error_of_the_store(shelf: Shelf, name: str) -> None:
    fill(shelf)

    with pytest.raises(UsageError, match="unknown chat"):
        shelf.entry(name)


@pytest.mark.parametrize(
    "typed",
    ["字", "漢字", "かな", "カタ", "ナ", "한", "한국", "C++", "café", "cafe", "CAFE creme", '"', "AND", "*", "foo-bar",
     "oo-b", "%", "_baz", "lex", "NEAR(", "^", "100%", "said loudly"],
)  # fmt: skip
def test_j99_words_of_every_kind_are_found_and_never_an_error(shelf: Shelf, typed: str) -> None:
    fill(shelf)

    found = shelf.found(typed)

    assert bool(found) == (typed not in ("*", "NEAR(", "^"))


def test_whole_words_come_before_words_that_begin_so(shelf: Shelf) -> None:
    shelf.keep("01A0", "a lexical matter", "no")
    shelf.keep("01B0", "one word: lex", "no")

    assert shelf.found("lex") == ["one word: lex"]
    assert shelf.found("lexi") == ["a lexical matter"]
    assert shelf.found("exi") == ["a lexical matter"]


def test_a_hit_names_its_message_and_shows_what_stands_around(shelf: Shelf) -> None:
    fill(shelf)

    hit = shelf.library.search("lexer")[0]

    assert (hit.entry.id, hit.message, hit.role, hit.snippet) == ("01AAAA", 2, "assistant", "Begin with a lexer.")


def test_a_snippet_begins_shortly_before_the_word() -> None:
    assert snippet("x" * 50 + " Café " + "y" * 90, "cafe") == "…" + "x" * 19 + " Café " + "y" * 55 + "…"


def test_a_title_of_ones_own_stays(shelf: Shelf) -> None:
    fill(shelf)

    shelf.library.rename("01AAAA", "Parsers\nand lexers")

    assert shelf.entry("01AAAA").title == "Parsers and lexers"


@pytest.mark.parametrize("title", ["../../x", "/etc/x", "-rf", "a\nb", "x" * 10_000, "\u202eabc"])
def test_j98_a_title_is_only_a_title(shelf: Shelf, title: str) -> None:
    fill(shelf)
    files = sorted(shelf.path.parent.iterdir())

    shelf.library.rename("01AAAA", title)

    assert shelf.entry("01AAAA").title == " ".join(title.split())
    assert sorted(shelf.path.parent.iterdir()) == files


def test_only_old_chats_are_older(shelf: Shelf) -> None:
    fill(shelf)
    newest = shelf.library.entries()[0].updated_at

    assert len(shelf.library.older_than(newest)) == 2


def test_j94_files_are_for_their_owner_alone(shelf: Shelf) -> None:
    before = os.umask(0)
    try:
        fill(shelf)
    finally:
        os.umask(before)

    assert stat.S_IMODE(shelf.path.stat().st_mode) == 0o600
    assert stat.S_IMODE(shelf.path.parent.stat().st_mode) == 0o700


def test_h83_a_byte_that_changed_in_a_message_is_named(shelf: Shelf) -> None:
    fill(shelf)
    assert shelf.library.damaged() == []
    shelf.database.close()
    connection = sqlite3.connect(shelf.path)
    connection.execute("UPDATE part SET text = 'Begin with a laxer.' WHERE text = 'Begin with a lexer.'")
    connection.commit()
    connection.close()

    assert [(entry.id, number) for entry, number in shelf.library.damaged()] == [("01AAAA", 2)]


def test_ids_sort_by_time() -> None:
    ids = [new_id(seconds) for seconds in (1.0, 1.5, 1.7e9, 1.7e9 + 1)]

    assert ids == sorted(ids)
    assert {len(id) for id in ids} == {LENGTH}
    assert new_id(5.0) != new_id(5.0)


def test_the_chat_to_continue_has_an_answer(shelf: Shelf) -> None:
    shelf.keep("01AAAA", "Answered", "Yes.")
    shelf.keep("01BBBB", "Failed", "")

    assert shelf.library.latest() == shelf.entry("01AAAA")
    assert shelf.library.newest() == shelf.entry("01BBBB")

    shelf.library.delete(["01AAAA"])
    assert shelf.library.latest() == shelf.entry("01BBBB")


def test_where_nothing_was_stored_nothing_is_made(tmp_path: Path) -> None:
    shelf = Shelf(tmp_path / "none" / "history.db")

    assert (shelf.titles(), shelf.found("x"), shelf.library.recover(), shelf.library.damaged()) == ([], [], [], [])
    assert not shelf.path.parent.exists()


def test_what_answers_took_is_added_up_from_a_moment_on(shelf: Shelf) -> None:
    tree = Tree()
    for at, usage in (
        (5.0, Usage(1, 1, cost=9.0)),
        (50.0, Usage(10, 5, cost=0.5)),
        (60.0, Usage(20, 2, is_estimate=True)),
        (70.0, None),
    ):
        question = tree.add(text_message("user", "q"), parent=tree.head)
        facts = AnswerFacts(usage=usage, asked_at=at)
        tree.head = tree.add(text_message("assistant", "a"), parent=question.id, facts=facts).id
    shelf.library.add(tree, ChatState(head=tree.head), title="t", created_s=100)
    shelf.library.add(tree, ChatState(head=tree.head), title="older", created_s=20)

    assert shelf.library.spent_since(40) == Spending(30, 7, 0.5, 2, 1, 1)
    assert shelf.library.spent_since(1_000) == Spending()
