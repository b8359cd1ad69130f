"""Lists the newest chats by id and title, for programs that need no more: the library takes longer to import."""

from __future__ import annotations

from chatcli.store.database import Database
from chatcli.store.ids import SHORT

_NEWEST = """
    SELECT CAST(id AS TEXT) AS id, coalesce(CAST(title AS TEXT), '') AS title
    FROM conversation ORDER BY updated_at DESC, id DESC LIMIT ?
"""


def recent_titles(database: Database, *, most: int) -> list[tuple[str, str]]:
    """Return the short ids and titles of conversations, the one used last first."""
    return [(row["id"][:SHORT], row["title"]) for row in database.read(_NEWEST, (most,))]
