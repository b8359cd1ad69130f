"""Filters a list of choices by what was typed. Pure."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence

from chatcli.records import frozen


@frozen
class ChoiceRow:
    """One thing to choose: *key* names it for the program, *label* and *hint* for people."""

    key: str
    label: str
    hint: str = ""


@frozen
class Preview:
    """What a choice would look like: *markdown* in the colours of *theme*."""

    markdown: str
    theme: str


def matching(rows: Sequence[ChoiceRow], typed: str) -> list[ChoiceRow]:
    """Return the rows that hold every word of *typed*, whatever the case and the width of its letters."""
    words = _plain(typed).split()
    return [row for row in rows if all(word in _plain(f"{row.label} {row.hint}") for word in words)]


def _plain(text: str) -> str:
    return unicodedata.normalize("NFKC", text).casefold()
