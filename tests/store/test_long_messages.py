"""A message of any length is kept whole, in rows of a bounded size, and costs the index a bounded time."""

from __future__ import annotations

import sqlite3

import pytest

from chatcli.conversation.messages import Message, Text, TextPart, ToolCall
from chatcli.conversation.tree import ChatState
from chatcli.store.rows import PartRow, cut, digest, from_rows, to_rows
from chatcli.store.words import MOST_INDEXED, index_text
from tests.store.conftest import Shelf

HEAD = {"role": "assistant", "status": "complete", "name": None, "tool_call_id": None}
LONG = "x" * 999_990 + " ünï 漢字 " + "y " * 700_000 + "needle"
MESSAGES = {
    "text": Message("assistant", (TextPart("short"), TextPart(LONG, "a.txt"), TextPart("last"))),
    "reasoning": Message("assistant", (TextPart("short"),), reasoning=LONG, refusal=LONG[::-1]),
    "call": Message("assistant", tool_calls=(ToolCall("1", "run", LONG), ToolCall("2", "stop", "{}"))),
    "short": Message("assistant", (TextPart("short"),)),
}


@pytest.mark.parametrize("message", MESSAGES.values(), ids=MESSAGES)
def test_a_message_comes_back_from_rows_of_a_bounded_size(message: Message) -> None:
    rows = [*cut(to_rows(message)[0])]

    assert from_rows(HEAD, rows, {}, media={}) == message
    assert all(len(row.text) <= 1_000_000 for row in rows)


def test_a_continuation_without_a_beginning_is_text() -> None:
    rows = [PartRow("more", "lost "), PartRow("more", "and found")]

    assert from_rows(HEAD, rows, {}, media={}).text == "lost and found"


def test_the_hash_of_a_message_is_that_of_its_json() -> None:
    """Files that older versions have written stay whole."""
    rows = [PartRow("text", 'a "b"\n', None), PartRow("reasoning", "ü", "{}")]

    assert digest(HEAD, rows) == "2cc76f6fa8ffdcbb5f529532e5f0a25c93972956b49921d5a60b61cd5f7f24b1"
    assert digest(HEAD, []) == "34f2dc8d2c3929960bef7da611ac5900cabf3ad31bea129399d217c2d691c3f2"


def test_a_long_answer_is_found_by_its_last_word_and_leaves_no_word_behind(shelf: Shelf) -> None:
    shelf.keep("01AAAA", "Tell me all", LONG)

    assert [hit.entry.title for hit in shelf.library.search("needle")] == ["Tell me all"]
    assert not shelf.said

    shelf.library.delete([shelf.entry("01AAAA").id])
    with sqlite3.connect(shelf.path) as connection:
        assert connection.execute("SELECT count(*) FROM part").fetchone() == (0,)
    assert b"yyyy" not in shelf.path.read_bytes()


def test_pieces_of_an_answer_are_kept_in_rows_of_a_bounded_size(shelf: Shelf) -> None:
    tree, journal = shelf.keep("01AAAA", "Tell me all"), shelf.journal("01AAAA")
    journal.resume("Tell me all", tree, ChatState())

    for text in (LONG, " and ", LONG):
        journal.write_pieces(tree[2], [Text(text)])

    with sqlite3.connect(shelf.path) as connection:
        assert connection.execute("SELECT max(length(text)) FROM part").fetchone() == (1_000_000,)
    assert shelf.library.read(shelf.entry("01AAAA")).tree[2].message.text == f"{LONG} and {LONG}"


@pytest.mark.parametrize("name", ["text", "reasoning", "call"])
def test_no_more_than_a_million_characters_are_indexed(name: str) -> None:
    many = Message("assistant", (TextPart("a b " * 2_000_000), TextPart("c")), reasoning="d" * 10)

    assert len(index_text(MESSAGES[name])) <= 3 * MOST_INDEXED  # each East Asian letter is a word of its own
    assert index_text(many) == ("a b " * 2_000_000)[:MOST_INDEXED]
