"""Words the errors of the JSON parser: where, what was expected, and what is there instead. Pure."""

from __future__ import annotations

import json

from chatcli.text.sanitizer import sanitize

# By how the parser's message begins, in the order in which they are tried.
_EXPECTED = {
    "Expecting property name": "expected a name in double quotes",
    "Expecting value": "expected a value",
    "Expecting ',' delimiter": "expected a comma, or the end of the list or object",
    "Expecting ':' delimiter": "expected a colon after the name",
    "Extra data": "expected nothing after the value",
    "Unterminated string": "the string that begins here is not closed",
    "Invalid control character": "a line break or control character in a string must be escaped",
    "Invalid \\": "invalid escape in a string",
    "Illegal trailing comma": "a comma follows the last entry",
    "Unexpected UTF-8 BOM": "a byte order mark stands before the value",
}
_NAMES_SIGN = "expected"
_MOST_DIGITS = "a number has too many digits"


def describe_json_error(error: ValueError | RecursionError) -> str:
    """Return what is wrong with a JSON text, with line and column where they are known."""
    if isinstance(error, RecursionError):
        return "it is nested too deeply"
    if not isinstance(error, json.JSONDecodeError):
        return _MOST_DIGITS
    return f"line {error.lineno}, column {error.colno}: {describe_fault(error)}"


def describe_fault(error: json.JSONDecodeError) -> str:
    """Return what is wrong at the place of *error*, without the place."""
    words = next((words for start, words in _EXPECTED.items() if error.msg.startswith(start)), error.msg)
    found = f", found {_sign(error.doc, error.pos)}" if words.startswith(_NAMES_SIGN) else ""
    return f"{words}{found}"


def _sign(text: str, position: int) -> str:
    sign = text[position : position + 1]
    if not sign:
        return "the end of the text"
    return "a line break" if sign in "\r\n" else f"`{sanitize(sign)}`"
