"""Reads the arguments of a call: JSON as the model wrote it, validated against the tool's schema."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from chatcli.language import _
from chatcli.request.json_schema import InvalidSchemaError, Validator
from chatcli.text.json_values import as_list, parse_json, storable
from chatcli.tools.tool import ToolError


def read_arguments(text: str, schema: Mapping[str, Any]) -> dict[str, Any]:
    """Return the arguments in *text*; no text stands for no arguments.

    Raises ToolError with a sentence for the model, so that it can try again.
    """
    found = parse_json(text) if text.strip() else {}
    if isinstance(found, str):  # some servers encode the object twice
        found = parse_json(found)
    found = storable(found)
    if not isinstance(found, dict):
        raise ToolError(_("The arguments are not a JSON object, so the tool was not run. Send one JSON object."))
    complaint = find_mismatch(found, schema)
    if complaint and not find_mismatch(lean := _without_nulls(found, schema), schema):
        return lean
    if complaint:
        raise ToolError(
            _("The arguments do not match the schema, so the tool was not run: {complaint}.", complaint=complaint)
        )
    return found


def find_mismatch(arguments: Mapping[str, Any], schema: Mapping[str, Any]) -> str:
    """Return what is wrong with *arguments* by *schema*, empty if nothing is, or if the schema itself is invalid."""
    try:
        return Validator(schema).mismatch(dict(arguments), _("the object"))
    except InvalidSchemaError:
        return ""  # the tool itself reports what it cannot use


def _without_nulls(arguments: Mapping[str, Any], schema: Mapping[str, Any]) -> dict[str, Any]:
    """Return *arguments* without optional ones that are null, as many models write those that they leave out."""
    required = as_list(schema.get("required"))
    return {name: value for name, value in arguments.items() if value is not None or name in required}
