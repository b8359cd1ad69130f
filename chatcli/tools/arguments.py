"""Reads the arguments of a call: JSON as the model wrote it, validated against the tool's schema."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from chatcli.text.json_values import parse_json
from chatcli.tools.tool import ToolError

_BY_NAME = frozenset({"properties", "patternProperties", "$defs", "definitions", "dependentSchemas"})
_LITERAL = frozenset({"enum", "const", "default", "examples", "required", "dependentRequired", "type"})


def read_arguments(text: str, schema: Mapping[str, Any]) -> dict[str, Any]:
    """Return the arguments in *text*; no text stands for no arguments.

    Raises ToolError with a sentence for the model, so that it can try again.
    """
    found = parse_json(text) if text.strip() else {}
    if isinstance(found, str):  # some servers encode the object twice
        found = parse_json(found)
    if not isinstance(found, dict):
        raise ToolError("The arguments are not a JSON object, so the tool was not run. Send one JSON object.")
    if complaint := find_mismatch(found, schema):
        raise ToolError(f"The arguments do not match the schema, so the tool was not run: {complaint}.")
    return found


def find_mismatch(arguments: Mapping[str, Any], schema: Mapping[str, Any]) -> str:
    """Return what is wrong with *arguments* by *schema*, empty if nothing is, or if the schema itself is invalid."""
    import fastjsonschema  # only those pay for it who call tools

    try:
        fastjsonschema.validate(_older(schema), dict(arguments), use_default=False)
    except fastjsonschema.JsonSchemaValueException as error:
        return str(error.message).replace("data.", "").replace("data ", "the object ")
    except RecursionError:
        return "they are nested too deeply"
    except (fastjsonschema.JsonSchemaDefinitionException, AttributeError, TypeError, ValueError):
        return ""  # the tool itself reports what it cannot use
    return ""


def _older(schema: Any) -> Any:
    """Return a schema of 2020-12 in the words of draft 7, which the validator knows.

    https://json-schema.org/draft/2020-12/release-notes: arrays and dependencies have other keywords.
    """
    if isinstance(schema, list):
        return [_older(item) for item in schema]
    if not isinstance(schema, Mapping):
        return schema
    found = {key: _older_value(key, value) for key, value in schema.items() if key != "$schema"}
    if "prefixItems" in found:
        if "items" in found:
            found["additionalItems"] = found["items"]
        found["items"] = found.pop("prefixItems")
    depending = {**found.pop("dependentRequired", {}), **found.pop("dependentSchemas", {})}
    return {**found, "dependencies": depending} if depending else found


def _older_value(key: str, value: Any) -> Any:
    if key in _LITERAL:
        return value
    is_named = key in _BY_NAME and isinstance(value, Mapping)
    return {name: _older(entry) for name, entry in value.items()} if is_named else _older(value)
