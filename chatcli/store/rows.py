"""Converts messages to rows and back. Reading never fails: any row content yields messages.

Text that is stored is valid Unicode without NUL, so that whatever is read can be sent.
"""

from __future__ import annotations

import base64
import binascii
import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple, get_args

from chatcli.conversation.messages import (
    AudioPart,
    FilePart,
    ImagePart,
    Message,
    Part,
    Role,
    Status,
    TextPart,
    ToolCall,
)
from chatcli.conversation.tree import AnswerFacts, ChatState
from chatcli.formats.metadata import plain_facts, plain_state, read_facts, read_state
from chatcli.records import asdict, fields
from chatcli.text.json_values import as_object, as_optional_text, as_text, parse_json, storable_text

LOST_TEXT = "[a message whose text was lost]"
LOST_ATTACHMENT = "[an attachment that is no longer there]"

ROLES, STATUSES = frozenset(get_args(Role)), frozenset(get_args(Status))
_MORE = "more"  # what continues the row before it
_MOST_IN_ROW = 1_000_000  # characters: SQLite copies a row twice while it writes it
_MOST_AT_ONCE = 50_000  # characters
_BESIDE = frozenset({"piece", "piece_reasoning", "reasoning", "refusal", "tool_call"})  # no parts of a message
PIECES = {"piece": "text", "piece_reasoning": "reasoning"}  # what comes of an answer before it is whole


class PartRow(NamedTuple):
    """One row of the table of parts; *meta* is JSON or None. Read from a damaged file, each may hold anything."""

    kind: str
    text: str
    meta: str | None = None


class Blob(NamedTuple):
    """Something attached, under the hash of its bytes."""

    sha256: str
    mime: str
    data: bytes


def to_rows(message: Message) -> tuple[list[PartRow], list[Blob]]:
    """Return the parts of *message*, of any length, and what of them is kept by its hash."""
    rows: list[PartRow] = []
    blobs: list[Blob] = []
    for part in message.parts:
        row, blob = _part_row(part)
        rows.append(row)
        blobs += [blob] if blob else []
    for kind, text in (("reasoning", message.reasoning), ("refusal", message.refusal)):
        rows += [PartRow(kind, storable_text(text))] if text else ()
    return [*rows, *map(_call_row, message.tool_calls)], blobs


def cut(rows: Iterable[PartRow]) -> Iterator[PartRow]:
    """Yield *rows*, in several rows each where its text is long."""
    for row in rows:
        yield row._replace(text=row.text[:_MOST_IN_ROW])
        for start in range(_MOST_IN_ROW, len(row.text), _MOST_IN_ROW):
            yield PartRow(_MORE, row.text[start : start + _MOST_IN_ROW])


def _whole(rows: Iterable[PartRow]) -> list[PartRow]:
    """Return *rows* with the long ones joined again; what continues nothing is text."""
    found = list[tuple[PartRow, list[str]]]()
    for row in rows:
        if row.kind == _MORE and found:
            found[-1][1].append(column_text(row.text))
        else:
            found.append((row._replace(kind="text") if row.kind == _MORE else row, []))
    return [row._replace(text="".join((column_text(row.text), *more))) if more else row for row, more in found]


def _part_row(part: Part) -> tuple[PartRow, Blob | None]:
    if isinstance(part, TextPart):
        meta = None if part.source is None else json.dumps({"source": storable_text(part.source)})
        return PartRow("text", storable_text(part.text), meta), None
    return _media_row(part)


def _media_row(part: ImagePart | FilePart | AudioPart) -> tuple[PartRow, Blob | None]:
    meta: dict[str, object] = {"type": type(part).__name__} | {
        name: _plain(value) for name, value in asdict(part).items()
    }
    for name, text in meta.items():
        if isinstance(text, str) and (blob := _blob(text)):
            meta[name] = {"sha256": blob.sha256, "mime": blob.mime}  # the same bytes may be attached as another kind
            return PartRow("media", "", json.dumps(meta)), blob
    return PartRow("media", "", json.dumps(meta)), None


def _plain(value: object) -> object:
    return storable_text(value) if isinstance(value, str) else value


def _blob(url: str) -> Blob | None:
    head, comma, data = url.partition(",")
    if not (comma and head.startswith("data:") and head.endswith(";base64")):
        return None
    try:
        content = base64.b64decode(data, validate=True)
    except binascii.Error:
        return None
    return Blob(_sha256((content,)), head[5:-7], content)


def _call_row(call: ToolCall) -> PartRow:
    meta = {"id": call.id, "name": call.name, "extra": dict(call.extra)}
    return PartRow("tool_call", storable_text(call.arguments), storable_text(json.dumps(meta, default=str)))


def from_rows(
    head: Mapping[str, object], rows: Iterable[PartRow], blobs: Mapping[str, Blob], *, media: Mapping[str, type]
) -> Message:
    """Return the message of *rows*; *head* has role, status, name and tool_call_id, *media* the kinds of parts."""
    rows = _whole(rows)
    role: Any = head["role"] if head["role"] in ROLES else "user"
    status: Any = head["status"] if head["status"] in STATUSES else "incomplete"
    parts = [part for row in rows for part in _parts(row, blobs, media)]
    pieces = "".join(column_text(row.text) for row in rows if row.kind == "piece")
    parts += [TextPart(pieces)] if pieces else []
    return Message(
        role,
        tuple(parts) or _stand_in(role),
        name=as_optional_text(head["name"]),
        reasoning=_joined(rows, "reasoning"),
        refusal=_joined(rows, "refusal"),
        tool_calls=tuple(_call(row) for row in rows if row.kind == "tool_call"),
        tool_call_id=as_optional_text(head["tool_call_id"]),
        status=status,
    )


def usual_message(head: Mapping[str, object], rows: Sequence[PartRow]) -> Message | None:
    """Return what `from_rows` would if the message is a text and nothing else, in a fraction of the time."""
    role: Any = head["role"]
    status: Any = head["status"]
    if len(rows) != 1 or rows[0].kind != "text" or rows[0].meta is not None or not isinstance(rows[0].text, str):
        return None
    is_plain = head["name"] is None and head["tool_call_id"] is None and role in ROLES and status in STATUSES
    text = storable_text(rows[0].text)
    return Message(role, (TextPart(text),), status=status) if is_plain and text else None


def _parts(row: PartRow, blobs: Mapping[str, Blob], media: Mapping[str, type]) -> list[Part]:
    if row.kind in _BESIDE:
        return []
    meta, text = _object(row.meta), column_text(row.text)
    if row.kind == "media":
        return _media(meta, blobs, media)
    return [TextPart(text, as_optional_text(meta.get("source")))] if text else []


def _joined(rows: Iterable[PartRow], kind: str) -> str:
    return "".join(column_text(row.text) for row in rows if PIECES.get(row.kind, row.kind) == kind)


def _call(row: PartRow) -> ToolCall:
    meta = _object(row.meta)
    return ToolCall(
        as_text(meta.get("id")), as_text(meta.get("name")), column_text(row.text), as_object(meta.get("extra"))
    )


def _stand_in(role: str) -> tuple[Part, ...]:
    """Return what stands for a question without a word: none is asked, so its text is lost; servers want some."""
    return (TextPart(LOST_TEXT),) if role == "user" else ()


def lost_message(*, is_question: bool) -> Message:
    """Return what stands for a message that is no longer there."""
    role: Role = "user" if is_question else "assistant"
    return Message(role, _stand_in(role), status="complete" if is_question else "incomplete")


def _media(meta: Mapping[str, object], blobs: Mapping[str, Blob], media: Mapping[str, type]) -> list[Part]:
    kind = media.get(as_text(meta.get("type")))
    if kind is None:
        return []
    given = {item.name: meta[item.name] for item in fields(kind) if item.name in meta}
    for name, value in given.items():
        if isinstance(value, dict):
            blob = blobs.get(as_text(value.get("sha256")))
            if blob is None:
                return [TextPart(LOST_ATTACHMENT)]
            mime = as_text(value.get("mime")) or blob.mime
            given[name] = f"data:{mime};base64,{base64.b64encode(blob.data).decode()}"
        elif not isinstance(value, str | None):
            return []
    try:
        return [kind(**given)]
    except TypeError:
        return []


def hashes_of(part: PartRow) -> list[str]:
    """Return the hashes of what a part refers to."""
    return hashes(part.meta) if part.kind == "media" else []


def hashes(meta: object) -> list[str]:
    """Return the hashes in what is kept beside a part."""
    return re.findall(r'"sha256": "([0-9a-f]{64})"', meta) if isinstance(meta, str) else []


def read_blob(row: Mapping[str, Any]) -> Blob | None:
    """Return what is attached in a row of the table, None where it is not what its hash says."""
    data = row["bytes"]
    is_whole = isinstance(data, bytes) and _sha256((data,)) == row["sha256"]
    return Blob(row["sha256"], as_text(row["mime"]), data) if is_whole else None


MEDIA: Mapping[str, type] = {kind.__name__: kind for kind in (ImagePart, FilePart, AudioPart)}


def digest(head: Mapping[str, object], rows: Iterable[PartRow]) -> str:
    """Return the hash of a message, by which a damaged one is known."""
    return _sha256(text.encode("utf-8", "replace") for text in _written(head, rows))


def _written(head: Mapping[str, object], rows: Iterable[PartRow]) -> Iterator[str]:
    """Yield a message as JSON, part by part: as one text a long one would take its size several times over."""
    yield _json_of([head["role"], head["status"], head["name"], head["tool_call_id"], []]).removesuffix("]]")
    for index, (kind, text, meta) in enumerate(rows):
        yield f"{', ' if index else ''}[{_json_of(kind)}, "
        yield from _json_parts(text)
        yield f", {_json_of(meta)}]"
    yield "]]"


def _json_parts(text: object) -> Iterator[str]:
    if not isinstance(text, str):
        yield _json_of(text)
        return
    yield '"'
    for start in range(0, len(text), _MOST_AT_ONCE):
        yield _json_of(text[start : start + _MOST_AT_ONCE])[1:-1]
    yield '"'


def _json_of(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, default=repr)  # a damaged row may hold bytes


def _sha256(pieces: Iterable[bytes]) -> str:
    from hashlib import sha256  # OpenSSL with it, which a prompt does without until its first turn

    total = sha256()
    for piece in pieces:
        total.update(piece)
    return total.hexdigest()


def facts_to_json(facts: AnswerFacts | None) -> str | None:
    """Return *facts* as JSON with what is known of them."""
    return None if facts is None else storable_text(json.dumps(plain_facts(facts), ensure_ascii=False))


def facts_from_json(text: object) -> AnswerFacts | None:
    """Return the facts in *text*; what cannot be read is not known."""
    return None if text is None else read_facts(_object(text))


def state_to_json(state: ChatState) -> str:
    """Return *state* as JSON; the head has a column of its own."""
    known = plain_state(state)
    del known["head"]
    return storable_text(json.dumps(known, ensure_ascii=False, default=str))


def state_from_json(text: object) -> ChatState:
    """Return the state in *text*, without a head; what cannot be read is as at the beginning of a chat."""
    return read_state({**_object(text), "head": None})


def column_text(value: object) -> str:
    """Return a column that should hold text as text, whatever it holds."""
    if isinstance(value, bytes):
        return storable_text(value.decode("utf-8", "replace"))
    return storable_text("" if value is None else str(value))


def _object(text: object) -> dict[str, object]:
    return as_object(parse_json(text)) if isinstance(text, str | bytes) else {}
