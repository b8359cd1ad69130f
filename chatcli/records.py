"""Frozen and mutable records: what `dataclasses` offers, at a fifth of the import time.

The program has more than a hundred small classes, most of them needed before the first request is sent. The standard
decorator compiles up to seven methods for each, at half a millisecond apiece; here only the constructor is compiled,
and only for the few classes with many instances. Semantics are those of
`@dataclass(frozen=True, slots=True)` for `frozen` and of `@dataclass(slots=True)` for `mutable`, as far as this program
goes: no inheritance of fields, no ordering.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from operator import attrgetter
from typing import Any, TypeVar, dataclass_transform, overload

T = TypeVar("T")


class _Missing:
    """Stands for a missing default, or one that a factory creates for each instance."""

    def __repr__(self) -> str:
        return "..."


MISSING = _Missing()

_FEW = 48  # objects of a class that are made without a compiled constructor, which takes as long as fifty of them


class FrozenFieldError(AttributeError):
    """An attempt to change an immutable value."""


class Field:
    """The properties of one field besides its type."""

    __slots__ = ("default", "default_factory", "metadata", "name")

    def __init__(self, name: str, default: Any, default_factory: Any, metadata: Mapping[str, Any]) -> None:
        self.name = name
        self.default = default
        self.default_factory = default_factory
        self.metadata = metadata


def field(*, default: Any = MISSING, default_factory: Any = MISSING, metadata: Mapping[str, Any] | None = None) -> Any:
    """Describe a field: *default_factory* creates a default per instance, *metadata* is for the program's own use."""
    return Field("", default, default_factory, metadata or {})


@overload
def frozen(cls: type[T], /) -> type[T]: ...
@overload
def frozen(*, kw_only: bool = False) -> Callable[[type[T]], type[T]]: ...
@dataclass_transform(frozen_default=True, field_specifiers=(field,))
def frozen(cls: type | None = None, /, *, kw_only: bool = False) -> Any:
    """Make a class of immutable values that are equal if their fields are equal."""
    shared = {"__eq__": _eq, "__hash__": _hash, "__setattr__": _refuse_set, "__delattr__": _refuse_delete}
    return _decorate(cls, shared, kw_only=kw_only)


@overload
def mutable(cls: type[T], /) -> type[T]: ...
@overload
def mutable(*, kw_only: bool = False) -> Callable[[type[T]], type[T]]: ...
@dataclass_transform(field_specifiers=(field,))
def mutable(cls: type | None = None, /, *, kw_only: bool = False) -> Any:
    """Make a class of objects with mutable fields."""
    return _decorate(cls, {"__eq__": _eq, "__hash__": None}, kw_only=kw_only)


def fields(thing: Any) -> tuple[Field, ...]:
    """Return the fields of a class or an object in order."""
    found: tuple[Field, ...] = thing.__fields__
    return found


def replace(thing: T, /, **changes: Any) -> T:
    """Return a copy of *thing* with some fields changed."""
    return type(thing)(**{item.name: getattr(thing, item.name) for item in fields(thing)} | changes)


def asdict(thing: Any) -> dict[str, Any]:
    """Return the fields of *thing* by name, without converting their values."""
    return {item.name: getattr(thing, item.name) for item in fields(thing)}


def _decorate(cls: type | None, shared: dict[str, Any], *, kw_only: bool) -> Any:
    if cls is None:
        return lambda decorated: _build(decorated, shared, kw_only=kw_only)
    return _build(cls, shared, kw_only=kw_only)


def _build(cls: type, shared: dict[str, Any], *, kw_only: bool) -> Any:
    """Return a copy of *cls* with slots, which cannot be added to an existing class."""
    known = [_field(cls, name) for name, kind in cls.__annotations__.items() if _is_field(kind)]
    names = tuple(item.name for item in known)
    taken = {"__dict__", "__weakref__", *names}
    body = {name: item for name, item in cls.__dict__.items() if name not in taken}
    body |= {name: method for name, method in shared.items() if name not in body or body[name] is None}
    body.setdefault("__repr__", _repr)
    body |= {
        "__qualname__": cls.__qualname__,
        "__reduce__": _reduce,
        "__slots__": names,
        "__fields__": tuple(known),
        "__names": frozenset(names),
        "__defaults": {item.name: item.default for item in known if item.default is not MISSING},
        "__factories": [(item.name, item.default_factory) for item in known if item.default_factory is not MISSING],
        "__match_args__": () if kw_only else names,
        "__key": attrgetter(*names) if names else lambda _thing: (),
    }
    built: Any = type(cls)(cls.__name__, cls.__bases__, body)
    built.__init__ = _compile_later(built, frozen="__setattr__" in shared, kw_only=kw_only)
    return built


def _compile_later(cls: Any, *, frozen: bool, kw_only: bool) -> Callable[..., None]:
    """Return a constructor that is replaced by a compiled one once a class has many instances."""
    made = 0

    def __init__(self: Any, *args: Any, **named: Any) -> None:
        nonlocal made
        made += 1
        if made > _FEW or (kw_only and args) or not _fill(self, args, named):
            cls.__init__ = _constructor(cls, frozen=frozen, kw_only=kw_only)
            cls.__init__(self, *args, **named)

    return __init__


def _fill(thing: Any, args: tuple[Any, ...], named: dict[str, Any]) -> bool:
    """Set the fields of a new object; return False and do nothing for arguments that a constructor would reject."""
    members, names = type(thing).__dict__, thing.__slots__
    placed = dict(zip(names, args, strict=False))
    values = {**members["__defaults"], **placed, **named}
    for name, make in members["__factories"]:
        if name not in values:
            values[name] = make()
    if len(args) > len(names) or values.keys() != members["__names"] or not placed.keys().isdisjoint(named):
        return False
    put = object.__setattr__
    for name, value in values.items():
        put(thing, name, value)
    if hasattr(thing, "__post_init__"):
        thing.__post_init__()
    return True


def _is_field(kind: Any) -> bool:
    return not str(kind).removeprefix("typing.").startswith("ClassVar")


def _field(cls: type, name: str) -> Field:
    default = cls.__dict__.get(name, MISSING)
    if isinstance(default, Field):
        return Field(name, default.default, default.default_factory, default.metadata)
    if isinstance(default, list | dict | set):
        message = f"{cls.__name__}.{name}: a default that can change would be shared; use field(default_factory=...)"
        raise TypeError(message)
    return Field(name, default, MISSING, {})


def _constructor(cls: type, *, frozen: bool, kw_only: bool) -> Callable[..., None]:
    """Compile the constructor, the one method worth it: objects are created by the thousand."""
    known = fields(cls)
    scope: dict[str, Any] = {"MISSING": MISSING, "put": object.__setattr__}
    arguments, lines = ["self", *(["*"] if kw_only and known else [])], []
    for item in known:
        name, taken = item.name, item.name
        scope[f"default_{name}"], scope[f"make_{name}"] = item.default, item.default_factory
        has_default = item.default is not MISSING or item.default_factory is not MISSING
        arguments.append(f"{name}=default_{name}" if has_default else name)
        if item.default_factory is not MISSING:
            taken = f"make_{name}() if {name} is MISSING else {name}"
        lines.append(f" put(self, '{name}', {taken})" if frozen else f" self.{name} = {taken}")
    if "__post_init__" in cls.__dict__:
        lines.append(" self.__post_init__()")
    text = f"def __init__({', '.join(arguments)}):\n" + ("\n".join(lines) or " pass")
    exec(text, scope)  # the text is made of the names of fields alone
    made: Callable[..., None] = scope["__init__"]
    made.__qualname__ = f"{cls.__qualname__}.__init__"
    return made


def _eq(self: Any, other: object) -> Any:
    if other.__class__ is not self.__class__:
        return NotImplemented
    key = self.__class__.__dict__["__key"]
    return key(self) == key(other)


def _hash(self: Any) -> int:
    return hash((self.__class__, self.__class__.__dict__["__key"](self)))


def _repr(self: Any) -> str:
    shown = ", ".join(f"{item.name}={getattr(self, item.name)!r}" for item in self.__fields__)
    return f"{self.__class__.__qualname__}({shown})"


def _reduce(self: Any) -> tuple[Any, ...]:
    # Copies and pickles are made by the constructor: nothing may set a field of a value.
    return _remade, (self.__class__, asdict(self))


def _remade(cls: type, state: Mapping[str, Any]) -> Any:
    return cls(**state)


def _refuse_set(self: Any, name: str, _value: object) -> None:
    message = f"{type(self).__name__}.{name} cannot be changed"
    raise FrozenFieldError(message)


def _refuse_delete(self: Any, name: str) -> None:
    message = f"{type(self).__name__}.{name} cannot be deleted"
    raise FrozenFieldError(message)
