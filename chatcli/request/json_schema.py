"""Checks values by JSON schemas of any draft up to 2020-12, with a validator that knows draft 7. Pure.

https://json-schema.org/draft/2020-12/release-notes: arrays, dependencies and anchors have other keywords, and a
reference no longer hides its neighbours. Law: nothing is fetched, whatever a schema refers to.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from typing import Any

from chatcli.language import _
from chatcli.request.schema_complaints import word_complaint
from chatcli.request.schema_faults import BY_NAME, describe_schema_fault

_LITERAL = frozenset({"enum", "const", "default", "examples", "required", "dependentRequired", "type"})


class InvalidSchemaError(Exception):
    """A schema cannot be used; its text says why."""


class Validator:
    """Checks values by *schema*, compiled once; raises InvalidSchemaError."""

    def __init__(self, schema: Mapping[str, Any]) -> None:
        import fastjsonschema  # only those pay for it who use schemas

        try:
            json.dumps(schema, allow_nan=False)  # NaN would be a name in the code that it generates
            self._validate = fastjsonschema.compile(to_draft_7(schema), handlers=_Refusing(), use_default=False)
        except RecursionError as error:
            raise InvalidSchemaError(_("it is nested too deeply")) from error
        # What it raises for schemas that are none is its own error, or whatever its code runs into.
        except (ValueError, AttributeError, TypeError, LookupError, ArithmeticError, SyntaxError, re.error) as error:
            raise InvalidSchemaError(describe_schema_fault(schema)) from error

    def mismatch(self, value: Any, called: str = "") -> str:
        """Return what is wrong with *value*, which the text calls *called*; empty if nothing is."""
        from fastjsonschema import JsonSchemaValueException

        called = called or _("it")

        try:
            self._validate(value)
        except JsonSchemaValueException as error:
            return word_complaint(error, called)
        except RecursionError:  # a recursive schema goes as deep as the value
            return _("{value} is nested too deeply", value=called)
        except (ArithmeticError, TypeError, ValueError) as error:  # such as `multipleOf` 0, or a number beyond floats
            return _("{value} cannot be checked: {reason}", value=called, reason=error)
        return ""


class _Refusing(dict[str, Callable[[str], Any]]):
    """Handles references to other documents, by any scheme: the validator would fetch them."""

    def __contains__(self, _scheme: object) -> bool:
        return True

    def __missing__(self, _scheme: str) -> Callable[[str], Any]:
        return _refuse


def _refuse(address: str) -> Any:
    raise InvalidSchemaError(_("it refers to {address}, which is not part of it", address=address))


def without_patterns(schema: Any) -> Any:
    """Return *schema* without regular expressions, which can take forever: those of strangers are not run."""
    if isinstance(schema, list):
        return [without_patterns(item) for item in schema]
    if not isinstance(schema, Mapping):
        return schema
    # What no pattern names would count as additional.
    gone = {"pattern", "patternProperties", *(("additionalProperties",) if "patternProperties" in schema else ())}
    return {key: _in_place(key, value, without_patterns) for key, value in schema.items() if key not in gone}


def to_draft_7(schema: Any) -> Any:
    """Return *schema* in the words of draft 7."""
    if isinstance(schema, list):
        return [to_draft_7(item) for item in schema]
    if not isinstance(schema, Mapping):
        return schema
    found = {key: _in_place(key, value, to_draft_7) for key, value in schema.items()}
    if "prefixItems" in found:
        if "items" in found:
            found["additionalItems"] = found["items"]
        found["items"] = found.pop("prefixItems")
    if depending := {**found.pop("dependentRequired", {}), **found.pop("dependentSchemas", {})}:
        found["dependencies"] = {**found.get("dependencies", {}), **depending}
    if isinstance(anchor := found.pop("$anchor", None), str):
        found.setdefault("$id", f"#{anchor}")
    if "$ref" in found and len(found) > 1:
        found["allOf"] = [*found.get("allOf", []), {"$ref": found.pop("$ref")}]
    return found


def _in_place(key: str, value: Any, change: Callable[[Any], Any]) -> Any:
    """Return the value of a keyword, with its schemas changed."""
    if key in _LITERAL:
        return value
    is_named = key in BY_NAME and isinstance(value, Mapping)
    return {name: change(entry) for name, entry in value.items()} if is_named else change(value)
