"""Draws frames: what is new is written, what stands is left alone.

The screen is a strip of rows. Rows that are permanent are written once and never again; the live rows are the last on
the strip, and a frame replaces them. The cursor rests at the end of the last row, so a frame that only makes that row
longer writes the new characters and nothing else. Only SGR, relative movement and erasing are used. Where terminals
disagree how wide a character is, the cursor is not sent into a row: the row is written anew.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from rich.segment import Segment

from chatcli.render.rows import EMPTY, ScreenRow, cells_of
from chatcli.render.widths import is_exact, measure

_ERASE_LINE = "\x1b[K"
_ERASE_BELOW = "\x1b[J"
_JOINS = frozenset("\u200d\ufe0e\ufe0f\u20e3")


class Painter:
    """Knows which rows are live on the screen, and turns wanted rows into bytes for the terminal."""

    def __init__(self) -> None:
        self._live: Sequence[ScreenRow] = (EMPTY,)

    @property
    def height(self) -> int:
        """How many rows are live."""
        return len(self._live)

    def paint(self, permanent: Sequence[ScreenRow], live: Sequence[ScreenRow]) -> str:
        """Return what to write so that *permanent* rows stand where the live ones were, and *live* ones follow."""
        old, new = self._live, [*permanent, *(live or (EMPTY,))]
        self._live = new[len(permanent) :]
        first = _first_change(old, new)
        if first == len(old):
            return _appended(new, first)
        return _moved(old, first) + _rewritten(old, new, first)

    def grow(self, row: ScreenRow) -> str:
        """Return what to write so that the last live row becomes *row*."""
        old = self._live[-1]
        self._live = [*self._live[:-1], row]
        return _changed(old, row, at_end=True, erases=False) if row != old else ""

    def leave(self, columns: int, rows: int) -> int:
        """Return how many live rows must stay as they are on a terminal that now has this size.

        A row that is wider than the screen, or that the terminal has broken itself, may take any number of rows now,
        depending on the terminal; what stands above the screen cannot be reached. Such rows and those above them
        become permanent.
        """
        soft = [False, *(row.soft for row in self._live)]
        uncertain = [
            index + 1 for index, row in enumerate(self._live) if soft[index] or row.soft or row.cells > columns
        ]
        count = max([len(self._live) - rows, *uncertain, 0])
        return min(count, len(self._live))

    def forget(self, count: int) -> str:
        """Make the first *count* live rows permanent as they stand; return what to write."""
        self._live = self._live[count:]
        if count and not self._live:
            self._live = (EMPTY,)
            return "\r\n"
        return ""


def printed(rows: Iterable[ScreenRow]) -> str:
    """Return rows as lines of text with colours, for output that is not redrawn."""
    return "".join(_encoded(row.segments) + ("" if row.soft else "\n") for row in rows)


def _first_change(old: Sequence[ScreenRow], new: Sequence[ScreenRow]) -> int:
    """Return the first row to write: rows before it stand already."""
    index = 0
    while index < min(len(old), len(new)) and old[index].segments == new[index].segments:
        index += 1
    if index == len(new):
        index -= 1  # the cursor has to get there
    # A row that the terminal is to break has to be written together with the next one, or it would not know.
    while index and new[index - 1].soft and not old[index - 1].soft:
        index -= 1
    return index


def _appended(new: Sequence[ScreenRow], first: int) -> str:
    return "".join(
        ("" if new[index - 1].soft else "\r\n") + _encoded(new[index].segments) for index in range(first, len(new))
    )


def _moved(old: Sequence[ScreenRow], first: int) -> str:
    up = len(old) - 1 - first
    return f"\x1b[{up}A" if up else ""


def _rewritten(old: Sequence[ScreenRow], new: Sequence[ScreenRow], first: int) -> str:
    """Write the rows from *first* on over the old ones; the cursor is in the first of them."""
    is_shorter = len(new) < len(old)
    at_end = len(old) - 1 == first
    pieces = [_changed(old[first], new[first], at_end=at_end, erases=is_shorter)]
    for index in range(first + 1, len(new)):
        erasing = "" if is_shorter or index >= len(old) else _erasing(old[index], new[index])
        row = _encoded(new[index].segments)
        # Behind a full row the terminal goes on by itself, if nothing comes between.
        pieces += (row, erasing) if new[index - 1].soft else ("\r\n", erasing, row)
    return "".join(pieces)


def _changed(old: ScreenRow, new: ScreenRow, *, at_end: bool, erases: bool) -> str:
    """Write what differs between two states of a row; *at_end* tells that the cursor stands behind the old one."""
    difference = None if new.soft else _difference(old.segments, new.segments)
    if difference and at_end and not erases and difference[1] == old.cells:
        return _encoded(difference[0])
    spans, shared = difference if difference and is_exact(new.text) else (new.segments, 0)
    # Erasing comes first: behind a full row the cursor still stands on its last cell, which would go too.
    there = "\r" + (f"\x1b[{shared}C" if shared else "")
    if not erases:
        return there + _erasing(old, new) + _encoded(spans)
    if spans or old.cells > shared:
        return there + _ERASE_BELOW + _encoded(spans)
    return f"\r\n{_ERASE_BELOW}\x1b[A{there}"


def _erasing(old: ScreenRow, new: ScreenRow) -> str:
    """Return what removes the rest of the old row, if the new one may not cover it."""
    return "" if old.cells <= new.cells and is_exact(new.text) else _ERASE_LINE


def _difference(old: Sequence[Segment], new: Sequence[Segment]) -> tuple[Sequence[Segment], int] | None:
    """Return the segments of *new* behind what both begin with, and the cells of what both begin with.

    None where they part within a character.
    """
    index = 0
    while index < min(len(old), len(new)) and old[index] == new[index]:
        index += 1
    cells, rest = cells_of(new[:index]), new[index:]
    if index < min(len(old), len(new)) and old[index].style == new[index].style:
        text, style, _ = new[index]
        same = _common(old[index].text, text)
        cells += measure(text[:same])
        rest = [Segment(text[same:], style), *new[index + 1 :]] if same < len(text) else new[index + 1 :]
    return None if _is_parted(rest) else (rest, cells)


def _common(one: str, other: str) -> int:
    end = min(len(one), len(other))
    if one[:end] == other[:end]:
        return end
    return next(index for index in range(end) if one[index] != other[index])


def _is_parted(rest: Sequence[Segment]) -> bool:
    """Tell whether *rest* begins within a character: signs that join must be written with what they join."""
    text = "".join(segment.text for segment in rest[:2])
    return bool(text) and (text[0] in _JOINS or measure(text[0]) == 0)


def _encoded(segments: Iterable[Segment]) -> str:
    """Return the segments with their sequences; it begins and ends without attributes."""
    return "".join(style.render(text) if style else text for text, style, _ in segments)
