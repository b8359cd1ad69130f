"""Turns annotations of functions into JSON schemas, and JSON into what the annotations ask for.

Imported by the process that runs the user's functions, so it imports nothing of ours. Law: what `to_python` makes of a
value that matches `schema_of(annotation)` is an instance of the annotation.
"""

from __future__ import annotations

import dataclasses
import datetime
import decimal
import enum
import pathlib
import types
import typing
import uuid
from collections import abc
from typing import Any, Literal

from chatcli.language import _

_PLAIN: dict[Any, dict[str, Any]] = {
    str: {"type": "string"},
    int: {"type": "integer"},
    float: {"type": "number"},
    bool: {"type": "boolean"},
    type(None): {"type": "null"},
    Any: {},
    object: {},
}
# Types that are written as text, and how the text is read.
_TEXTS: dict[Any, tuple[str, typing.Callable[[str], Any]]] = {
    datetime.datetime: ("date-time", datetime.datetime.fromisoformat),
    datetime.date: ("date", datetime.date.fromisoformat),
    datetime.time: ("time", datetime.time.fromisoformat),
    uuid.UUID: ("uuid", uuid.UUID),
    pathlib.Path: ("path", pathlib.Path),
    decimal.Decimal: ("decimal", decimal.Decimal),
}
_FORMATS = {"date-time", "date", "time", "uuid"}  # those that JSON Schema knows
_LISTS = (list, abc.Sequence, abc.Iterable, abc.Collection)
_SETS = (set, frozenset, abc.Set)
_MAPPINGS = (dict, abc.Mapping, abc.MutableMapping)
_UNIONS = (typing.Union, types.UnionType)
# What libraries such as annotated-types say of a value, and the keyword for it.
_BOUNDS = {"ge": "minimum", "gt": "exclusiveMinimum", "le": "maximum", "lt": "exclusiveMaximum"}
_BOUNDS |= {"multiple_of": "multipleOf"}


class UnsupportedError(Exception):
    """An annotation has no JSON schema."""


def schema_of(annotation: Any) -> dict[str, Any]:
    """Return the JSON schema of the values that *annotation* allows; raises UnsupportedError."""
    if _is_plain(annotation):
        return dict(_PLAIN[annotation])
    if _is_text(annotation):
        form = _TEXTS[annotation][0]
        return {"type": "string"} | ({"format": form} if form in _FORMATS else {})
    origin, arguments = typing.get_origin(annotation), typing.get_args(annotation)
    if origin is typing.Annotated:
        return {**schema_of(arguments[0]), **_said_of(arguments[1:], arguments[0])}
    if isinstance(annotation, typing.NewType):
        return schema_of(annotation.__supertype__)
    if origin is Literal:
        return _choices(list(arguments))
    if origin in _UNIONS:
        return _union([schema_of(one) for one in arguments])
    if isinstance(annotation, type) and issubclass(annotation, enum.Enum):
        return _choices([member.value for member in annotation])
    return _compound(annotation, origin or annotation, arguments)


def to_python(value: Any, annotation: Any) -> Any:
    """Return *value*, which matches the schema of *annotation*, as the annotation wants it; raises ValueError."""
    origin, arguments = typing.get_origin(annotation), typing.get_args(annotation)
    if _is_text(annotation):
        return _TEXTS[annotation][1](value)
    if annotation is float and isinstance(value, int):
        return float(value)
    if annotation is int and isinstance(value, float) and value.is_integer():
        return int(value)  # JSON has one kind of numbers
    if origin is typing.Annotated:
        return to_python(value, arguments[0])
    if isinstance(annotation, typing.NewType):
        return to_python(value, annotation.__supertype__)
    if origin in _UNIONS:
        return _first_that_fits(value, arguments)
    if isinstance(annotation, type) and issubclass(annotation, enum.Enum):
        return annotation(value)
    return _to_compound(value, annotation, origin or annotation, arguments)


def fields_of(annotation: Any) -> dict[str, tuple[Any, bool]]:
    """Return annotation and necessity of each field of a data class or typed dictionary; empty for all else."""
    if dataclasses.is_dataclass(annotation):
        hints = typing.get_type_hints(annotation, include_extras=True)
        missing = dataclasses.MISSING
        fields = [field for field in dataclasses.fields(annotation) if field.init]
        return {
            field.name: (hints[field.name], field.default is missing and field.default_factory is missing)
            for field in fields
        }
    if typing.is_typeddict(annotation):
        hints = typing.get_type_hints(annotation, include_extras=True)
        known = annotation.__required_keys__
        return {name: (_unwrapped(hint), _is_required(hint, by_default=name in known)) for name, hint in hints.items()}
    return {}


def object_schema(fields: dict[str, tuple[Any, bool]]) -> dict[str, Any]:
    """Return the schema of an object with *fields*, each with its annotation and whether it is required."""
    properties = {name: schema_of(annotation) for name, (annotation, _is_required) in fields.items()}
    required = [name for name, (_annotation, is_required) in fields.items() if is_required]
    schema: dict[str, Any] = {"type": "object", "properties": properties, "additionalProperties": False}
    return {**schema, "required": required} if required else schema


def _is_plain(annotation: Any) -> bool:
    return isinstance(annotation, abc.Hashable) and annotation in _PLAIN


def _is_text(annotation: Any) -> bool:
    return isinstance(annotation, abc.Hashable) and annotation in _TEXTS


def _unwrapped(annotation: Any) -> Any:
    is_marked = typing.get_origin(annotation) in (typing.Required, typing.NotRequired)
    return typing.get_args(annotation)[0] if is_marked else annotation


def _is_required(annotation: Any, *, by_default: bool) -> bool:
    """Return whether a key is required; postponed annotations hide its mark from the typed dictionary itself."""
    marks = {typing.Required: True, typing.NotRequired: False}
    return marks.get(typing.get_origin(annotation), by_default)


def _compound(annotation: Any, origin: Any, arguments: tuple[Any, ...]) -> dict[str, Any]:
    if origin is tuple:
        return _tuple_schema(arguments)
    if origin in _LISTS or origin in _SETS:
        items = schema_of(arguments[0]) if arguments else {}
        return {"type": "array", "items": items} | ({"uniqueItems": True} if origin in _SETS else {})
    if origin in _MAPPINGS:
        if arguments and arguments[0] not in (str, Any):
            raise UnsupportedError(_("keys of {key!r}", key=arguments[0]))
        return {"type": "object"} | ({"additionalProperties": schema_of(arguments[1])} if arguments else {})
    if fields := fields_of(annotation):
        return object_schema(fields)
    raise UnsupportedError(getattr(annotation, "__name__", None) or str(annotation))


def _tuple_schema(arguments: tuple[Any, ...]) -> dict[str, Any]:
    if not arguments:
        return {"type": "array"}
    if len(arguments) == 2 and arguments[1] is ...:
        return {"type": "array", "items": schema_of(arguments[0])}
    return {
        "type": "array",
        "prefixItems": [schema_of(one) for one in arguments],
        "minItems": len(arguments),
        "maxItems": len(arguments),
    }


def _choices(values: list[Any]) -> dict[str, Any]:
    values = [value.value if isinstance(value, enum.Enum) else value for value in values]
    if not all(isinstance(value, str | int | float | bool | None) for value in values):
        raise UnsupportedError(_("choices that are neither text nor numbers"))
    names = {"str": "string", "int": "integer", "float": "number", "bool": "boolean", "NoneType": "null"}
    kinds = sorted({names[type(value).__name__] for value in values if type(value).__name__ in names})
    return {"type": kinds[0], "enum": values} if len(kinds) == 1 else {"enum": values}


def _union(schemas: list[dict[str, Any]]) -> dict[str, Any]:
    null = {"type": "null"}
    others = [schema for schema in schemas if schema != null]
    if len(others) == 1 and set(others[0]) == {"type"}:
        return {"type": [others[0]["type"], "null"]}  # simpler for small models than a choice of schemas
    return {"anyOf": schemas}


def _said_of(metadata: tuple[Any, ...], annotation: Any) -> dict[str, Any]:
    """Return description and bounds in the metadata of `Annotated`."""
    found: dict[str, Any] = {}
    counts = "Items" if schema_of(annotation).get("type") == "array" else "Length"
    for item in metadata:
        said = item if isinstance(item, str) else getattr(item, "documentation", None)
        said = said or getattr(item, "description", None)
        if isinstance(said, str):
            found["description"] = said
        found |= {word: value for name, word in _BOUNDS.items() if (value := getattr(item, name, None)) is not None}
        for name in ("min", "max"):
            if isinstance(limit := getattr(item, f"{name}_length", None), int):
                found[f"{name}{counts}"] = limit
        if isinstance(pattern := getattr(item, "pattern", None), str):
            found["pattern"] = pattern
    return found


def _first_that_fits(value: Any, annotations: tuple[Any, ...]) -> Any:
    for annotation in sorted(annotations, key=lambda one: not _is_exact(value, one)):
        try:
            return to_python(value, annotation)
        except (ValueError, TypeError, KeyError, AttributeError, ArithmeticError):
            continue
    raise ValueError(_("{value!r} fits none of the types", value=value))


def _is_exact(value: Any, annotation: Any) -> bool:
    return annotation in _PLAIN and annotation not in (Any, object) and type(value) is annotation


def _to_compound(value: Any, annotation: Any, origin: Any, arguments: tuple[Any, ...]) -> Any:
    if origin is Literal:
        return next(one for one in arguments if _raw(one) == value and type(_raw(one)) is type(value))
    if origin is tuple:
        return _to_tuple(value, arguments)
    if origin in _LISTS or origin in _SETS:
        items = (
            [to_python(item, arguments[0]) for item in _checked(value, list)] if arguments else _checked(value, list)
        )
        return set(items) if origin in (set, abc.Set) else frozenset(items) if origin is frozenset else items
    if origin in _MAPPINGS:
        known = _checked(value, dict)
        return {key: to_python(item, arguments[1]) for key, item in known.items()} if arguments else known
    if fields := fields_of(annotation):
        given = {name: to_python(item, fields[name][0]) for name, item in _checked(value, dict).items()}
        return annotation(**given)
    is_kind = _is_plain(annotation) and annotation not in (Any, object)
    return _checked(value, annotation) if is_kind else value


def _raw(value: Any) -> Any:
    return value.value if isinstance(value, enum.Enum) else value


def _to_tuple(value: Any, arguments: tuple[Any, ...]) -> tuple[Any, ...]:
    if not arguments:
        return tuple(value)
    if len(arguments) == 2 and arguments[1] is ...:
        return tuple(to_python(item, arguments[0]) for item in value)
    return tuple(to_python(item, one) for item, one in zip(value, arguments, strict=True))


def _checked(value: Any, kind: Any) -> Any:
    if not isinstance(value, kind) or (isinstance(value, bool) and kind in (int, float)):
        raise TypeError(_("{value!r} is not {kind}", value=value, kind=kind.__name__))
    return value
