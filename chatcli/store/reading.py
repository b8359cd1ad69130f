"""Reads messages from the tables; any content yields a usable tree."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import partial
from itertools import groupby
from operator import itemgetter
from typing import TypeVar

from chatcli.conversation.messages import Message
from chatcli.conversation.tree import ChatState, Node, Tree
from chatcli.records import replace
from chatcli.store.rows import (
    MEDIA,
    Blob,
    PartRow,
    digest,
    facts_from_json,
    from_rows,
    hashes_of,
    read_blob,
    state_from_json,
    usual_message,
)
from chatcli.store.wholeness import TreeLink, is_message_number, mend_head, mend_parents, mend_state

T = TypeVar("T")

_ROWS = """
    SELECT message.id, conversation_id, seq, parent_seq, role, status, name, tool_call_id, facts, sha256,
      ord, kind, text, meta
    FROM message LEFT JOIN part ON part.message_id = message.id
"""


OF_CHAT = "WHERE conversation_id = ? ORDER BY seq, ord"


def has_changed(head: sqlite3.Row, parts: Sequence[PartRow]) -> bool:
    """Return whether a message is not what was written, by its hash."""
    fields = {name: head[name] for name in ("role", "status", "name", "tool_call_id")}
    return head["sha256"] is not None and head["sha256"] != digest(fields, parts)


def tree_of(connection: sqlite3.Connection, conversation: str) -> Tree:
    """Return all messages of a conversation; one whose parent is missing hangs below the nearest before it."""
    read = partial(_messages, connection, OF_CHAT, conversation)
    found = {head["seq"]: (head, message) for head, message in _all(connection, read) if is_message_number(head["seq"])}
    parents = mend_parents({seq: head["parent_seq"] for seq, (head, _) in found.items()})
    return Tree.of(
        # Not in the order of the file, whose index may be damaged.
        Node(seq, parents[seq], message, facts_from_json(head["facts"]))
        for seq, (head, message) in sorted(found.items())
    )


def state_of(connection: sqlite3.Connection, conversation: str, tree: Tree) -> ChatState:
    """Return what is kept of a conversation beside its messages, as far as it fits the messages in *tree*."""
    row = connection.execute("SELECT state, head FROM conversation WHERE id = ?", (conversation,)).fetchone()
    if row is None:
        return ChatState()
    kept = {node.id: TreeLink(node.parent, node.message.role == "user") for node in tree.nodes}
    return replace(mend_state(state_from_json(row["state"]), kept), head=mend_head(row["head"], kept))


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
    except sqlite3.OperationalError:
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
