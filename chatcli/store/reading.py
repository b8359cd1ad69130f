"""Reads messages from the tables; any content yields a usable tree."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import partial
from itertools import groupby
from operator import itemgetter
from typing import TypeVar

from chatcli.conversation.messages import Message
from chatcli.conversation.outline import Outline
from chatcli.conversation.tree import ChatState, Node
from chatcli.records import replace
from chatcli.store.failures import error_name
from chatcli.store.rows import (
    MEDIA,
    ROLES,
    Blob,
    PartRow,
    digest,
    facts_from_json,
    from_rows,
    hashes_of,
    lost_message,
    read_blob,
    state_from_json,
    usual_message,
)
from chatcli.store.wholeness import MOST_MESSAGES, mend_head, mend_parents, mend_state

T = TypeVar("T")

_ROWS = """
    SELECT message.id, conversation_id, seq, parent_seq, role, status, name, tool_call_id, facts, sha256,
      ord, kind, text, meta
    FROM message LEFT JOIN part ON part.message_id = message.id
"""

_OUTLINE = f"""
    SELECT seq, parent_seq, role IN ({", ".join(f"'{role}'" for role in sorted(ROLES - {"user"}))}) IS NOT 1
    FROM message WHERE conversation_id = ? AND typeof(seq) = 'integer' AND seq BETWEEN 1 AND {MOST_MESSAGES - 1}
"""
_MOST_MARKS = 500  # SQLite may be built to take no more than 999

OF_CHAT = "WHERE conversation_id = ? ORDER BY seq, ord"


def has_changed(head: sqlite3.Row, parts: Sequence[PartRow]) -> bool:
    """Return whether a message is not what was written, by its hash."""
    fields = {name: head[name] for name in ("role", "status", "name", "tool_call_id")}
    return head["sha256"] is not None and head["sha256"] != digest(fields, parts)


def outline_of(connection: sqlite3.Connection, conversation: str) -> Outline:
    """Return which messages a conversation has; one whose parent is missing hangs below the nearest before it."""
    cursor = connection.execute(_OUTLINE, (conversation,))
    cursor.row_factory = None  # as tuples, for there may be many
    # Not in the order of the file, whose index may be damaged.
    found = sorted(cursor, key=itemgetter(0))
    parents = mend_parents({seq: parent for seq, parent, _ in found})
    return Outline(parents, {seq for seq, _, is_question in found if is_question})


def nodes_of(connection: sqlite3.Connection, conversation: str, outline: Outline, ids: Sequence[int]) -> list[Node]:
    """Return those of the messages with *ids* that are there."""
    found = list[Node]()
    for start in range(0, len(ids), _MOST_MARKS):
        wanted = ids[start : start + _MOST_MARKS]
        where = f"WHERE conversation_id = ? AND seq IN ({', '.join('?' * len(wanted))}) ORDER BY seq, ord"
        found += (
            Node(head["seq"], outline.parents[head["seq"]], message, facts_from_json(head["facts"]))
            for head, message in _all(connection, partial(_messages, connection, where, conversation, *wanted))
        )
    return found


def with_lost(found: Iterable[Node], outline: Outline, ids: Sequence[int]) -> list[Node]:
    """Return the messages with *ids*: those *found*, and remarks in place of those that are lost."""
    known = {node.id: node for node in found}
    return [
        known.get(id) or Node(id, outline.parents[id], lost_message(is_question=id in outline.questions)) for id in ids
    ]


def state_of(connection: sqlite3.Connection, conversation: str, outline: Outline) -> ChatState:
    """Return what is kept of a conversation beside its messages, as far as it fits the messages in *outline*."""
    row = connection.execute("SELECT state, head FROM conversation WHERE id = ?", (conversation,)).fetchone()
    if row is None:
        return ChatState()
    state = mend_state(state_from_json(row["state"]), outline.parents)
    return replace(state, head=mend_head(row["head"], outline))


def message_of(connection: sqlite3.Connection, row: int) -> Message | None:
    """Return the message in a row of the table."""
    return next((message for _, message in _messages(connection, "WHERE message.id = ? ORDER BY ord", row)), None)


def parts_of(rows: Iterable[sqlite3.Row]) -> list[PartRow]:
    """Return the parts among joined rows; a message without any has one row that is empty."""
    return [PartRow(row["kind"], row["text"], row["meta"]) for row in rows if row["ord"] is not None]


def rows_with_parts(
    connection: sqlite3.Connection, where: str, *values: object
) -> Iterator[tuple[sqlite3.Row, list[PartRow]]]:
    """Give each message of a query with its parts."""
    rows = connection.execute(_ROWS + where, values)
    for _, group in groupby(rows, key=itemgetter(0)):
        first, *others = group
        yield first, parts_of([first, *others])


def _all(connection: sqlite3.Connection, read: Callable[[], Iterable[T]]) -> list[T]:
    """Return all that *read* gives; only where a text is damaged, each is decoded by a function of ours."""
    lenient = connection.text_factory
    connection.text_factory = str
    try:
        return list(read())
    except sqlite3.OperationalError as error:
        if error_name(error):  # of SQLite itself, such as a lock that was waited for
            raise
        connection.text_factory = lenient
        return list(read())
    finally:
        connection.text_factory = lenient


def _messages(connection: sqlite3.Connection, where: str, *values: object) -> Iterator[tuple[sqlite3.Row, Message]]:
    for head, parts in rows_with_parts(connection, where, *values):
        fields = {name: head[name] for name in ("role", "status", "name", "tool_call_id")}
        usual = usual_message(fields, parts)  # nearly all are, and it is read in no time
        yield head, usual or from_rows(fields, parts, _blobs(connection, parts), media=MEDIA)


def _blobs(connection: sqlite3.Connection, parts: Iterable[PartRow]) -> dict[str, Blob]:
    names = [name for part in parts for name in hashes_of(part)]
    marks = ", ".join("?" * len(names))
    found = connection.execute(f"SELECT * FROM blob WHERE sha256 IN ({marks})", names) if names else ()
    return {blob.sha256: blob for row in found if (blob := read_blob(row))}
