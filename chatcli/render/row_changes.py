"""Computes the minimal output that turns one screen row into another.

Where terminals disagree how wide a character is, the cursor is not sent into a row: the whole row is rewritten.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from rich.segment import Segment

from chatcli.render.rows import ScreenRow, cells_of
from chatcli.render.widths import is_exact, measure

_ERASE_LINE = "\x1b[K"
_ERASE_BELOW = "\x1b[J"
_JOINS = frozenset("\u200d\ufe0e\ufe0f\u20e3")
_LEAST_KEPT = 8  # cells at the end of a row for which it pays to send the cursor over them


def encoded(segments: Iterable[Segment]) -> str:
    """Return the segments with their sequences; it begins and ends without attributes."""
    return "".join(style.render(text) if style else text for text, style, _ in segments)


def changed(old: ScreenRow, new: ScreenRow, *, at_end: bool, erases: bool) -> str:
    """Write what differs between two states of a row; *at_end* tells that the cursor stands behind the old one."""
    difference = None if new.soft else _difference(old.segments, new.segments)
    if difference and at_end and not erases and difference[1] == old.cells:
        return encoded(difference[0])
    spans, shared = difference if difference and is_exact(new.text) else (new.segments, 0)
    # Erasing comes first: behind a full row the cursor still stands on its last cell, which would go too.
    there = "\r" + (f"\x1b[{shared}C" if shared else "")
    if not erases:
        kept = _kept(old, new, len(spans))
        over = f"\x1b[{cells_of(new.segments[-kept:])}C" if kept else ""
        return there + erasing(old, new) + encoded(spans[: len(spans) - kept]) + over
    if spans or old.cells > shared:
        return there + _ERASE_BELOW + encoded(spans)
    return f"\r\n{_ERASE_BELOW}\x1b[A{there}"


def erasing(old: ScreenRow, new: ScreenRow) -> str:
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


def _kept(old: ScreenRow, new: ScreenRow, most: int) -> int:
    """Return how many segments at the end of a row stand where they stood, of *most* that would be written."""
    if old.cells != new.cells or old.soft or new.soft or not (is_exact(old.text) and is_exact(new.text)):
        return 0
    count = 0
    for one, other in zip(reversed(old.segments), reversed(new.segments[len(new.segments) - most + 1 :]), strict=False):
        if one != other:
            break
        count += 1
    return count if count and cells_of(new.segments[-count:]) >= _LEAST_KEPT else 0


def _common(one: str, other: str) -> int:
    end = min(len(one), len(other))
    if one[:end] == other[:end]:
        return end
    return next(index for index in range(end) if one[index] != other[index])


def _is_parted(rest: Sequence[Segment]) -> bool:
    """Return whether *rest* begins within a character: signs that join must be written with what they join."""
    text = "".join(segment.text for segment in rest[:2])
    return bool(text) and (text[0] in _JOINS or measure(text[0]) == 0)
