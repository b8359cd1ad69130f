"""Builds strict schemas for answers from a list of fields or from JSON, and finds JSON in answers.

Strict means that every object requires all its properties and allows no others:
https://platform.openai.com/docs/guides/structured-outputs. An optional property becomes nullable.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any

from chatcli.errors import UsageError
from chatcli.language import N_, _
from chatcli.markdown.fences import fences
from chatcli.request.json_schema import InvalidSchemaError, Validator
from chatcli.text.json_errors import describe_json_error

MAX_NAME = 64
_TYPES = {"str": "string", "int": "integer", "float": "number", "bool": "boolean"}
_FIELD = re.compile(r"(?P<name>[^\W\d]\w*)(?P<optional>\?)?(?:\s+(?P<kind>str|int|float|bool)(?P<many>\[\])?)?")
_HINT = N_('use fields such as "name str, age int, tags str[], note? str", or a JSON schema file')


def schema_from_words(words: str) -> dict[str, Any]:
    """Return the schema of an object with the fields in *words*: `name str, age int`; raises UsageError.

    Types are str (the default), int, float and bool; `[]` after a type means a list, `?` after a name makes it
    nullable.
    """
    properties: dict[str, Any] = {}
    for word in words.split(","):
        field = _FIELD.fullmatch(word.strip())
        if field is None:
            raise UsageError(_("cannot parse `{field}` as a schema field", field=word.strip()), hint=_(_HINT))
        kind: dict[str, Any] = {"type": _TYPES[field["kind"] or "str"]}
        if field["many"]:
            kind = {"type": "array", "items": kind}
        if field["optional"]:
            kind = {**kind, "type": [kind["type"], "null"]}
        properties[field["name"]] = kind
    return {"type": "object", "properties": properties, "required": list(properties), "additionalProperties": False}


def schema_from_json(text: str, name: str) -> dict[str, Any]:
    """Return the schema in *text*, the content of the file *name*; raises UsageError."""
    try:
        schema = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise UsageError(
            _("{name} is not valid JSON: {fault}", name=name, fault=describe_json_error(error)), hint=_(_HINT)
        ) from error
    if not isinstance(schema, dict):
        raise UsageError(_("{name} is not a schema: it must be a JSON object", name=name), hint=_(_HINT))
    return schema


def make_strict(schema: Mapping[str, Any]) -> dict[str, Any]:
    """Return *schema* in strict form: optional properties become nullable, and no others are allowed."""
    closed = {name: _strict(value) for name, value in schema.items()}
    properties = closed.get("properties")
    if isinstance(properties, dict) and "additionalProperties" not in schema:
        required = schema.get("required", ())
        closed["properties"] = {
            name: value if name in required else _nullable(value) for name, value in properties.items()
        }
        closed |= {"required": list(properties), "additionalProperties": False}
    return closed


def response_format(schema: Mapping[str, Any], name: str) -> dict[str, Any]:
    """Return the response_format parameter for that schema."""
    title = re.sub(r"[^A-Za-z0-9_-]+", "_", str(schema.get("title") or name)).strip("_")[:MAX_NAME] or "answer"
    return {"type": "json_schema", "json_schema": {"name": title, "schema": dict(schema), "strict": True}}


class UnfitAnswerError(Exception):
    """Says in a few words what is wrong with an answer."""


class SchemaCheck:
    """Checks answers against *schema*, compiled once; raises UsageError, which mentions *name*, if it is invalid."""

    def __init__(self, schema: Mapping[str, Any], name: str) -> None:
        try:
            self._validator = Validator(schema)
        except InvalidSchemaError as error:
            raise UsageError(
                _("{name} is not a valid schema: {fault}", name=name, fault=error),
                hint=_("use JSON Schema, draft 2020-12"),
            ) from error

    def fitting_json(self, text: str) -> str:
        """Return the JSON in *text* as it is written; raises UnfitAnswerError."""
        try:
            found, content = find_json(text)
        except json.JSONDecodeError as error:
            raise UnfitAnswerError(_("it is not JSON: {fault}", fault=describe_json_error(error))) from error
        except ValueError as error:
            raise UnfitAnswerError(_("it is not JSON: {fault}", fault=error)) from error
        if complaint := self._validator.mismatch(content):
            raise UnfitAnswerError(complaint)
        return found


def find_json(text: str) -> tuple[str, Any]:
    """Return the JSON text in *text* and its value: the whole text, a fenced block, or the first JSON in it.

    Raises ValueError if there is none.
    """
    candidates = [text.strip(), *(block.text.strip() for block in fences(text))]
    for candidate in candidates:
        try:
            return candidate, json.loads(candidate)
        except (ValueError, RecursionError):
            continue
    start = min((position for mark in "{[" if (position := text.find(mark)) >= 0), default=-1)
    if start < 0:
        raise ValueError(_("it contains no JSON"))
    try:
        value, end = json.JSONDecoder().raw_decode(text, start)
    except RecursionError as error:
        raise ValueError(_("it is nested too deeply")) from error
    return text[start:end], value


def _strict(value: Any) -> Any:
    if isinstance(value, Mapping):
        return make_strict(value)
    return [_strict(one) for one in value] if isinstance(value, list) else value


def _nullable(value: Any) -> Any:
    if not isinstance(value, dict):
        return value
    kind = value.get("type")
    if isinstance(kind, str):
        return value if kind == "null" else {**value, "type": [kind, "null"]} | _with_null(value)
    if isinstance(kind, list):
        return value if "null" in kind else {**value, "type": [*kind, "null"]} | _with_null(value)
    return {"anyOf": [value, {"type": "null"}]}


def _with_null(value: Mapping[str, Any]) -> dict[str, Any]:
    choices = value.get("enum")
    return {"enum": [*choices, None]} if isinstance(choices, list) and None not in choices else {}
