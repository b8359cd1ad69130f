"""Recovers what a damaged file still holds: reads its pages one by one and rebuilds complete trees.

A row is known by its shape, so no schema is needed. Where the row of a message is lost, the indexes may still say where
it stood, and its text is kept there. What cannot be right becomes what it most likely was, so that whatever is saved
can be opened, shown and sent.
"""

from __future__ import annotations

import mmap
import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from chatcli.conversation.messages import Message, TextPart
from chatcli.conversation.titles import title_for
from chatcli.language import N_, _, ngettext
from chatcli.records import field, frozen, mutable
from chatcli.store.ids import moment_of, new_id
from chatcli.store.pages import StoredRow, read_rows
from chatcli.store.reading import message_of, outline_of, rows_with_parts
from chatcli.store.rows import LOST_ATTACHMENT, LOST_TEXT, digest, read_blob, state_from_json, state_to_json
from chatcli.store.sound_rows import (
    CONVERSATION,
    MESSAGE,
    PART,
    row_of,
    sound_conversation,
    sound_message,
    sound_part,
)
from chatcli.store.trigrams import add_waiting
from chatcli.store.wholeness import is_message_number, mend_head, mend_parents, mend_state
from chatcli.store.writing import index_message

UNTITLED = N_("Recovered from a damaged file")
_LOST = -1  # no message has that number
_STRAY = -1  # the message of parts that name none


@frozen
class Salvaged:
    """How many messages were saved of which there is something left, and of how many others only their place."""

    messages: int
    without_text: int

    def sentence(self) -> str:
        """Return what was saved."""
        if not self.without_text:
            return ngettext(
                "{count} message was recovered from it", "{count} messages were recovered from it", self.messages
            )
        return ngettext(
            "{count} message was recovered from it; the text of {lost} more was lost",
            "{count} messages were recovered from it; the text of {lost} more was lost",
            self.messages,
            lost=self.without_text,
        )


@mutable
class _Found:
    """The rows of a file, those of parts and attachments aside.

    *positions* and *asked* are what indexes say of messages: where each stands, and in which chats it may be a
    question.
    """

    conversations: dict[str, dict[str, object]] = field(default_factory=dict)
    messages: dict[int, dict[str, Any]] = field(default_factory=dict)
    positions: dict[int, tuple[str, int]] = field(default_factory=dict)
    asked: dict[int, set[str]] = field(default_factory=dict)
    strays: int = 0
    homeless: str = field(default_factory=lambda: new_id(0))  # the chat of messages that name none


def salvage(damaged: Path, target: sqlite3.Connection) -> Salvaged:
    """Copy what can be read from *damaged* into *target*, which has our tables and nothing in them."""
    target.execute("PRAGMA foreign_keys = OFF")
    target.execute("BEGIN IMMEDIATE")
    found = _Found()
    with _mapped(damaged) as data:
        for row in read_rows(data):
            _take(target, found, row)
    _find_messages_of_parts(target, found)
    _put_messages(target, found)
    _put_conversations(target, found)
    target.execute("COMMIT")
    target.execute("PRAGMA foreign_keys = ON")
    return _index_all(target)


@contextmanager
def _mapped(path: Path) -> Iterator[Any]:
    with path.open("rb") as file:
        try:
            data: Any = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
        except ValueError:  # an empty file
            yield b""
            return
        with data:
            yield data


def _take(target: sqlite3.Connection, found: _Found, row: StoredRow) -> None:
    """Take a row in, by its shape; what is nothing of ours, or can be made again, is left."""
    match row.rowid, row.values:
        case int(id), (None, _, _, _, role, *_) if len(row.values) == len(MESSAGE) and not isinstance(role, float):
            message = row_of(MESSAGE, (id, *row.values[1:]))
            sound = sound_message(message)
            home = sound["conversation_id"] or found.homeless
            found.messages.setdefault(id, {**message, **sound, "conversation_id": home})
        case int(), (str() | bytes(), *_) if len(row.values) == len(CONVERSATION):
            conversation = row_of(CONVERSATION, row.values)
            sound = sound_conversation(conversation)
            found.conversations.setdefault(sound["id"], {**conversation, **sound})
        case int(), (str(), _, bytes()):
            if blob := read_blob(row_of(("sha256", "mime", "bytes"), row.values)):
                target.execute("INSERT OR IGNORE INTO blob VALUES(?, ?, ?)", blob)
        case None, (_, _, _, _, _):
            _take_part(target, found, row_of(PART, row.values))
        case None, (str() as home, int(seq), int(id)):
            found.positions.setdefault(id, (home, seq))
        case None, (str() as home, int(id)):
            found.asked.setdefault(id, set()).add(home)
        case _:
            pass


def _take_part(target: sqlite3.Connection, found: _Found, part: dict[str, Any]) -> None:
    if not (isinstance(part["message_id"], int) and isinstance(part["ord"], int)):
        found.strays += 1
        part |= {"message_id": _STRAY, "ord": found.strays}
    _insert(target, "part", {**part, **sound_part(part)})


def _insert(target: sqlite3.Connection, table: str, row: Mapping[str, Any]) -> None:
    marks = ", ".join("?" * len(row))
    target.execute(f"INSERT OR IGNORE INTO {table}({', '.join(row)}) VALUES({marks})", tuple(row.values()))


def _find_messages_of_parts(target: sqlite3.Connection, found: _Found) -> None:
    """Give parts whose message is lost one in the place that an index names, else at the end of a chat of their own."""
    parted = [row[0] for row in target.execute("SELECT DISTINCT message_id FROM part ORDER BY 1").fetchall()]
    knows_questions = any(home in found.asked.get(id, ()) for id, (home, _at) in found.positions.items())
    for position, id in enumerate((id for id in parted if id not in found.messages), 1):
        home, seq = found.positions.get(id, (found.homeless, position))
        is_question = home in found.asked.get(id, ()) if knows_questions else seq % 2 == 1
        row = row_of(MESSAGE, (id, home, seq, seq - 1 or None))
        known = {"role": "user", "status": "complete"} if is_question else {"role": "assistant", "status": "incomplete"}
        found.messages[id] = {**row, **known}


def _put_messages(target: sqlite3.Connection, found: _Found) -> None:
    """Put messages into their chats, each below one that is there too."""
    chats: dict[str, list[dict[str, Any]]] = {}
    for id in sorted(found.messages):
        message = found.messages[id]
        chats.setdefault(message["conversation_id"], []).append(message)
    for home, messages in chats.items():
        _number(messages)
        parents = mend_parents({message["seq"]: message["parent_seq"] for message in messages})
        for message in messages:
            _insert(target, "message", message | {"parent_seq": parents[message["seq"]]})
        if home not in found.conversations:
            found.conversations[home] = _lost_conversation(home, messages)


def _number(messages: Sequence[dict[str, Any]]) -> None:
    """Give messages without a number of their own the next that is free; they come in the order of being written."""
    taken: set[int] = set()
    for message in messages:
        is_free = is_message_number(message["seq"]) and message["seq"] not in taken
        message["seq"] = message["seq"] if is_free else 0
        taken.add(message["seq"])
    before = 0
    for message in messages:
        if not message["seq"]:
            message["seq"] = before + 1 if before + 1 not in taken else max(taken) + 1
            taken.add(message["seq"])
        before = message["seq"]


def _lost_conversation(home: str, messages: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    newest = max(message["seq"] for message in messages)
    row = row_of(CONVERSATION, (home, "", 0, moment_of(home), moment_of(home), newest))
    return {**row, **sound_conversation(row)}


def _put_conversations(target: sqlite3.Connection, found: _Found) -> None:
    for id, row in found.conversations.items():
        outline = outline_of(target, id)
        # A chat without a head is one in which nothing was answered, or all was taken back; but here it may be lost.
        is_answered = len(outline.questions) < len(outline.parents)
        head = _LOST if row["head"] is None and is_answered else row["head"]
        state = mend_state(state_from_json(row["state"]), outline.parents)
        title = row["title"] or _title(target, id)
        mended = {"title": title, "head": mend_head(head, outline), "state": state_to_json(state)}
        _insert(target, "conversation", row | mended)


def _title(target: sqlite3.Connection, conversation: str) -> str:
    first = target.execute(
        "SELECT id FROM message WHERE conversation_id = ? AND role = 'user' ORDER BY seq LIMIT 1", (conversation,)
    ).fetchone()
    message = message_of(target, first[0]) if first else None
    return title_for(message) if message else _(UNTITLED)


def _index_all(target: sqlite3.Connection) -> Salvaged:
    """Feed the index of words, and count what holds something, or did so before."""
    messages = without_text = 0
    target.execute("BEGIN IMMEDIATE")
    for head, parts in rows_with_parts(target, "ORDER BY message.id, ord"):
        fields = {name: head[name] for name in ("role", "status", "name", "tool_call_id")}
        was_empty = not parts and (head["status"] == "streaming" or head["sha256"] == digest(fields, []))
        message = message_of(target, head["id"])
        is_there = message is not None and _holds_something(message)
        messages += is_there
        without_text += not is_there and not was_empty
        add_waiting(target, head["id"])
        if head["status"] != "streaming":
            index_message(target, head["id"])
    target.execute("COMMIT")
    return Salvaged(messages, without_text)


def _holds_something(message: Message) -> bool:
    """Return whether there is more in *message* than what stands in for what is lost."""
    lost = (TextPart(LOST_TEXT), TextPart(LOST_ATTACHMENT))
    is_said = any(part not in lost for part in message.parts)
    return bool(is_said or message.reasoning or message.refusal or message.tool_calls)
