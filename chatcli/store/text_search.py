"""Searches the texts of all messages: for words, for how words begin, and then for whatever stands within them."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from contextlib import suppress
from typing import NamedTuple

from chatcli.errors import NotSavedError
from chatcli.language import ngettext
from chatcli.store import trigrams
from chatcli.store.database import Database
from chatcli.store.reading import rows_with_parts
from chatcli.store.rows import PartRow, column_text
from chatcli.store.words import beginnings, patterns, query, snippet, split_words

_WITH_WORDS = "SELECT rowid FROM words WHERE words MATCH ? ORDER BY rowid DESC LIMIT ?"
_HOLDING = "SELECT message_id FROM part WHERE {holds} ORDER BY message_id DESC LIMIT ?"
# What the index of trigrams finds is checked, newest first, until there is enough; what is not in it is read.
_WITH_TRIGRAMS = """
    SELECT * FROM (
      SELECT rowid AS id FROM trigrams WHERE trigrams MATCH ?
        AND EXISTS(SELECT 1 FROM part WHERE message_id = trigrams.rowid AND {holds})
      ORDER BY rowid DESC LIMIT ?
    ) UNION SELECT message_id FROM part WHERE message_id IN (SELECT message_id FROM unindexed) AND {holds}
    ORDER BY 1 DESC LIMIT ?
"""
_LARGE_BATCH = 2000  # messages that are indexed in one transaction where a search waits for all of them


class FoundMessage(NamedTuple):
    """A message that holds what was searched for, as its columns say; *snippet* is the text around it."""

    conversation_id: object
    seq: int
    role: str
    snippet: str


def find_words(connection: sqlite3.Connection, typed: str, most: int) -> list[FoundMessage]:
    """Return messages that hold all words that were *typed*, or else words that begin so; the newest first."""
    for asked in filter(None, (query(typed), beginnings(typed))):
        if found := _found(connection, typed, _WITH_WORDS, asked, most):
            return found
    return []


def find_within_words(connection: sqlite3.Connection, typed: str, most: int) -> list[FoundMessage]:
    """Return messages of which one part holds everything *typed*, be it a part of a word or no word at all."""
    wanted = patterns(typed)
    if not wanted:
        return []
    holds = " AND ".join(["text LIKE ? ESCAPE '\\'"] * len(wanted))
    if asked := trigrams.candidate_query(split_words(typed)):
        chosen = _WITH_TRIGRAMS.format(holds=holds)
        return _found(connection, typed, chosen, asked, *wanted, most, *wanted, most)
    return _found(connection, typed, _HOLDING.format(holds=holds), *wanted, most)


def index_everything(database: Database) -> None:
    """Index what waits, which is much in a file of an older version; each batch is kept, whatever happens then."""
    left = database.call(trigrams.count_waiting, default=0)
    if left > trigrams.BATCH:
        database.notify(
            ngettext(
                "indexing {count} message for search; this happens once",
                "indexing {count} messages for search; this happens once",
                left,
            )
        )

    def index(connection: sqlite3.Connection) -> None:
        nonlocal left
        left = trigrams.index_waiting(connection, _LARGE_BATCH)

    with suppress(NotSavedError):  # what is not indexed is read
        while left:
            database.write(index)


def _found(connection: sqlite3.Connection, typed: str, chosen: str, *values: object) -> list[FoundMessage]:
    where = f"WHERE message.id IN ({chosen}) ORDER BY message.id DESC, ord"
    return [
        FoundMessage(head["conversation_id"], head["seq"], column_text(head["role"]), snippet(_text(parts), typed))
        for head, parts in rows_with_parts(connection, where, *values)
    ]


def _text(parts: Sequence[PartRow]) -> str:
    return " ".join(column_text(part.text) for part in parts)
