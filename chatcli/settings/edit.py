"""Changes single values in the text of a settings file, and preserves every other character."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from typing import Any

from chatcli.settings.names import Name, dotted, to_toml

_HEADER = re.compile(r"\s*\[[^\[\]]")


def with_values(text: str, values: Mapping[Name, object]) -> str | None:
    """Return *text* with *values* set; None if that is impossible without changing anything else.

    The result is parsed again to verify that only *values* have changed.
    """
    changed = text
    for name, value in values.items():
        changed = _with_value(changed, name, value)
    try:
        before, after = tomllib.loads(text), tomllib.loads(changed)
    except tomllib.TOMLDecodeError:
        return None
    is_put = all(_put(before, name, value) for name, value in values.items())
    return changed if is_put and before == after else None


def _with_value(text: str, name: Name, value: object) -> str:
    lines = text.splitlines(keepends=True)
    if lines and not lines[-1].endswith("\n"):
        lines[-1] += "\n"
    section = f"[{dotted(name[:-1])}]"
    entry = f"{dotted(name[-1:])} = {to_toml(value)}\n"
    start = next((at for at, line in enumerate(lines) if line.split("#")[0].strip() == section), None)
    if start is None:
        gap = ["\n"] if lines and lines[-1].strip() else []
        return "".join([*lines, *gap, f"{section}\n", entry])
    end = next((at for at in range(start + 1, len(lines)) if _HEADER.match(lines[at])), len(lines))
    for at in range(start + 1, end):
        if re.match(rf"\s*{re.escape(dotted(name[-1:]))}\s*=", lines[at]):
            return "".join([*lines[:at], _keep_comment(lines[at], entry), *lines[at + 1 :]])
    return "".join([*lines[: start + 1], entry, *lines[start + 1 :]])


def _keep_comment(line: str, entry: str) -> str:
    """Keep the comment of a replaced line if it is certainly a comment."""
    found = re.search(r"""\s+#[^"']*$""", line)
    return entry.rstrip("\n") + found[0].rstrip("\n") + "\n" if found else entry


def _put(table: dict[str, Any], name: Name, value: object) -> bool:
    """Set *name* in *table*; return False if one of its parent tables is another value."""
    for part in name[:-1]:
        table = table.setdefault(part, {})
        if not isinstance(table, dict):
            return False
    table[name[-1]] = value
    return True
