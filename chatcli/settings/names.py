"""Formats and parses the names and values of settings.

A name is a path such as ("models", "gpt-x.1", "context"), written `models."gpt-x.1".context`.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from typing import TypeAlias

from chatcli.text.patterns import pattern
from chatcli.text.phrases import shorten
from chatcli.text.redactor import Redactor

Name: TypeAlias = tuple[str, ...]

_BARE = pattern(r"[A-Za-z0-9_-]+")
_STEP = pattern(r'\s*(?:([A-Za-z0-9_-]+)|"((?:[^"\\]|\\.)*)")\s*(?:\.|$)')
_SHOWN_MAX = 60


class WrongValueError(ValueError):
    """An invalid value of a setting; *must* completes "must …", *hint* is a sentence or empty.

    If *private* is set, the value must not be shown: it may be a misplaced key.
    """

    def __init__(self, must: str, *, hint: str = "", private: bool = False) -> None:
        super().__init__(must)
        self.must = must
        self.hint = hint
        self.private = private


def dotted(name: Name) -> str:
    """Format a name as in TOML."""
    return ".".join(step if _BARE.fullmatch(step) else to_toml(step) for step in name)


def split_dotted(text: str) -> Name:
    """Parse a dotted name with quoted parts; return the empty name for invalid text."""
    steps: list[str] = []
    at = 0
    while at < len(text):
        step = _STEP.match(text, at)
        if not step:
            return ()
        steps.append(step[1] or re.sub(r"\\(.)", r"\1", step[2] or ""))
        at = step.end()
    return () if text.rstrip().endswith(".") else tuple(steps)


def to_toml(value: object) -> str:
    """Format a value as TOML, on one line."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        # JSON escapes like TOML, except for DEL, which TOML does not allow unescaped.
        return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007F")
    if isinstance(value, Mapping):
        pairs = ", ".join(f"{dotted((str(key),))} = {to_toml(entry)}" for key, entry in value.items())
        return f"{{ {pairs} }}" if pairs else "{}"
    if isinstance(value, Sequence):
        return f"[{', '.join(map(to_toml, value))}]"
    return str(value)


def format_for_message(value: object) -> str:
    """Format a value for a message: shortened, and with possible keys masked."""
    text = Redactor(()).redact(to_toml(value), guess=True)
    return shorten(text, _SHOWN_MAX)
