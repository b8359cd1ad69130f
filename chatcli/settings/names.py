"""How settings are written: dotted names, values, and what is said when one of them is wrong.

A name is a path such as ("models", "gpt-x.1", "context"), written `models."gpt-x.1".context`.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from typing import TypeAlias

from chatcli.text.phrases import shorten
from chatcli.text.redactor import Redactor

Name: TypeAlias = tuple[str, ...]

_BARE = re.compile(r"[A-Za-z0-9_-]+")
_STEP = re.compile(r'\s*(?:([A-Za-z0-9_-]+)|"((?:[^"\\]|\\.)*)")\s*(?:\.|$)')
_SHOWN_MAX = 60


class WrongValueError(ValueError):
    """A value is not what a setting takes: *must* completes "must …", *hint* is a sentence or empty.

    The value itself must not be repeated where *private* is set: it may be a key in the wrong place.
    """

    def __init__(self, must: str, *, hint: str = "", private: bool = False) -> None:
        super().__init__(must)
        self.must = must
        self.hint = hint
        self.private = private


def dotted(name: Name) -> str:
    """Write a name the way it stands in TOML."""
    return ".".join(step if _BARE.fullmatch(step) else to_toml(step) for step in name)


def split_dotted(text: str) -> Name:
    """Read a dotted name, steps quoted where they hold a dot; the empty name where the text is none."""
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
    """Write a value the way it stands in TOML, on one line."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        # JSON escapes as TOML does, but for DEL, which TOML forbids to stand raw.
        return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007F")
    if isinstance(value, Mapping):
        pairs = ", ".join(f"{dotted((str(key),))} = {to_toml(entry)}" for key, entry in value.items())
        return f"{{ {pairs} }}" if pairs else "{}"
    if isinstance(value, Sequence):
        return f"[{', '.join(map(to_toml, value))}]"
    return str(value)


def format_for_message(value: object) -> str:
    """Write a value for a message: cut, and without what looks like a key."""
    text = Redactor(()).redact(to_toml(value), guess=True)
    return shorten(text, _SHOWN_MAX)
