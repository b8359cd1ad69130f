"""Breaks a draft into rows of the screen, with the cursor in them; pure."""

from __future__ import annotations

from functools import lru_cache

from chatcli.terminal import cells

MARK, CONTINUED = "> ", "  "


@lru_cache(maxsize=4)
def wrap_draft(text: str, cursor: int, columns: int, most: int) -> tuple[tuple[str, ...], tuple[int, int]]:
    """Return at most *most* rows of *text* around its *cursor*, and column and row of the cursor in them.

    No row takes all of *columns*: behind a full row terminals disagree about where the cursor is.
    """
    rows, used, position, place = [MARK], len(MARK), 0, (len(MARK), 0)
    for character in cells.characters(text):
        size = 0 if character == "\n" else cells.width(character)
        if used + size >= columns and size:
            rows.append(CONTINUED)
            used = len(CONTINUED)
        if position <= cursor:
            place = (used, len(rows) - 1)
        if character == "\n":
            rows.append(CONTINUED)
            used = len(CONTINUED)
        else:
            rows[-1] += character
            used += size
        position += len(character)
    if cursor >= position:
        place = (used, len(rows) - 1)
    top = min(place[1], max(len(rows) - most, 0))
    return tuple(rows[top : top + most]), (place[0], place[1] - top)
