"""Changes single values in the text of a settings file, and preserves every other character.

tomlkit replaces values in place, with their layout. A new value becomes a line of its section; tomlkit would put it
behind the comments above the next one. A result counts only if it parses to what the file said with that change, and
has all its comments.
"""

from __future__ import annotations

import json
import re
import tomllib
from collections import Counter
from collections.abc import Callable, Mapping
from functools import partial
from itertools import pairwise, takewhile
from typing import Any

from chatcli.settings.names import Name, dotted, split_dotted, to_toml

_HEADER = re.compile(r"\s*\[([^\[\]]*)\]")
_ANY_HEADER = re.compile(r"[\s#]*\[")  # of a section, or of a commented-out one
_COMMENT = re.compile(r"^[ \t]*#.*$", re.MULTILINE)


def with_values(text: str, values: Mapping[Name, object]) -> str | None:
    """Return *text* with *values* set; None if that is impossible without changing anything else."""
    changed: str | None = text
    for name, value in values.items():
        changed = None if changed is None else _with_value(changed, name, to_toml(value))
    return changed


def without(text: str, name: Name) -> str | None:
    """Return *text* without the value or table *name*, which it has; None if that would change anything else.

    A table whose last value leaves goes too, unless it holds comments.
    """
    wanted = _parse(text)
    if wanted is None or (table := _table(wanted, name[:-1])) is None:
        return None
    if isinstance(table.pop(name[-1]), dict):
        changed = _without_section(text, name)
        if _is_same(_drop_empty_tables(_parse(changed)), _drop_empty_tables(wanted)):
            return _without_empty(changed, name[:-1])
    bare = _first_valid(text, wanted, partial(_without_item, text, name))
    if bare is None:  # of the only dotted key, nothing is left that could be empty
        return _first_valid(text, _without_empty_tables(wanted, name[:-1])[0], partial(_without_item, text, name))
    return _without_empty(bare, name[:-1])


def _without_empty(text: str, name: Name) -> str:
    """Return *text* without the table *name*, and those around it that hold nothing else, if it is empty."""
    wanted, emptied = _without_empty_tables(_parse(text) or {}, name)
    if not emptied:
        return text
    attempts = partial(_without_empty_section, text, emptied), partial(_without_item, text, emptied)
    changed = _first_valid(text, wanted, *attempts)
    return text if changed is None else changed


def _without_empty_tables(document: dict[str, Any], name: Name) -> tuple[dict[str, Any], Name]:
    """Return *document* without the table *name* if it is empty, and the outermost one that has left with it."""
    table = document
    for size, part in enumerate(name, 1):
        if part not in table:
            break
        if table[part] == _nested(name[size:]):
            del table[part]
            return document, name[:size]
        table = table[part]
    return document, ()


def _nested(name: Name) -> dict[str, Any]:
    """Return the tables on the way to the empty table *name*."""
    return {name[0]: _nested(name[1:])} if name else {}


def _with_value(text: str, name: Name, value: str) -> str | None:
    wanted = _parse(text)
    if wanted is None or (table := _table(wanted, name[:-1])) is None:
        return None
    is_new, before = name[-1] not in table, table.get(name[-1])
    table[name[-1]] = tomllib.loads(f"value = {value}")["value"]
    if isinstance(before, dict) and not isinstance(table[name[-1]], dict):
        return None  # all that the table holds would be lost
    add, replace = lambda: _with_line(text, name, value), lambda: _with_item(text, name, value)
    return _first_valid(text, wanted, *([add, replace] if is_new else [replace]))


def _first_valid(text: str, wanted: dict[str, Any], *attempts: Callable[[], str]) -> str | None:
    """Return the first result that says what is *wanted*, and has every comment of *text*."""
    from tomlkit.exceptions import TOMLKitError

    comments = Counter(_COMMENT.findall(text))
    for attempt in attempts:
        try:
            changed = attempt()
        except (TOMLKitError, LookupError, TypeError, ValueError, AttributeError):
            continue  # a form that tomlkit reads and cannot change
        if _is_same(_parse(changed), wanted) and comments <= Counter(_COMMENT.findall(changed)):
            return changed
    return None


def _is_same(one: object, other: object) -> bool:
    """Compare documents; unlike by ==, true is not 1, and nan is nan."""
    first, second = (json.dumps(document, sort_keys=True, default=str) for document in (one, other))
    return first == second


def _parse(text: str) -> dict[str, Any] | None:
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError:
        return None


def _drop_empty_tables(document: Any) -> Any:
    """Return *document* without tables in which nothing is left: the last section of a kind takes its parent along."""
    if not isinstance(document, dict):
        return document
    tables = {key: _drop_empty_tables(value) for key, value in document.items()}
    return {key: value for key, value in tables.items() if value != {}}


def _table(document: dict[str, Any], name: Name) -> dict[str, Any] | None:
    """Return the table *name* of *document*, created where it is missing; None if another value has its place."""
    table = document
    for part in name:
        table = table.setdefault(part, {})
        if not isinstance(table, dict):
            return None
    return table


def _with_line(text: str, name: Name, value: str) -> str:
    """Add a line to the section of *name*, below its own commented-out line if there is one, or a new section."""
    newline = "\r\n" if "\r\n" in text else "\n"
    lines = text.split("\n")  # not splitlines: other line ends may stand within values
    key, section = dotted(name[-1:]), name[:-1]
    entry = f"{key} = {value}{newline}"
    start = next((at for at, line in enumerate(lines) if _section_of(line) == section), None)
    if start is None:
        gap = newline * (2 - text.endswith("\n")) if text.strip() else ""
        return f"{text}{gap}[{dotted(section)}]{newline}{entry}"
    sample = re.compile(rf"\s*#\s*{re.escape(key)}\s*=")
    below = takewhile(lambda at: not _ANY_HEADER.match(lines[at]), range(start + 1, len(lines)))
    place = next((at for at in below if sample.match(lines[at])), start) + 1
    if place == len(lines):
        return f"{text}{newline}{entry}"
    return "\n".join([*lines[:place], entry.removesuffix("\n"), *lines[place:]])


def _with_item(text: str, name: Name, value: str) -> str:
    """Let tomlkit set a value, in whatever form its table has."""
    import tomlkit

    document = tomlkit.parse(text)
    table: Any = document
    for part in name[:-1]:
        table = table[part] if part in table else table.setdefault(part, {})
    table[name[-1]] = tomlkit.value(value)
    return tomlkit.dumps(document)


def _without_item(text: str, name: Name) -> str:
    import tomlkit

    document = tomlkit.parse(text)
    table: Any = document
    for part in name[:-1]:
        table = table[part]
    del table[name[-1]]
    return tomlkit.dumps(document)


def _without_section(text: str, name: Name) -> str:
    """Remove a section with those below it, each from its header to its last value: comments follow for the next."""
    kept: list[str] = []
    held: list[str] = []
    is_inside = False
    for line in text.split("\n"):
        if section := _section_of(line):
            is_inside = section[: len(name)] == name
            kept, held = [*kept, *held], []
            while is_inside and kept and not kept[-1].strip():
                kept.pop()  # the gap before it; that after it stays
        if not is_inside:
            kept.append(line)
        elif not line.strip() or line.lstrip().startswith("#"):
            held.append(line)
        else:
            held = []
    return "\n".join([*kept, *held])


def _without_empty_section(text: str, name: Name) -> str:
    """Remove an empty section with those below it; raises ValueError if one holds comments."""
    lines = text.split("\n")
    headers = [at for at, line in enumerate(lines) if _section_of(line)]
    for start, end in pairwise([*headers, len(lines)]):
        is_last = end == len(lines)
        body = "\n".join(lines[start + 1 : end])
        inside = body if is_last else body.rpartition("\n\n")[0] if "\n\n" in f"\n{body}" else body
        if _section_of(lines[start])[: len(name)] == name and "#" in inside:
            raise ValueError(body)
    return _without_section(text, name)


def _section_of(line: str) -> Name:
    """Return the name in a line that is the header of a section, empty for other lines."""
    header = _HEADER.match(line)
    return split_dotted(header[1].strip()) if header else ()
