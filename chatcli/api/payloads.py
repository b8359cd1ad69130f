"""Classifies the data of one event (JSON objects, end of stream, plain text, broken JSON) and opens envelopes; pure.

One rule for all framings: the data is read as a whole (control characters in strings are allowed), else object after
object, and from the first object that is broken on line by line. `data:` written twice is skipped, a list is its
entries, a string that is JSON is read once more. What does not begin like JSON is a sign of life and no lost piece.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any, Literal, TypeAlias

from chatcli.api.answer_fields import finish_of
from chatcli.records import frozen
from chatcli.text.json_values import as_objects, parse_json
from chatcli.text.patterns import pattern

_DECODER = json.JSONDecoder(strict=False)
_BETWEEN = pattern(r"(?:[\s,;\x1e]|(?:data|DATA):)+")
_DONE = pattern(r"[\"']?\[\s*DONE\s*\][\"']?", re.IGNORECASE)
_DONE_ALONE = pattern(r"[\"']?DONE[\"']?", re.IGNORECASE)
_OBJECT = pattern(r"\{|\[\s*(?:[{\[\"\]]|\Z)")  # how JSON begins that holds an answer or an error
_RESTART = pattern(
    r"(?:data: ?)*(?=[{\[])"
)  # how a line begins that holds an object of its own; nested ones are indented
_MAX_LITERAL = 1_000_000
_MAX_NESTED = 3  # JSON within strings, and objects within objects
_ENVELOPES = ("data", "result", "response", "output", "body", "payload")


@frozen
class Payload:
    """A JSON object."""

    value: dict[str, object]


@frozen
class Words:
    """Text that is not JSON."""

    text: str


@frozen
class Broken:
    """An object that cannot be read."""

    text: str


Piece: TypeAlias = Payload | Words | Broken | Literal["done"]


def read_payloads(data: str, *, depth: int = 0) -> Iterator[Piece]:
    """Yield what *data* holds, in its order; nothing follows "done"."""
    text = data.strip()
    if _DONE_ALONE.fullmatch(text):
        yield "done"
        return
    try:
        value = _DECODER.decode(text)
    except (ValueError, RecursionError):  # ValueError also for integers of more than 4 300 digits
        yield from _scan(text, depth)
    else:
        yield from _pieces_of(value, text, depth)


def _scan(text: str, depth: int) -> Iterator[Piece]:
    """Yield object after object; where one is broken, what follows it is read by lines."""
    at = 0
    while at < len(text):
        if skipped := _BETWEEN.match(text, at):
            at = skipped.end()
        elif _DONE.match(text, at):
            yield "done"
            return
        elif _OBJECT.match(text, at) or text[at] == '"':
            try:
                value, end = _DECODER.raw_decode(text, at)
            except (ValueError, RecursionError):
                yield from _after_break(text[at:], depth)
                return
            yield from _pieces_of(value, text[at:end], depth)
            at = end
        else:
            line, _, _ = text[at:].partition("\n")
            yield Words(line.strip())
            at += len(line)


def _after_break(text: str, depth: int) -> Iterator[Piece]:
    if (value := _literal(text)) is not None:
        yield from _pieces_of(value, text, depth)
        return
    is_lost = False
    for line in text.splitlines() if "\n" in text else [text]:
        start = _RESTART.match(line)
        try:
            value = _DECODER.decode(line[start.end() :].strip()) if start else None
        except (ValueError, RecursionError):
            value = None
        if isinstance(value, dict | list):
            yield from _pieces_of(value, line, depth)
        elif _DONE.match(line.removeprefix("data:").strip()):
            yield "done"
            return
        elif not is_lost:
            is_lost = True
            yield Broken(line.strip()) if _OBJECT.match(text) else Words(line.strip())


def _pieces_of(value: object, text: str, depth: int) -> Iterator[Piece]:
    if isinstance(value, dict):
        yield Payload(value)
    elif isinstance(value, list):
        yield from (Payload(entry) for entry in value if isinstance(entry, dict))
    elif isinstance(value, str) and depth < _MAX_NESTED and (_DONE.match(value) or _OBJECT.match(value.strip())):
        yield from read_payloads(value, depth=depth + 1)
    else:
        yield Words(value if isinstance(value, str) else text)


def _literal(text: str) -> object:
    """Return the object that *text* is as Python prints it, which servers send that do not encode it; else None."""
    if len(text) > _MAX_LITERAL or not re.match(r"\{\s*'", text):
        return None
    from ast import literal_eval  # takes a while to import, and hardly any server needs it

    try:
        return literal_eval(text)
    except (ValueError, SyntaxError, MemoryError, RecursionError):
        return None


def unwrapped(payload: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return the object with the choices where a gateway has put it into another, and *payload* everywhere else.

    A message in the place of choices, as native interfaces of local servers have it, becomes one, and so do images and
    an end that stands beside them. Choices that are not a list, but one of them or several by their numbers, become
    one.
    """
    choices = payload.get("choices")
    if isinstance(choices, dict) and choices:
        is_one = not {"delta", "message", "text"}.isdisjoint(choices)
        return {**payload, "choices": [choices] if is_one else [*choices.values()]}
    if choices:
        return payload
    if images := [entry for entry in as_objects(payload.get("data")) if _is_generated_image(entry)]:
        return {**payload, "choices": [{"index": 0, "message": {"images": images}, "finish_reason": "stop"}]}
    message = payload.get("message")
    if isinstance(message, dict) and ("content" in message or "tool_calls" in message):
        finish = payload.get("done_reason") or ("stop" if payload.get("done") is True else None)
        return {**payload, "choices": [{"index": 0, "message": message, "finish_reason": finish}]}
    if inner := _enveloped(payload):
        return inner
    finish = finish_of(payload) if "choices" in payload else ""
    return {**payload, "choices": [{"delta": {}, "finish_reason": finish}]} if finish else payload


def _enveloped(node: Any, depth: int = 0) -> Mapping[str, Any] | None:
    """Return the object with choices within *node*: in an object, in the first of a list, or in the text of one."""
    if isinstance(node, list):
        node = next(iter(as_objects(node)), None)
    elif isinstance(node, str) and node.lstrip().startswith("{"):
        node = parse_json(node)
    if not isinstance(node, dict) or depth > _MAX_NESTED:
        return None
    if as_objects(node.get("choices")):
        return node
    inner = (_enveloped(node[key], depth + 1) for key in _ENVELOPES if node.get(key))
    return next(filter(None, inner), None)


def _is_generated_image(entry: Mapping[str, Any]) -> bool:
    """Return whether *entry* is one of the Images API, which some gateways answer a chat with."""
    return bool(entry.get("b64_json")) or ("url" in entry and "id" not in entry)
