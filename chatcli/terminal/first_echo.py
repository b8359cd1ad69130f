"""Decides which of the first keys are echoed before the prompt is there; pure, and quick to import.

What is echoed looks as the prompt will draw it: signs of a known width on one row, and Backspace over them. The first
key that means anything else (Enter, an arrow, a paste), the end of the row, a window of another width, and signs that
terminals draw differently end the echo; from there on keys only wait. What they mean is not decided here.
"""

from __future__ import annotations

import codecs
import unicodedata

MARK = "> "
_BACKSPACE = "\x7f\x08"
_LETTERS = frozenset({"Lu", "Ll", "Lt", "Lm", "Lo", "Nd", "Pc", "Pd", "Ps", "Pe", "Pi", "Pf", "Po"})
_ECHOED = _LETTERS | {"Sm", "Sc", "Sk", "Zs"}  # other symbols change their width with Unicode's versions
# Letters of Hangul that join or fill, parts of flags and skin tones: alone they are wide or narrow, together one sign.
_JOINING = (
    ("\u1100", "\u11ff"),
    ("\u3164", "\u3164"),
    ("\ua960", "\ua97c"),
    ("\ud7b0", "\ud7ff"),
    ("\uff9e", "\uffa0"),
    ("\U0001f1e6", "\U0001f1ff"),
    ("\U0001f3fb", "\U0001f3ff"),
)


class FirstEcho:
    """The row behind the mark, in a terminal of so many *columns*."""

    def __init__(self, columns: int) -> None:
        self._columns = columns
        self._signs: list[int] = []  # the cells that each of them takes
        self._decoder = codecs.getincrementaldecoder("utf-8")("replace")
        self._is_open = True

    @property
    def cells(self) -> int:
        """How many cells are taken, those of the mark too."""
        return len(MARK) + sum(self._signs)

    def feed(self, data: bytes, columns: int) -> str:
        """Return what to write for the keys *data*, now that the terminal has so many *columns*."""
        self._is_open &= columns == self._columns
        text = self._decoder.decode(data)
        return "".join(self._echo(character) for character in text if self._is_open)

    def _echo(self, character: str) -> str:
        if character in _BACKSPACE:
            cells = self._signs.pop() if self._signs else 0
            return "\b" * cells + " " * cells + "\b" * cells
        cells = _cells(character)
        if cells == 0 and self._signs:
            return character  # it belongs to the sign before it
        # A full last column would make some terminals wrap.
        self._is_open = cells > 0 and self.cells + cells < self._columns
        if not self._is_open:
            return ""
        self._signs.append(cells)
        return character


def _cells(character: str) -> int:
    """Return the cells of *character*, 0 if it combines with the one before it, -1 if that cannot be said."""
    if " " <= character <= "~":
        return 1
    if any(first <= character <= last for first, last in _JOINING):
        return -1
    category = unicodedata.category(character)
    if category == "Mn" and unicodedata.combining(character):
        return 0
    if category not in _ECHOED:
        return -1
    return 2 if unicodedata.east_asian_width(character) in "WF" else 1
