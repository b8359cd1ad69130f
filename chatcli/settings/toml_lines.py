"""Finds the line of a TOML file on which a setting stands; only for messages.

`tomllib` does not say, so it is asked about ever more of the file: the setting stands where it first appears.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from chatcli.settings.names import Name

_MOST = 100_000  # characters: each guess parses the file up to it
_LONGEST = 100  # lines of one value


def line_of(text: str, name: Name) -> int | None:
    """Return the number of the line on which *name* is set in *text*, from 1 on; None if that cannot be found."""
    if len(text) > _MOST:
        return None
    lines = text.splitlines(keepends=True)
    return next((at + 1 for at, line in enumerate(lines) if name[-1] in line and _begins(lines, at, name)), None)


def _begins(lines: list[str], at: int, name: Name) -> bool:
    """Return whether *name* is set by what begins at line *at*."""
    before = _parse(lines[:at])
    if before is None or _holds(before, name):
        return False
    ends = range(at + 1, min(at + _LONGEST, len(lines)) + 1)
    whole = (document for end in ends if (document := _parse(lines[:end])) is not None)
    return _holds(next(whole, {}), name)


def _parse(lines: Iterable[str]) -> dict[str, Any] | None:
    import tomllib  # takes longer to import than all settings; a message may

    try:
        return tomllib.loads("".join(lines))
    except ValueError:
        return None


def _holds(document: Mapping[str, Any], name: Name) -> bool:
    table: object = document
    for step in name:
        if not isinstance(table, Mapping) or step not in table:
            return False
        table = table[step]
    return True
