"""Messages as rows, and rows as messages. Reading is total: whatever stands in the rows gives messages.

Text that is stored is valid Unicode without NUL, so that whatever is read can be sent.
"""

from __future__ import annotations

import base64
import binascii
import json
import re
from collections.abc import Iterable, Mapping, Sequence
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
from chatcli.formats.metadata import (
    plain_facts,
    plain_state,
    read_facts,
    read_state,
    storable_text,
    text_of,
    whole_number,
)
from chatcli.records import asdict, fields, replace

_ROLES, _STATUSES = frozenset(get_args(Role)), frozenset(get_args(Status))
PIECES = {"piece": "text", "piece_reasoning": "reasoning"}  # what comes of an answer before it is whole


class PartRow(NamedTuple):
    """One row of the table of parts; *meta* is JSON or None."""

    kind: str
    text: str
    meta: str | None = None


class Blob(NamedTuple):
    """Something attached, under the hash of its bytes."""

    sha256: str
    mime: str
    data: bytes


def to_rows(message: Message) -> tuple[list[PartRow], list[Blob]]:
    """Return the parts of *message*, and what of them is kept by its hash."""
    rows: list[PartRow] = []
    blobs: list[Blob] = []
    for part in message.parts:
        row, blob = _part_row(part)
        rows.append(row)
        blobs += [blob] if blob else []
    rows += [PartRow("reasoning", storable_text(message.reasoning))] if message.reasoning else []
    rows += [PartRow("refusal", storable_text(message.refusal))] if message.refusal else []
    rows += [_call_row(call) for call in message.tool_calls]
    return rows, blobs


def _part_row(part: Part) -> tuple[PartRow, Blob | None]:
    if isinstance(part, TextPart):
        meta = None if part.source is None else json.dumps({"source": storable_text(part.source)})
        return PartRow("text", storable_text(part.text), meta), None
    return _media_row(part)


def _media_row(part: ImagePart | FilePart | AudioPart) -> tuple[PartRow, Blob | None]:
    meta: dict[str, Any] = {"type": type(part).__name__} | {name: _plain(value) for name, value in asdict(part).items()}
    for name, text in meta.items():
        if isinstance(text, str) and (blob := _blob(text)):
            meta[name] = {"sha256": blob.sha256}
            return PartRow("media", "", json.dumps(meta)), blob
    return PartRow("media", "", json.dumps(meta)), None


def _plain(value: Any) -> Any:
    return storable_text(value) if isinstance(value, str) else value


def _blob(url: str) -> Blob | None:
    head, comma, data = url.partition(",")
    if not (comma and head.startswith("data:") and head.endswith(";base64")):
        return None
    try:
        content = base64.b64decode(data, validate=True)
    except binascii.Error:
        return None
    return Blob(_sha256(content), head[5:-7], content)


def _call_row(call: ToolCall) -> PartRow:
    meta = {"id": call.id, "name": call.name, "extra": dict(call.extra)}
    return PartRow("tool_call", storable_text(call.arguments), storable_text(json.dumps(meta, default=str)))


def from_rows(
    head: Mapping[str, Any], rows: Iterable[PartRow], blobs: Mapping[str, Blob], *, media: Mapping[str, type]
) -> Message:
    """Return the message of *rows*; *head* has role, status, name and tool_call_id, *media* the kinds of parts."""
    role: Any = head["role"] if head["role"] in _ROLES else "user"
    status: Any = head["status"] if head["status"] in _STATUSES else "incomplete"
    parts: list[Part] = []
    texts = {"reasoning": "", "refusal": ""}
    calls: list[ToolCall] = []
    pieces = ""
    for row in rows:
        text, meta = _text(row.text), _object(row.meta)
        kind = PIECES.get(row.kind, row.kind)
        if row.kind == "piece":
            pieces += text
        elif kind in texts:
            texts[kind] += text
        elif kind == "tool_call":
            calls.append(_call(text, meta))
        elif kind == "media":
            parts += _media(meta, blobs, media)
        elif text:
            source = meta.get("source")
            parts.append(TextPart(text, source if isinstance(source, str) else None))
    parts += [TextPart(pieces)] if pieces else []
    return Message(
        role,
        tuple(parts),
        name=head["name"] if isinstance(head["name"], str) else None,
        reasoning=texts["reasoning"],
        refusal=texts["refusal"],
        tool_calls=tuple(calls),
        tool_call_id=head["tool_call_id"] if isinstance(head["tool_call_id"], str) else None,
        status=status,
    )


def _call(arguments: str, meta: Mapping[str, Any]) -> ToolCall:
    extra = meta.get("extra")
    return ToolCall(_text(meta.get("id")), _text(meta.get("name")), arguments, extra if isinstance(extra, dict) else {})


def _media(meta: Mapping[str, Any], blobs: Mapping[str, Blob], media: Mapping[str, type]) -> list[Part]:
    kind = media.get(str(meta.get("type")))
    if kind is None:
        return []
    given = {item.name: meta[item.name] for item in fields(kind) if item.name in meta}
    for name, value in given.items():
        if isinstance(value, dict):
            blob = blobs.get(str(value.get("sha256")))
            if blob is None:
                return [TextPart("[an attachment that is no longer there]")]
            given[name] = f"data:{blob.mime};base64,{base64.b64encode(blob.data).decode()}"
    try:
        return [kind(**given)]
    except TypeError:
        return []


def hashes(meta: str) -> list[str]:
    """Return the hashes of what a part refers to."""
    return re.findall(r'"sha256": "([0-9a-f]{64})"', meta)


MEDIA: Mapping[str, type] = {kind.__name__: kind for kind in (ImagePart, FilePart, AudioPart)}


def digest(head: Mapping[str, Any], rows: Sequence[PartRow]) -> str:
    """Return the hash of a message, by which a damaged one is known."""
    content = [head["role"], head["status"], head["name"], head["tool_call_id"], [list(row) for row in rows]]
    return _sha256(json.dumps(content, ensure_ascii=False).encode("utf-8", "replace"))


def _sha256(data: bytes) -> str:
    from hashlib import sha256  # OpenSSL with it, which a prompt does without until its first turn

    return sha256(data).hexdigest()


def facts_to_json(facts: AnswerFacts | None) -> str | None:
    """Return *facts* as JSON with what is known of them."""
    return None if facts is None else storable_text(json.dumps(plain_facts(facts), ensure_ascii=False))


def facts_from_json(text: Any) -> AnswerFacts | None:
    """Return the facts in *text*; what cannot be read is not known."""
    return None if text is None else read_facts(_object(text))


def state_to_json(state: ChatState) -> str:
    """Return *state* as JSON; the head has a column of its own."""
    known = plain_state(state)
    del known["head"]
    return storable_text(json.dumps(known, ensure_ascii=False, default=str))


def state_from_json(text: Any, head: Any) -> ChatState:
    """Return the state in *text*; what cannot be read is as at the beginning of a chat."""
    return replace(read_state(_object(text)), head=whole_number(head))


def _object(text: Any) -> dict[str, Any]:
    try:
        found = json.loads(text) if isinstance(text, str | bytes) else {}
    except (ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}


def _text(found: Any) -> str:
    return text_of(found.decode("utf-8", "replace") if isinstance(found, bytes) else found)
