"""Replaces impossible column values with what they most likely were. Pure.

A row that this would change is damage, and a file that holds one is salvaged; so what comes out here never changes
again.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from chatcli.store.ids import MOST_TIME_S, moment_of
from chatcli.store.rows import ROLES, STATUSES, column_text
from chatcli.text.json_values import as_bool, as_int, as_number, as_optional_text, parse_json

CONVERSATION = (
    *("id", "title", "is_named", "created_at", "updated_at", "head", "state"),
    *("lease_pid", "lease_boot", "lease_at"),
)
MESSAGE = (
    *("id", "conversation_id", "seq", "parent_seq"),
    *("role", "status", "name", "tool_call_id", "facts", "sha256"),
)
PART = ("message_id", "ord", "kind", "text", "meta")


Row = Mapping[str, Any]


def sound_conversation(row: Row) -> dict[str, Any]:
    """Return the columns of a conversation as they can be, but for its head, which is judged with its messages."""
    id = column_text(row["id"])
    return {
        "id": id,
        "title": column_text(row["title"]),
        "is_named": int(as_bool(row["is_named"])),
        "created_at": sound_time(row["created_at"], id),
        "updated_at": sound_time(row["updated_at"], id),
        "state": row["state"] if _is_object(row["state"]) else "{}",
        "lease_pid": as_int(row["lease_pid"]),
        "lease_boot": as_optional_text(row["lease_boot"]),
        "lease_at": as_number(row["lease_at"]),
    }


def sound_message(row: Row) -> dict[str, Any]:
    """Return the columns of a message as they can be, but for its place, which is judged with the others."""
    return {
        "conversation_id": column_text(row["conversation_id"]),
        "role": row["role"] if row["role"] in ROLES else "user",
        "status": row["status"] if row["status"] in STATUSES else "incomplete",
        "name": as_optional_text(row["name"]),
        "tool_call_id": as_optional_text(row["tool_call_id"]),
        "facts": row["facts"] if _is_object(row["facts"]) else None,
        "sha256": as_optional_text(row["sha256"]),
    }


def sound_part(row: Row) -> dict[str, object]:
    """Return the columns of a part as they can be."""
    return {
        "kind": column_text(row["kind"]) or "text",
        "text": column_text(row["text"]),
        "meta": as_optional_text(row["meta"]),
    }


def unsound_column(row: Row, sound: Row) -> str | None:
    """Return the name of the first column of *row* that is not as it can be."""
    return next((name for name, value in sound.items() if row[name] != value), None)


def sound_time(value: Any, id: str) -> float:
    """Return *value* if it is a time, in seconds since the epoch, or else when the conversation *id* began."""
    seconds = as_number(value)
    return seconds if seconds is not None and 0 <= seconds < MOST_TIME_S else moment_of(id)


def _is_object(text: Any) -> bool:
    return isinstance(text, str) and isinstance(parse_json(text), dict)


def row_of(names: Sequence[str], values: Sequence[Any]) -> dict[str, Any]:
    """Return *values* under their *names*; columns that a cut row has no value for are None."""
    return dict.fromkeys(names) | dict(zip(names, values, strict=False))
