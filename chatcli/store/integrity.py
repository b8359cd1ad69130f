"""Finds messages that are no longer what was written: a byte that changed in a text passes the file's own check."""

from __future__ import annotations

import sqlite3

from chatcli.store.reading import rows_with_parts
from chatcli.store.rows import digest


def check_messages(connection: sqlite3.Connection) -> None:
    """Look through the structure of the file; raises DatabaseError as it is raised where damage is met by chance."""
    told = connection.execute("PRAGMA quick_check(1)").fetchone()[0]
    if told != "ok":
        raise DamagedMessage(told)


class DamagedMessage(sqlite3.DatabaseError):
    """The structure of the file is not sound."""

    sqlite_errorname = "SQLITE_CORRUPT"


def find_damaged(connection: sqlite3.Connection) -> list[tuple[str, int]]:
    """Return conversation and number of every message whose hash is not that of its parts."""
    return [
        (head["conversation_id"], head["seq"])
        for head, parts in rows_with_parts(connection, "WHERE sha256 IS NOT NULL ORDER BY message.id, ord")
        if head["sha256"] != digest({name: head[name] for name in ("role", "status", "name", "tool_call_id")}, parts)
    ]
