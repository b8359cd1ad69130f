"""Computes the minimal output that turns one screen row into another.

Where terminals disagree how wide a character is, the cursor is not sent into a row: the whole row is rewritten.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from rich.segment import Segment

from chatcli.render.rows import ScreenRow, cells_of
from chatcli.render.widths import is_exact, measure

_ERASE_LINE = "\x1b[K"
_ERASE_BELOW = "\x1b[J"
_JOINS = frozenset("\u200d\ufe0e\ufe0f\u20e3")
_LEAST_KEPT = 8  # cells at the end of a row for which it pays to send the cursor over them


class _Difference(NamedTuple):
    """What two rows do not begin with alike, behind the *shared* cells that they do."""

    old: Sequence[Segment]
    new: Sequence[Segment]
    shared: int


def encoded(segments: Iterable[Segment]) -> str:
    """Return the segments with their sequences; it begins and ends without attributes."""
    return "".join(style.render(text) if style else text for text, style, _ in segments)


def changed(old: ScreenRow, new: ScreenRow, *, at_end: bool, erases: bool, leaves: bool = False) -> str:
    """Write what differs between two states of a row; *at_end* means that the cursor stands behind the old one.

    The cursor stands behind the new one then, or anywhere in it if it *leaves* the row.
    """
    difference = None if new.soft else _difference(old.segments, new.segments)
    if difference and at_end and not erases and difference.shared == old.cells:
        return encoded(difference.new)
    if not difference or not is_exact(new.text):
        difference = _Difference(old.segments, new.segments, 0)
    # Erasing comes first: behind a full row the cursor still stands on its last cell, which would go too.
    there = "\r" + (f"\x1b[{difference.shared}C" if difference.shared else "")
    if not erases:
        return there + _rest(old, new, difference, leaves=leaves)
    if difference.new or old.cells > difference.shared:
        return there + _ERASE_BELOW + encoded(difference.new)
    return f"\r\n{_ERASE_BELOW}\x1b[A{there}"


def _rest(old: ScreenRow, new: ScreenRow, difference: _Difference, *, leaves: bool) -> str:
    """Write what follows the cells that both begin with; the cursor is behind them."""
    wider = new.cells - old.cells
    can_keep = wider >= 0 and not (old.soft or new.soft) and is_exact(old.text) and is_exact(new.text)
    kept, middle = _kept(difference) if can_keep else (0, difference.new)
    if not kept:
        return erasing(old, new) + encoded(difference.new)
    inserted = f"\x1b[{wider}@" if wider else ""
    if leaves and list(middle) == [Segment(" " * wider)]:
        return inserted
    return inserted + encoded(middle) + ("" if leaves else f"\x1b[{kept}C")


def erasing(old: ScreenRow, new: ScreenRow) -> str:
    """Return what removes the rest of the old row, if the new one may not cover it."""
    return "" if old.cells <= new.cells and is_exact(new.text) else _ERASE_LINE


def _difference(old: Sequence[Segment], new: Sequence[Segment]) -> _Difference | None:
    """Return where two rows differ; None where they part within a character."""
    index = 0
    while index < min(len(old), len(new)) and old[index] == new[index]:
        index += 1
    cells = cells_of(new[:index])
    olds, news = old[index:], new[index:]
    if olds and news and olds[0].style == news[0].style:
        same = _common(olds[0].text, news[0].text)
        cells += measure(news[0].text[:same])
        olds, news = _cut(olds, same), _cut(news, same)
    return None if _is_parted(news) else _Difference(olds, news, cells)


def _cut(segments: Sequence[Segment], count: int) -> Sequence[Segment]:
    """Return *segments* without *count* characters of the first one."""
    text, style, _ = segments[0]
    return [Segment(text[count:], style), *segments[1:]] if count < len(text) else segments[1:]


def _kept(difference: _Difference) -> tuple[int, Sequence[Segment]]:
    """Return the cells at the end that stand already, and what is new before them; no cells if they are few."""
    olds, news = [*difference.old], [*difference.new]
    kept = 0
    while olds and news and olds[-1] == news[-1]:
        kept += measure(news.pop().text)
        olds.pop()
    if olds and news and olds[-1].style == news[-1].style:
        one, (text, style, _) = olds[-1].text, news.pop()
        same = _common(one[::-1], text[::-1])
        kept += measure(text[len(text) - same :])
        news += [Segment(text[: len(text) - same], style)] if same < len(text) else []
    return (kept, news) if kept >= _LEAST_KEPT else (0, difference.new)


def _common(one: str, other: str) -> int:
    end = min(len(one), len(other))
    if one[:end] == other[:end]:
        return end
    return next(index for index in range(end) if one[index] != other[index])


def _is_parted(rest: Sequence[Segment]) -> bool:
    """Return whether *rest* begins within a character: signs that join must be written with what they join."""
    text = "".join(segment.text for segment in rest[:2])
    return bool(text) and (text[0] in _JOINS or measure(text[0]) == 0)
