"""Finds what is wrong with a JSON schema that a validator has refused, in words of ours with the place. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from chatcli.language import N_, _

# Keywords whose value maps names of the user to schemas.
BY_NAME = frozenset({"properties", "patternProperties", "$defs", "definitions", "dependentSchemas"})
_TYPES = frozenset({"string", "number", "integer", "boolean", "object", "array", "null"})
# What the value of a keyword must be.
_NUMBER, _COUNT, _LIST, _OBJECT = (
    N_("{place} must be a number"),
    N_("{place} must be a whole number"),
    N_("{place} must be a list"),
    N_("{place} must be an object"),
)
_KINDS: Mapping[str, tuple[str, type | tuple[type, ...]]] = {
    **dict.fromkeys(
        ("minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf"), (_NUMBER, (int, float))
    ),
    **dict.fromkeys(
        ("minLength", "maxLength", "minItems", "maxItems", "minProperties", "maxProperties"), (_COUNT, int)
    ),
    **dict.fromkeys(("enum", "required", "allOf", "anyOf", "oneOf", "prefixItems"), (_LIST, list)),
    **dict.fromkeys(BY_NAME, (_OBJECT, dict)),
}
_LITERAL = frozenset({"enum", "const", "default", "examples"})


def describe_schema_fault(schema: Mapping[str, Any]) -> str:
    """Return what is wrong with *schema*: the first keyword whose value it cannot have."""
    return next(_faults(schema, "", schema), _("the validator cannot use it"))


def _faults(node: Any, place: str, root: Mapping[str, Any], *, has_names: bool = False) -> Iterator[str]:
    """Yield what is wrong below *place*; a *node* that *has_names* maps names of the user's to schemas."""
    if isinstance(node, list):
        for number, entry in enumerate(node):
            yield from _faults(entry, f"{place}[{number}]", root)
    if not isinstance(node, Mapping):
        return
    for key, value in node.items():
        where = f"{place}.{key}" if place else str(key)
        if not has_names:
            yield from _keyword_faults(key, value, f"`{where}`", root)
        if has_names or key not in _LITERAL:
            yield from _faults(value, where, root, has_names=not has_names and key in BY_NAME)


def _keyword_faults(keyword: str, value: Any, place: str, root: Mapping[str, Any]) -> Iterator[str]:
    message, kinds = _KINDS.get(keyword, ("", object))
    if not isinstance(value, kinds) or (message in (_NUMBER, _COUNT) and isinstance(value, bool)):
        yield _(message, place=place)
    elif keyword == "type":
        wrong = (one for one in (value if isinstance(value, list) else [value]) if not _is_type(one))
        yield from (_("{place}: {type} is not a type", place=place, type=f"`{one}`") for one in wrong)
    elif keyword == "$ref" and not (isinstance(value, str) and _leads_somewhere(value, root)):
        yield _("{place}: nothing stands at {target}", place=place, target=f"`{value}`")
    for pattern in _patterns(keyword, value):
        if not _is_pattern(pattern):
            yield _("{place}: {pattern} is not a regular expression", place=place, pattern=f"`{pattern}`")


def _is_type(name: object) -> bool:
    return isinstance(name, str) and name in _TYPES


def _patterns(keyword: str, value: Any) -> list[Any]:
    if keyword == "patternProperties" and isinstance(value, Mapping):
        return list(value)
    return [value] if keyword == "pattern" else []


def _is_pattern(text: object) -> bool:
    try:
        return isinstance(text, str) and bool(re.compile(text))
    except re.error:
        return False


def _leads_somewhere(reference: str, root: Mapping[str, Any]) -> bool:
    """Return whether a reference within the schema has a target; others are judged elsewhere."""
    if reference == "#" or not reference.startswith("#/"):
        return True
    node: Any = root
    for part in reference[2:].split("/"):
        name = part.replace("~1", "/").replace("~0", "~")
        if isinstance(node, list) and name.isdecimal() and int(name) < len(node):
            node = node[int(name)]
        elif isinstance(node, Mapping) and name in node:
            node = node[name]
        else:
            return False
    return True
