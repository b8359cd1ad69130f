"""Indexes every three characters of what is stored, so that any part of a word is found without reading all texts.

Law: a stored message is either in the index or in the table of those that wait for it, and a search reads the latter.
So the index may lag behind: questions are sent before they are indexed, and a file of an older version is indexed in
batches, each of which is kept. What the index finds is only a candidate, whose text has to be looked at.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from itertools import islice

from chatcli.store.rows import column_text

MOST_CHARACTERS = 1_000_000  # of a message: longer ones are always searched by reading them
BATCH = 64  # messages that are indexed in one transaction behind an answer
_WIDTH = 3
_MOST_TRIGRAMS = 64  # of a query: FTS5 refuses conditions of more than 256 levels


def add_waiting(connection: sqlite3.Connection, message_row: int) -> None:
    """Let a message wait for the index."""
    connection.execute("INSERT OR IGNORE INTO unindexed(message_id) VALUES(?)", (message_row,))


def remove(connection: sqlite3.Connection, message_row: int) -> bool:
    """Make the index forget a message whose parts are still there; return whether it was in the index."""
    if not connection.execute("SELECT 1 FROM trigrams WHERE rowid = ?", (message_row,)).fetchone():
        return False
    connection.execute(
        "INSERT INTO trigrams(trigrams, rowid, body) VALUES('delete', ?, ?)",
        (message_row, _body(connection, message_row)),
    )
    return True


def clear(connection: sqlite3.Connection) -> None:
    """Empty the index; every message waits again."""
    connection.execute("INSERT INTO trigrams(trigrams) VALUES('delete-all')")
    connection.execute("INSERT OR IGNORE INTO unindexed(message_id) SELECT id FROM message")


def index_waiting(connection: sqlite3.Connection, most: int = BATCH) -> int:
    """Index the newest of the messages that wait, at most so many; return how many were taken."""
    rows = connection.execute(
        "SELECT message_id, (SELECT total(length(text)) FROM part WHERE part.message_id = unindexed.message_id) AS size"
        " FROM unindexed JOIN message ON id = message_id WHERE NOT is_too_long AND status != 'streaming'"
        " ORDER BY message_id DESC LIMIT ?",
        (most,),
    ).fetchall()
    room, taken = float(MOST_CHARACTERS), list[int]()
    for row in rows:
        if row["size"] > MOST_CHARACTERS:
            connection.execute("UPDATE unindexed SET is_too_long = 1 WHERE message_id = ?", (row["message_id"],))
        elif row["size"] <= room:
            room -= row["size"]
            taken.append(row["message_id"])
    # In ascending order, or FTS5 would write a segment for each of them.
    for id in reversed(taken):
        connection.execute("INSERT INTO trigrams(rowid, body) VALUES(?, ?)", (id, _body(connection, id)))
        connection.execute("DELETE FROM unindexed WHERE message_id = ?", (id,))
    return len(rows)


def count_waiting(connection: sqlite3.Connection) -> int:
    """Return how many messages wait that will be indexed."""
    waiting = (
        "SELECT count(*) FROM unindexed JOIN message ON id = message_id WHERE NOT is_too_long AND status != 'streaming'"
    )
    return int(connection.execute(waiting).fetchone()[0])


def candidate_query(words: Sequence[str]) -> str:
    """Return the query for messages that may contain all *words*; empty where none has three characters."""
    found = dict.fromkeys(word[start : start + _WIDTH] for word in words for start in range(len(word) - _WIDTH + 1))
    return " AND ".join('"' + trigram.replace('"', '""') + '"' for trigram in islice(found, _MOST_TRIGRAMS))


def _body(connection: sqlite3.Connection, message_row: int) -> str:
    rows = connection.execute("SELECT text FROM part WHERE message_id = ? ORDER BY ord", (message_row,))
    return "\n".join(column_text(row[0]) for row in rows)
