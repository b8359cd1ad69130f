"""A part of a word is found through the index of trigrams, and exactly as reading all texts would find it."""

from __future__ import annotations

import gzip
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chatcli.conversation.messages import Message, TextPart, ToolCall, text_message
from chatcli.conversation.tree import ChatState, Node, Tree
from chatcli.store import trigrams
from chatcli.store.database import Database
from chatcli.store.library import Library
from chatcli.store.schema import STEPS
from chatcli.store.text_search import find_within_words
from chatcli.store.words import patterns
from chatcli.store.writing import delete_conversations, put_conversation, put_node
from tests.store.conftest import HERE, Shelf
from tests.store.test_steps import GOLDEN

LETTERS = "abAB_%\"\\'éİıKß漢😀e\u0301\n "
TEXTS = st.lists(st.text(LETTERS, max_size=12), max_size=6)


@contextmanager
def tables() -> Iterator[sqlite3.Connection]:
    """Give our tables, in memory."""
    with closing(sqlite3.connect(":memory:", isolation_level=None)) as connection:
        connection.row_factory = sqlite3.Row
        connection.execute("PRAGMA foreign_keys = ON")
        for step in STEPS:
            connection.executescript(step)
        yield connection


def put(connection: sqlite3.Connection, texts: list[str], *, chat: str = "01A0") -> None:
    put_conversation(connection, chat, chat, 0)
    for number, text in enumerate(texts, 1):
        put_node(connection, chat, Node(number, None, text_message("user", text)))


def terms(connection: sqlite3.Connection) -> list[tuple[str, int]]:
    """Return what the index holds: each trigram, and of how many messages."""
    connection.execute("CREATE VIRTUAL TABLE IF NOT EXISTS temp.terms USING fts5vocab('main', 'trigrams', 'row')")
    return [tuple(row) for row in connection.execute("SELECT term, doc FROM terms ORDER BY term")]


def read_all(connection: sqlite3.Connection, typed: str) -> list[int]:
    """Return the messages that hold *typed* within one part, by looking at each."""
    wanted = patterns(typed)
    holds = " AND ".join(["text LIKE ? ESCAPE '\\'"] * len(wanted)) or "0"
    return [
        row[0]
        for row in connection.execute(
            f"SELECT DISTINCT seq FROM part JOIN message ON message.id = message_id WHERE {holds} ORDER BY seq DESC",
            wanted,
        )
    ]


@settings(max_examples=100)
@given(indexed=TEXTS, waiting=TEXTS, typed=st.text(LETTERS, min_size=1, max_size=8))
def test_the_index_finds_what_reading_all_texts_finds(indexed: list[str], waiting: list[str], typed: str) -> None:
    with tables() as connection:
        put(connection, indexed)
        trigrams.index_waiting(connection)
        put(connection, [*indexed, *waiting])

        found = [message.seq for message in find_within_words(connection, typed, 100)]

        assert found == read_all(connection, typed)


@settings(max_examples=60)
@given(kept=TEXTS, gone=TEXTS, changed=TEXTS)
def test_the_index_holds_nothing_of_what_was_deleted_or_changed(
    kept: list[str], gone: list[str], changed: list[str]
) -> None:
    with tables() as connection, tables() as fresh:
        put(connection, [*kept, *gone], chat="01A0")
        put(connection, gone, chat="01B0")
        trigrams.index_waiting(connection)
        put(connection, changed, chat="01A0")
        delete_conversations(connection, ["01B0"])
        trigrams.index_waiting(connection)

        put(fresh, [*changed, *[*kept, *gone][len(changed) :]], chat="01A0")
        trigrams.index_waiting(fresh)

        assert terms(connection) == terms(fresh)
        connection.execute("INSERT INTO trigrams(trigrams) VALUES('integrity-check')")


def test_every_kind_of_text_is_found(shelf: Shelf) -> None:
    call = ToolCall("c1", "look", '{"city": "Marrakesh"}')
    tree = Tree()
    tree.add(Message("user", (TextPart("first"), TextPart("Timbuktu"))), parent=None)
    tree.add(Message("assistant", (), tool_calls=(call,), reasoning="Samarkand", refusal="Zanzibar"), parent=1)
    shelf.library.add(tree, ChatState(2), title="t", created_s=9)

    assert [len(shelf.found(typed)) for typed in ("imbukt", "amarkan", "anziba", "arrakes")] == [1] * 4
    assert shelf.database.read("SELECT * FROM unindexed") == []


def test_an_answer_is_indexed_behind_it_and_its_question_not_before(shelf: Shelf) -> None:
    def waiting() -> list[str]:
        return [row[0] for row in shelf.database.read("SELECT role FROM unindexed JOIN message ON id = message_id")]

    shelf.keep("01A0", "question")
    begun = waiting()
    shelf.keep("01B0", "question", "answer")

    assert begun == ["user", "assistant"]
    assert waiting() == ["assistant"]  # which is still being written


def test_a_message_beyond_the_bound_is_read(shelf: Shelf) -> None:
    tree = shelf.put("01A0", "x " * (trigrams.MOST_CHARACTERS // 2) + "Timbuktu", "short")

    found = shelf.library.search("imbukt")

    assert [hit.message for hit in found] == [1]
    assert len(tree) == 2
    assert [tuple(row) for row in shelf.database.read("SELECT is_too_long FROM unindexed")] == [(1,)]


def test_a_file_of_an_older_version_is_indexed_by_the_first_search(tmp_path: Path) -> None:
    path = tmp_path / "history.db"
    path.write_bytes(gzip.decompress((GOLDEN / "v1.db.gz").read_bytes()))
    database = Database(path)
    waiting = database.call(trigrams.count_waiting, default=0)

    found = Library(database, HERE).search("exer")
    left = database.call(trigrams.count_waiting, default=0)
    database.close()

    assert [hit.snippet for hit in found] == ["Begin with a lexer."]
    assert (waiting > 0, left) == (True, 0)


def test_indexing_much_is_announced_and_goes_on_where_it_ended(shelf: Shelf, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("chatcli.store.text_search._LARGE_BATCH", 50)
    shelf.put("01A0", *(f"number{number}x" for number in range(200)))
    shelf.database.write(lambda connection: trigrams.index_waiting(connection, 50))  # what another search came to

    found = shelf.found("umber7x")

    assert found == ["number7x"]
    assert ["150 messages" in sentence for sentence in shelf.said] == [True]
    assert shelf.found("umber8x") == ["number8x"]
    assert len(shelf.said) == 1


def test_a_file_that_cannot_be_written_is_searched_by_reading(shelf: Shelf) -> None:
    shelf.put("01A0", "Timbuktu", "Samarkand")
    shelf.database.call(lambda connection: connection.execute("PRAGMA query_only = ON"), default=None)

    assert shelf.found("imbukt") == ["Timbuktu"]
    assert shelf.database.read("SELECT count(*) FROM unindexed")[0][0] == 2
