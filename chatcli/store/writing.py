"""Inserts messages into the tables, and deletes them with everything that belongs to them."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Sequence

from chatcli.conversation.messages import Message
from chatcli.conversation.tree import ChatState, Node
from chatcli.store import trigrams
from chatcli.store.rows import Blob, PartRow, cut, digest, facts_to_json, hashes, state_to_json, to_rows
from chatcli.store.words import index_text
from chatcli.text.json_values import storable_text


def put_conversation(connection: sqlite3.Connection, id: str, title: str, now_s: float) -> None:
    """Make a conversation unless there is one of that id."""
    connection.execute(
        "INSERT OR IGNORE INTO conversation(id, title, created_at, updated_at) VALUES(?, ?, ?, ?)",
        (id, storable_text(title), now_s, now_s),
    )


def put_state(connection: sqlite3.Connection, id: str, state: ChatState, now_s: float) -> None:
    """Keep the head and what is set."""
    connection.execute(
        "UPDATE conversation SET head = ?, state = ?, updated_at = ? WHERE id = ?",
        (state.head, state_to_json(state), now_s, id),
    )


def put_node(connection: sqlite3.Connection, conversation: str, node: Node) -> int:
    """Put a message into its place, or what it has become in place of what it was; return its row."""
    message = node.message
    rows, blobs = to_rows(message)
    head = {
        "role": message.role,
        "status": message.status,
        "name": storable_text(message.name) if message.name is not None else None,
        "tool_call_id": storable_text(message.tool_call_id) if message.tool_call_id is not None else None,
    }
    is_whole = message.status != "streaming"
    sha256 = digest(head, cut(rows)) if is_whole else None
    known = connection.execute(
        "SELECT id, sha256, parent_seq FROM message WHERE conversation_id = ? AND seq = ?", (conversation, node.id)
    ).fetchone()
    if known and (known["sha256"], known["parent_seq"]) == (sha256, node.parent) and is_whole:
        return int(known["id"])
    if known:
        _take_out(connection, known["id"])
    row = _put_head(connection, known["id"] if known else None, conversation, node, (*head.values(), sha256))
    put_parts(connection, row, 0, cut(rows))
    put_blobs(connection, blobs)
    trigrams.add_waiting(connection, row)
    if is_whole:
        _index(connection, row, message)
    return row


def _put_head(
    connection: sqlite3.Connection, row: int | None, conversation: str, node: Node, head: tuple[str | None, ...]
) -> int:
    cursor = connection.execute(
        "INSERT INTO message(id, conversation_id, seq, parent_seq, facts, role, status, name, tool_call_id, sha256)"
        " VALUES(?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        (row, conversation, node.id, node.parent, facts_to_json(node.facts), *head),
    )
    return int(cursor.lastrowid or 0)


def _take_out(connection: sqlite3.Connection, row: int) -> None:
    """Remove a message from the tables and from the indexes."""
    unindex(connection, row)
    connection.execute("DELETE FROM message WHERE id = ?", (row,))


def unindex(connection: sqlite3.Connection, row: int) -> None:
    """Make the indexes forget a message, which keep no text of their own and have to be told what to forget."""
    status = connection.execute("SELECT status FROM message WHERE id = ?", (row,)).fetchone()
    if status is None or status[0] == "streaming":
        return  # of one that was not whole the pieces may be many, and none is in an index
    trigrams.remove(connection, row)
    found = _written_message(connection, row)
    if found and (body := storable_text(index_text(found))):
        connection.execute("INSERT INTO words(words, rowid, body) VALUES('delete', ?, ?)", (row, body))


def put_parts(connection: sqlite3.Connection, message_row: int, first: int, parts: Iterable[PartRow]) -> int:
    """Put *parts* behind those of a message, of which there are *first*; return how many they are."""
    return connection.executemany(
        "INSERT INTO part VALUES(?, ?, ?, ?, ?)", ((message_row, first + n, *part) for n, part in enumerate(parts))
    ).rowcount


def put_blobs(connection: sqlite3.Connection, blobs: Iterable[Blob]) -> None:
    """Keep what parts refer to by its hash."""
    connection.executemany("INSERT OR IGNORE INTO blob VALUES(?, ?, ?)", blobs)


def index_message(connection: sqlite3.Connection, message_row: int) -> None:
    """Feed the index of words with a message that stands in the tables."""
    found = _written_message(connection, message_row)
    if found:
        _index(connection, message_row, found)


def _written_message(connection: sqlite3.Connection, row: int) -> Message | None:
    """Return a message as it was written; None without parts, for what is read then only stands in for them."""
    from chatcli.store.reading import message_of  # a new chat has nothing to read

    has_parts = connection.execute("SELECT 1 FROM part WHERE message_id = ?", (row,)).fetchone()
    return message_of(connection, row) if has_parts else None


def _index(connection: sqlite3.Connection, message_row: int, message: Message) -> None:
    if body := storable_text(index_text(message)):
        connection.execute("INSERT INTO words(rowid, body) VALUES(?, ?)", (message_row, body))


def delete_conversations(connection: sqlite3.Connection, ids: Sequence[str]) -> None:
    """Take conversations out, so that none of their words stays in the file, and nothing that others use is missing."""
    are_exact = [_take_out_conversation(connection, id) for id in ids]
    used = {
        name for row in connection.execute("SELECT meta FROM part WHERE kind = 'media'") for name in hashes(row["meta"])
    }
    unused = [row for row in connection.execute("SELECT sha256 FROM blob").fetchall() if row["sha256"] not in used]
    connection.executemany("DELETE FROM blob WHERE sha256 = ?", unused)
    if not all(are_exact):
        _feed_indexes_anew(connection)
    for index in ("words", "trigrams"):  # or the words would stay until the next automatic merge
        connection.execute(f"INSERT INTO {index}({index}) VALUES('optimize')")


def _take_out_conversation(connection: sqlite3.Connection, id: str) -> bool:
    """Take a conversation out; return whether the indexes could be told what to forget."""
    from chatcli.store.reading import OF_CHAT, has_changed, rows_with_parts

    changed = {row["id"] for row, parts in rows_with_parts(connection, OF_CHAT, id) if has_changed(row, parts)}
    for row in connection.execute("SELECT id FROM message WHERE conversation_id = ?", (id,)).fetchall():
        if row["id"] not in changed:
            unindex(connection, row["id"])
    connection.execute("DELETE FROM conversation WHERE id = ?", (id,))
    return not changed


def _feed_indexes_anew(connection: sqlite3.Connection) -> None:
    """Make the indexes again from all messages: they hold words of a changed text, and cannot be told which."""
    trigrams.clear(connection)
    connection.execute("INSERT INTO words(words) VALUES('delete-all')")
    for row in connection.execute("SELECT id FROM message WHERE status != 'streaming'").fetchall():
        index_message(connection, row["id"])
