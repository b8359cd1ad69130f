"""Words what is wrong with a value by a JSON schema; the validator itself speaks English only. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, Protocol

from chatcli.language import ENGLISH, N_, _, current_language
from chatcli.text.json_values import as_list, as_object
from chatcli.text.phrases import join_words

# By the keyword of the schema that the value breaks.
_WORDS: Mapping[str, str] = {
    "type": N_("{name} must be of type {expected}"),
    "enum": N_("{name} must be one of {expected}"),
    "const": N_("{name} must be {expected}"),
    "pattern": N_("{name} must match the pattern {expected}"),
    "format": N_("{name} must have the format {expected}"),
    "minLength": N_("{name} must have at least {expected} characters"),
    "maxLength": N_("{name} must have at most {expected} characters"),
    "minimum": N_("{name} must be at least {expected}"),
    "maximum": N_("{name} must be at most {expected}"),
    "exclusiveMinimum": N_("{name} must be greater than {expected}"),
    "exclusiveMaximum": N_("{name} must be less than {expected}"),
    "multipleOf": N_("{name} must be a multiple of {expected}"),
    "minItems": N_("{name} must have at least {expected} items"),
    "maxItems": N_("{name} must have at most {expected} items"),
    "uniqueItems": N_("{name} must not have equal items"),
    "minProperties": N_("{name} must have at least {expected} members"),
    "maxProperties": N_("{name} must have at most {expected} members"),
    "required": N_("{name} lacks {members}"),
    "additionalProperties": N_("{name} must not have {members}"),
    "anyOf": N_("{name} fits none of the allowed definitions"),
    "oneOf": N_("{name} must fit exactly one of the allowed definitions"),
    "not": N_("{name} must not be as it is"),
}


class Complaint(Protocol):
    """What the validator raises: the *rule* that the value *name* breaks, and its own *message* about it."""

    message: str
    name: str | None
    rule: str | None
    value: Any
    definition: Any


_ROOT = re.compile(r"^data\b\.?")  # how the validator calls the whole value
_APART = re.compile("(?<=[一-鿿]) (?=[一-鿿])")


def word_complaint(complaint: Complaint, whole: str) -> str:
    """Return what is wrong in the user's language; *whole* is what the whole value is called.

    Rules without words of ours stay English.
    """

    def named(words: str) -> str:
        return _ROOT.sub(lambda found: "" if found[0].endswith(".") else whole, words)

    rule = complaint.rule or ""
    pattern = _WORDS.get(rule)
    if current_language() == ENGLISH or pattern is None:
        return named(complaint.message)
    expected = _listed(as_object(complaint.definition).get(rule))
    words = _(pattern, name=named(complaint.name or ""), expected=expected, members=_members(complaint))
    return _APART.sub("", words)  # a translation leaves space for a name in Latin letters


def _members(complaint: Complaint) -> str:
    """Return the members that are missing, or that are too many."""
    definition, found = as_object(complaint.definition), as_object(complaint.value)
    if complaint.rule == "required":
        return _listed([name for name in as_list(definition.get("required")) if name not in found])
    known = as_object(definition.get("properties"))
    return _listed([name for name in found if name not in known])


def _listed(expected: object) -> str:
    values = expected if isinstance(expected, list) else [expected]
    return join_words([f"`{value}`" for value in values])
