"""Measures text in cells, as on the terminal that draws it widest.

A row that fits when it is counted so fits everywhere: the terminal never breaks it once more, and the place of every
row stays known. The prompt, pickers and toolbar are measured by `terminal.cells`.
"""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

from rich.cells import get_character_cell_size

from chatcli.terminal import cells

JOINER = "\u200d"
EMOJI_STYLE = "\ufe0f"
_NARROW = re.compile("[ -~\u00a0-\u00ac\u00ae-\u02ff\u0370-\u0377\u0384-\u0482\u2010-\u2027\u2030-\u205e\u20ac]*")

_EXACT = re.compile(
    "[ -~\u00a0-\u00ac\u00ae-\u02ff\u0370-\u0377\u0384-\u0482\u2010-\u2027\u2030-\u205e\u20ac\u2500-\u259f"
    "\u3001-\u3029\u3041-\u3096\u30a0-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uac00-\ud7a3\uff01-\uff60]*"
)


def measure(text: str) -> int:
    """Return the cells that *text* takes on the terminal that draws it widest."""
    if is_narrow(text):
        return len(text)
    return sum(sizes_of(text))


def is_exact(text: str) -> bool:
    """Return whether every terminal draws *text* in as many cells as `measure` counts."""
    return _EXACT.fullmatch(text) is not None


def is_narrow(text: str) -> bool:
    """Return whether every character of *text* takes one cell."""
    return _NARROW.fullmatch(text) is not None


def sizes_of(text: str) -> list[int]:
    """Return the cells that each character of *text* takes."""
    sizes: list[int] = []
    last = 0  # cells of the last character that takes any
    for character in text:
        # The emoji style makes a narrow sign two cells wide, on the terminals that follow it, also behind accents.
        is_widened = character == EMOJI_STYLE and last == 1
        size = 1 if is_widened else cell_of(character)
        last = 2 if is_widened else size or last
        sizes.append(size)
    return sizes


@lru_cache(maxsize=4096)
def cell_of(character: str) -> int:
    """Return the cells that a character takes on its own."""
    if "\U0001f1e6" <= character <= "\U0001f1ff":
        return 2  # half a flag, or a letter in a box
    if character >= "\U0001f000" and unicodedata.category(character) == "Cn":
        return 2  # newer than the tables
    return max(cells.width(character), get_character_cell_size(character))
