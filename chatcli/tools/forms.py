"""Reads the values of a form as people type them. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from chatcli.language import N_, _
from chatcli.request.json_schema import without_patterns
from chatcli.text.json_values import as_object
from chatcli.tools.arguments import find_mismatch
from chatcli.tools.inquiries import FormField

_BOOLEANS = {"y": True, "yes": True, "true": True, "n": False, "no": False, "false": False}


class FormValueError(Exception):
    """A value does not fit its field; the text says why."""


def read_value(field: FormField, line: str, schema: Mapping[str, Any]) -> Any:
    """Return the value of *field* in *line*, None if it is left out; raises FormValueError if it does not fit."""
    if not line and (field.default is not None or not field.is_required):
        return field.default
    value = _converted(field, line)
    entry = without_patterns(as_object(as_object(schema.get("properties")).get(field.name)))
    if complaint := find_mismatch({field.name: value}, {"type": "object", "properties": {field.name: entry}}):
        raise FormValueError(_("That does not fit: {complaint}.", complaint=complaint))
    return value


def _converted(field: FormField, line: str) -> Any:
    match field.kind:
        case "integer" | "number":
            return _number(line, is_whole=field.kind == "integer")
        case "boolean":
            if line.lower() not in _BOOLEANS:
                raise FormValueError(_("Answer yes or no."))
            return _BOOLEANS[line.lower()]
        case "choice":
            return _choice(field, line)
        case "choices":
            return [_choice(field, word.strip()) for word in line.split(",") if word.strip()]
        case _:
            return line


def _number(line: str, *, is_whole: bool) -> int | float:
    try:
        return int(line) if is_whole else float(line)
    except ValueError as error:
        pattern = N_("`{line}` is not a whole number.") if is_whole else N_("`{line}` is not a number.")
        raise FormValueError(_(pattern, line=line)) from error


def _choice(field: FormField, word: str) -> str:
    values = list(field.choices)
    if word in field.choices:
        return word
    titled = [value for value, title in field.choices.items() if title and title.lower() == word.lower()]
    if not titled and word.isdecimal() and 0 < int(word) <= len(values):
        titled = [values[int(word) - 1]]
    if not titled:
        raise FormValueError(_("`{word}` is not one of the choices.", word=word))
    return titled[0]
