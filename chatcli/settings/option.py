"""Describes one setting: how its values are checked, its help, and the layers that may set it."""

from __future__ import annotations

from typing import Any, Literal, TypeAlias

from chatcli.records import field, frozen
from chatcli.settings.kinds import ValueKind

LayerName: TypeAlias = Literal["flag", "environment", "project", "user"]
PRECEDENCE: tuple[LayerName, ...] = ("flag", "environment", "project", "user")  # the earlier wins

Counts: TypeAlias = Literal["now", "next chat", "next start"]

_USER: frozenset[LayerName] = frozenset({"flag", "environment", "user"})
ANYBODY: frozenset[LayerName] = _USER | {"project"}


@frozen
class About:
    """Properties of a setting besides its type; *sample* is shown in the example file if there is no default.

    *counts* says when a change takes effect while `chat` runs.
    """

    kind: ValueKind
    help: str
    by: frozenset[LayerName] = _USER
    sample: object = None
    counts: Counts = "now"


def option(
    default: Any,
    kind: ValueKind,
    help: str,
    *,
    by: frozenset[LayerName] = _USER,
    sample: object = None,
    counts: Counts = "now",
) -> Any:
    """Describe the field of a setting."""
    about = {"about": About(kind, help, by, sample, counts)}
    return field(default_factory=dict, metadata=about) if default == {} else field(default=default, metadata=about)
