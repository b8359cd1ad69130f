"""Writes JSON, and reads foreign JSON and rows with total functions: any value in, the wanted type out.

Readers accept a value of any type and never raise. A value of another type counts as missing: an empty text, list or
object, or None for a number. Returned text is safe to store and send: valid Unicode without NUL. Returned numbers fit
SQLite and JSON: integers within 64 bits, others finite.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from typing import Any

from chatcli.text.sanitizer import escape_in_json
from chatcli.text.surrogates import REPLACEMENT, repair

_MOST = 1 << 63


def storable_text(text: str) -> str:
    """Return *text* in a form that is safe to store and send: valid Unicode without NUL."""
    return (text if text.isascii() else repair(text)).replace("\0", REPLACEMENT)


def parse_json(text: str | bytes) -> Any:
    """Parse a JSON document; return None if it is invalid."""
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return None


def storable(value: Any) -> Any:
    """Return parsed JSON whose texts are safe to store and send: escapes in JSON can write any."""
    if isinstance(value, str):
        return storable_text(value)
    if isinstance(value, list):
        return [storable(item) for item in value]
    return {storable_text(key): storable(item) for key, item in value.items()} if isinstance(value, dict) else value


def format_json(value: Any, *, indent: int | None = None, is_compact: bool = False) -> str:
    """Format *value* as readable JSON that cannot control a terminal."""
    separators = (",", ":") if is_compact else None
    return escape_in_json(json.dumps(value, ensure_ascii=False, indent=indent, separators=separators))


def as_text(value: Any) -> str:
    """Return *value* if it is text, else an empty text."""
    return storable_text(value) if isinstance(value, str) else ""


def as_optional_text(value: Any) -> str | None:
    """Return *value* if it is text, else None."""
    return storable_text(value) if isinstance(value, str) else None


def as_bool(value: Any) -> bool:
    """Return whether *value* is true, or a number other than 0."""
    return isinstance(value, bool | int) and bool(value)


def as_int(value: Any) -> int | None:
    """Return *value* if it is a whole number of at most 64 bits; true and false are not numbers."""
    is_whole = isinstance(value, int) and not isinstance(value, bool)
    return value if is_whole and -_MOST <= value < _MOST else None


def as_number(value: Any) -> float | None:
    """Return *value* if it is a finite number; true and false are not numbers."""
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    whole = as_int(value)
    return None if whole is None else float(whole)


def as_list(value: Any) -> list[Any]:
    """Return *value* if it is a list, else an empty one."""
    return value if isinstance(value, list) else []


def as_object(value: Any) -> dict[str, Any]:
    """Return *value* if it is an object, else an empty one."""
    return value if isinstance(value, dict) else {}


def as_objects(value: Any) -> list[dict[str, Any]]:
    """Return the objects in *value*, if it is a list."""
    return [item for item in as_list(value) if isinstance(item, dict)]


def as_texts(value: Any) -> list[str]:
    """Return the texts in *value*, if it is a list."""
    return [storable_text(item) for item in as_list(value) if isinstance(item, str)]


def first_object(*values: Any) -> Mapping[str, Any]:
    """Return the first of *values* that is an object with anything in it, else an empty one."""
    return next((value for value in values if isinstance(value, dict) and value), {})
