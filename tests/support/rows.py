"""Tables row by row: which rows no example needs, because without them every example comes out the same.

A row is an entry of a tuple, a set or a mapping, a field's entry in a record of such tables, and each alternative of a
pattern of wordings (`a|b(?:c|d)` has two).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

import pytest

from chatcli.records import fields, replace

Example = Callable[[], object]


@dataclass(frozen=True, slots=True)
class Rows:
    """A table and its examples: *call* turns each into what is expected of it."""

    module: Any
    table: str
    call: Callable[..., object]
    examples: list[tuple[tuple[Any, ...], object]]

    @property
    def runs(self) -> list[Example]:
        """The examples, ready to be called."""
        return [partial(self.call, *given) for given, _ in self.examples]


def unused(rows: Rows, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Return the rows of the table without which every example gives what it gave."""
    examples = rows.runs
    usual = [_outcome(example) for example in examples]
    found = []
    for row, smaller in without_each_row(getattr(rows.module, rows.table)):
        with monkeypatch.context() as patch:
            patch.setattr(rows.module, rows.table, smaller)
            if [_outcome(example) for example in examples] == usual:
                found.append(row)
    return found


def without_each_row(table: Any) -> Iterator[tuple[str, Any]]:
    """Give each row of *table* as text, and the table without it."""
    match table:
        case str():
            whole = alternatives(table)
            for place, row in enumerate(whole):
                yield row, "|".join(whole[:place] + whole[place + 1 :]) or r"(?!)"
        case Mapping():
            for key in table:
                if table[key] != key:  # a word that stands for itself needs no row
                    yield str(key), {other: value for other, value in table.items() if other != key}
        case frozenset() | set():
            for entry in sorted(table):
                yield str(entry), type(table)(table - {entry})
        case tuple():
            for place, entry in enumerate(table):
                for row, smaller in _without(entry):
                    yield row, (*table[:place], *smaller, *table[place + 1 :])
        case _:
            for item in fields(type(table)):
                for row, smaller in without_each_row(getattr(table, item.name)):
                    yield f"{item.name}: {row}", replace(table, **{item.name: smaller})


def alternatives(pattern: str) -> list[str]:
    """Return the parts of *pattern* that stand between bars outside of brackets."""
    parts, depth, place = [""], 0, 0
    while place < len(pattern):
        size = 2 if pattern[place] == "\\" else 1
        sign = pattern[place : place + size]
        depth += {"(": 1, "[": 1, ")": -1, "]": -1}.get(sign, 0)
        if sign == "|" and depth == 0:
            parts.append("")
        else:
            parts[-1] += sign
        place += size
    return parts


def _without(entry: Any) -> Iterator[tuple[str, tuple[Any, ...]]]:
    """Give what can be taken from one entry of a tuple: one alternative, one word of a set in it, or all of it."""
    if isinstance(entry, str) and len(alternatives(entry)) > 1:
        yield from ((row, (smaller,)) for row, smaller in without_each_row(entry))
    elif isinstance(entry, tuple) and isinstance(entry[-1], set):
        yield from ((row, ((*entry[:-1], smaller),)) for row, smaller in without_each_row(entry[-1]))
    else:
        yield str(getattr(entry, "__name__", entry)), ()


def _outcome(example: Example) -> object:
    try:
        return example()
    except Exception as error:
        return type(error)
