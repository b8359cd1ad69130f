"""Recognises the usual chunk of a stream: one more piece of text, and nothing else; pure.

Nearly every chunk is of this kind, and a long answer has a hundred thousand. So what is certain at a glance is not
looked through for errors, sources, images and calls. Law: the whole way of `api.decode` finds in such a chunk the piece
that is returned here, and nothing beside it.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, Literal, TypeAlias

from chatcli.api.http.sse import Item, ServerEvent

UsualKind: TypeAlias = Literal["text", "reasoning"]
UsualPiece: TypeAlias = tuple[UsualKind, str, int | None]

# Members that have nothing to say of an answer, whatever they hold; every other must be null.
_OF_CHUNK = frozenset(
    ("choices", "id", "object", "created", "model", "system_fingerprint", "service_tier", "provider", "obfuscation")
)
_OF_CHOICE = frozenset(("index", "delta", "content_filter_results"))
_REASONING = frozenset(("reasoning_content", "reasoning"))
_parse = json.JSONDecoder(strict=False).raw_decode


def parse_chunk(item: Item) -> dict[str, Any] | None:
    """Return the object that *item* is; None for everything else, and for an object that something follows."""
    if type(item) is not ServerEvent or item.name or item.is_bare:
        return None
    data = item.data
    try:
        value, end = _parse(data)
    except (ValueError, RecursionError):
        return None
    return value if type(value) is dict and end == len(data) else None


def usual_piece(chunk: Mapping[str, Any]) -> UsualPiece | None:
    """Return the kind of the piece in *chunk*, its text, and the index of its choice; None for any other chunk."""
    choices = chunk.get("choices")
    if type(choices) is not list or len(choices) != 1 or not _is_null_beyond(_OF_CHUNK, chunk):
        return None
    choice, kind = choices[0], chunk.get("object")
    if (
        type(choice) is not dict
        or not _is_null_beyond(_OF_CHOICE, choice)
        or kind not in (None, "chat.completion.chunk")
    ):
        return None
    index, delta = choice.get("index"), choice.get("delta")
    if type(delta) is not dict or (index is not None and type(index) is not int):
        return None
    return _only_text(delta, index)


def _is_null_beyond(known: frozenset[str], members: Mapping[str, Any]) -> bool:
    return known.issuperset(members) or not [
        name for name in members if name not in known and members[name] is not None
    ]


def _only_text(delta: Mapping[str, Any], index: int | None) -> UsualPiece | None:
    found: UsualPiece | None = None
    for name, value in delta.items():
        if value is None or value == "" or name == "role":
            continue
        if found or type(value) is not str or not (name == "content" or name in _REASONING):
            return None
        found = ("text" if name == "content" else "reasoning", value, index)
    return found
