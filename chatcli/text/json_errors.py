"""Words the errors of the JSON parser: where, what was expected, and what is there instead. Pure."""

from __future__ import annotations

import json

from chatcli.language import N_, _
from chatcli.text.sanitizer import sanitize

# By how the parser's message begins, in the order in which they are tried.
_EXPECTED = {
    "Expecting property name": N_("expected a name in double quotes, found {sign}"),
    "Expecting value": N_("expected a value, found {sign}"),
    "Expecting ',' delimiter": N_("expected a comma, or the end of the list or object, found {sign}"),
    "Expecting ':' delimiter": N_("expected a colon after the name, found {sign}"),
    "Extra data": N_("expected nothing after the value, found {sign}"),
    "Unterminated string": N_("the string that begins here is not closed"),
    "Invalid control character": N_("a line break or control character in a string must be escaped"),
    "Invalid \\": N_("invalid escape in a string"),
    "Illegal trailing comma": N_("a comma follows the last entry"),
    "Unexpected UTF-8 BOM": N_("a byte order mark stands before the value"),
}


def describe_json_error(error: ValueError | RecursionError) -> str:
    """Return what is wrong with a JSON text, with line and column where they are known."""
    if isinstance(error, RecursionError):
        return _("it is nested too deeply")
    if not isinstance(error, json.JSONDecodeError):
        return _("a number has too many digits")
    return _(
        "line {line}, column {column}: {fault}", line=error.lineno, column=error.colno, fault=describe_fault(error)
    )


def describe_fault(error: json.JSONDecodeError) -> str:
    """Return what is wrong at the place of *error*, without the place."""
    words = next((words for start, words in _EXPECTED.items() if error.msg.startswith(start)), error.msg)
    return _(words, sign=_sign(error.doc, error.pos))


def _sign(text: str, position: int) -> str:
    sign = text[position : position + 1]
    if not sign:
        return _("the end of the text")
    return _("a line break") if sign in "\r\n" else f"`{sanitize(sign)}`"
