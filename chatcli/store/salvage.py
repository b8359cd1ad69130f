"""Reads what can be read of a damaged file, row by row."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing, suppress
from pathlib import Path
from typing import Any

from chatcli.store.writing import index_message

_TABLES = ("conversation", "message", "part", "blob")


def salvage(damaged: Path, target: sqlite3.Connection) -> int:
    """Copy all rows that can be read from *damaged* into *target*; return how many messages there were."""
    try:
        source = sqlite3.connect(f"{damaged.absolute().as_uri()}?mode=ro", uri=True)
    except sqlite3.Error:
        return 0
    with closing(source):
        source.row_factory = sqlite3.Row
        source.text_factory = lambda data: data.decode("utf-8", "replace")
        target.execute("PRAGMA foreign_keys = OFF")
        target.execute("BEGIN IMMEDIATE")
        for table in _TABLES:
            for row in _rows(source, table):
                _copy(target, table, row)
        _complete(target)
        target.execute("COMMIT")
        target.execute("PRAGMA foreign_keys = ON")
    saved: int = target.execute("SELECT count(DISTINCT message_id) FROM part").fetchone()[0]
    return saved


def _rows(source: sqlite3.Connection, table: str) -> Iterator[sqlite3.Row]:
    """Give the rows of *table* from its beginning, and where that breaks off, from its end."""
    for order in ("ASC", "DESC"):
        try:
            yield from source.execute(f"SELECT * FROM {table} ORDER BY 1 {order}")
        except (sqlite3.Error, OverflowError):
            continue
        return


def _copy(target: sqlite3.Connection, table: str, row: sqlite3.Row) -> None:
    names: list[Any] = list(row.keys())
    marks = ", ".join("?" * len(names))
    with suppress(sqlite3.Error):  # a row that is nonsense, or that came already
        target.execute(f"INSERT OR IGNORE INTO {table}({', '.join(names)}) VALUES({marks})", tuple(row))


def _complete(target: sqlite3.Connection) -> None:
    """Give messages whose chat is lost a chat, drop parts of no message, and feed the index of words.

    A chat whose end is lost ends with the last answer that is left; without an end nothing of it would be seen.
    """
    target.execute(
        "INSERT INTO conversation(id, title, created_at, updated_at, head)"
        " SELECT DISTINCT conversation_id, 'Saved', 0, 0, -1"
        " FROM message WHERE conversation_id NOT IN (SELECT id FROM conversation)"
    )
    target.execute(
        "UPDATE conversation SET head = (SELECT max(seq) FROM message WHERE conversation_id = conversation.id"
        " AND role <> 'user' AND status <> 'streaming')"
        " WHERE head NOT IN (SELECT seq FROM message WHERE conversation_id = conversation.id)"
    )
    target.execute("DELETE FROM part WHERE message_id NOT IN (SELECT id FROM message)")
    for row in target.execute("SELECT id FROM message WHERE status != 'streaming'").fetchall():
        index_message(target, row["id"])
