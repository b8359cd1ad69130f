"""Filters a list of choices by the typed letters, and fits their words into rows. Pure."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Sequence

from chatcli.records import frozen
from chatcli.terminal import cells
from chatcli.text.ascii_marks import to_ascii
from chatcli.text.sanitizer import sanitize


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


@frozen
class ChoiceList:
    """Several things to choose one from.

    *search* returns the rows for the typed text; None filters *rows* by their words. The cursor begins on the row with
    the key *current*. *preview* returns what stands below the list for the row in question.
    """

    title: str
    rows: Sequence[ChoiceRow]
    search: Callable[[str], Sequence[ChoiceRow]] | None = None
    current: str = ""
    preview: Callable[[str], Preview] | None = None


def matching(rows: Sequence[ChoiceRow], typed: str) -> list[ChoiceRow]:
    """Return the rows that hold every word of *typed*, whatever the case and the width of its letters."""
    words = _plain(typed).split()
    return [row for row in rows if all(word in _plain(f"{row.label} {row.hint}") for word in words)]


def _plain(text: str) -> str:
    return unicodedata.normalize("NFKC", text).casefold()


def fit_line(text: str, columns: int, ascii_only: bool) -> str:
    """Return *text* as one line in so many cells."""
    return cells.cut_to_width(to_line(text, ascii_only), columns, mark="..." if ascii_only else "…")


def to_line(text: str, ascii_only: bool) -> str:
    """Return *text* as one line that is harmless to a terminal."""
    line = sanitize(text).replace("\n", " ").replace("\t", " ")
    return to_ascii(line) if ascii_only else line
