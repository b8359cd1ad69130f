"""Draws frames: writes what is new and leaves unchanged rows alone.

The screen is a strip of rows. Rows that are permanent are written once and never again; the live rows are the last on
the strip, and a frame replaces them. The cursor rests at the end of the row that was written last, so a frame that only
makes that row longer writes the new characters and nothing else; rows that only move up, because rows above them are
not shown any more, are moved by the terminal. Only SGR, relative movement, erasing, inserting of blanks and deleting of
lines are used.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from rich.segment import Segment

from chatcli.render.row_changes import changed, encoded, erasing
from chatcli.render.rows import EMPTY, ScreenRow
from chatcli.render.widths import is_exact

_UNKNOWN = (Segment("\ufffc"),)  # is like no row that is wanted
_FEW_ROWS = 2  # that line ends pass in fewer bytes than a sequence does
_LEAST_SHIFT = 3  # rows that a shift must spare


class Painter:
    """Knows which rows are live on the screen, and turns wanted rows into bytes for the terminal."""

    def __init__(self) -> None:
        self._live: Sequence[ScreenRow] = (EMPTY,)
        self._below = 0  # live rows below the one at whose end the cursor is

    @property
    def height(self) -> int:
        """How many rows are live."""
        return len(self._live)

    def paint(self, permanent: Sequence[ScreenRow], live: Sequence[ScreenRow], *, rests: bool = False) -> str:
        """Return what to write so that *permanent* rows stand where the live ones were, and *live* ones follow.

        The cursor is at the end of the last row then, or if it *rests*, of the row that was written last.
        """
        old, new = self._live, [*permanent, *(live or (EMPTY,))]
        self._live = new[len(permanent) :]
        first, at = _first_change(old, new), len(old) - 1 - self._below
        if first is None and (rests or not self._below):
            return ""
        below, self._below = self._below, 0
        if first is None:
            return _passed(below, new[-1])
        if first == len(old):
            return _moved(at, len(old) - 1) + _appended(new, first)
        if shift := _shift(old, new, first) if first >= len(permanent) else 0:
            return _moved(at, first) + _shifted(old, new, first, shift)
        same = _same_at_end(old, new, first)
        written = _moved(at, first) + _rewritten(old, new, first, at_end=first == at, same=same)
        self._below = same if rests else 0
        return written + (_passed(same, new[-1]) if same and not rests else "")

    def cut(self) -> str:
        """Return what erases the rows below the cursor, which are forgotten: the terminal may have moved them."""
        if not self._below:
            return ""
        self.drop(self._below)
        return "\r\n\x1b[J\x1b[A"

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

    def distrust(self, count: int | None = None) -> None:
        """Write the last *count* live rows whole next time, all if None.

        Some terminals cut rows when they get narrower, others rewrap them.
        """
        known = 0 if count is None else len(self._live) - count
        doubtful = [row._replace(segments=_UNKNOWN) if row.cells else row for row in self._live[known:]]
        self._live = [*self._live[:known], *doubtful]

    def drop(self, count: int) -> None:
        """Forget the last *count* live rows, which are not on the screen any more."""
        self._below = 0
        self._live = self._live[: max(len(self._live) - count, 0)] or (EMPTY,)

    def forget(self, count: int) -> str:
        """Make the first *count* live rows permanent as they stand; return what to write."""
        self._live = self._live[count:]
        if count and not self._live:
            self._live = (EMPTY,)
            return "\r\n"
        return ""


def printed(rows: Iterable[ScreenRow]) -> str:
    """Return rows as lines of text with colours, for output that is not redrawn."""
    return "".join(encoded(row.segments) + ("" if row.soft else "\n") for row in rows)


def _first_change(old: Sequence[ScreenRow], new: Sequence[ScreenRow]) -> int | None:
    """Return the first row to write: rows before it stand already; None if all do."""
    index = 0
    while index < min(len(old), len(new)) and old[index].segments == new[index].segments:
        index += 1
    is_same = index == len(new) == len(old)
    if index == len(new):
        index -= 1  # the cursor has to get there
    # A row that the terminal is to break has to be written together with the next one, or it would not know.
    while index and new[index - 1].soft and not old[index - 1].soft:
        index -= 1
    return None if is_same and index == len(new) - 1 else index


def _appended(new: Sequence[ScreenRow], first: int) -> str:
    return "".join(
        ("" if new[index - 1].soft else "\r\n") + encoded(new[index].segments) for index in range(first, len(new))
    )


def _moved(at: int, row: int) -> str:
    """Return what moves the cursor from one live row to another."""
    if at == row:
        return ""
    return f"\x1b[{at - row}A" if at > row else f"\x1b[{row - at}B"


def _passed(count: int, last: ScreenRow) -> str:
    """Return what moves the cursor over rows that stand, and behind the *last* of them."""
    down = "\r\n" * count if count <= _FEW_ROWS else f"\r\x1b[{count}B"
    return down + (f"\x1b[{last.cells}C" if last.cells else "")


def _shift(old: Sequence[ScreenRow], new: Sequence[ScreenRow], first: int) -> int:
    """Return by how many rows those behind *first* have moved up, if that spares writing some; else 0."""
    if first >= len(old) - 1 or any(row.soft for row in (*old[first:], *new[first:])):
        return 0
    wanted = new[first:]
    best, most = 0, _differing(old[first:], wanted) - _LEAST_SHIFT
    for count in range(1, len(old) - first):
        if old[first + count].segments == wanted[0].segments:
            differing = _differing(old[first + count :], wanted)
            if differing <= most:
                best, most = count, differing - 1
    return best


def _differing(old: Sequence[ScreenRow], new: Sequence[ScreenRow]) -> int:
    """Return how many rows are not as they were."""
    same = sum([one.segments == other.segments for one, other in zip(old, new, strict=False)])
    return max(len(old), len(new)) - same


def _shifted(old: Sequence[ScreenRow], new: Sequence[ScreenRow], first: int, count: int) -> str:
    """Delete *count* rows, and write what follows those that move up; the cursor is in the first of them."""
    old = [*old[:first], *old[first + count :]]
    changes = _first_change(old, new)
    changes = len(new) - 1 if changes is None else changes
    down = min(changes, len(old) - 1) - first
    there = f"\x1b[{count}M" + (f"\x1b[{down}B" if down else "")
    if changes == len(old):
        return there + _appended(new, changes)
    return there + _rewritten(old, new, changes, at_end=False)


def _rewritten(old: Sequence[ScreenRow], new: Sequence[ScreenRow], first: int, *, at_end: bool, same: int = 0) -> str:
    """Write the rows from *first* on over the old ones, but for those at the end that are the *same*.

    The cursor is in the first of them, or behind it *at_end*.
    """
    is_shorter = len(new) < len(old)
    leaves = first < len(new) - same - 1 and not new[first].soft
    pieces = [changed(old[first], new[first], at_end=at_end, erases=is_shorter, leaves=leaves)]
    for index in range(first + 1, len(new) - same):
        before = old[index] if index < len(old) and not is_shorter else EMPTY
        is_last = index == len(new) - same - 1
        pieces.append(_below(before, new[index], is_joined=new[index - 1].soft, is_last=is_last))
    return "".join(pieces)


def _same_at_end(old: Sequence[ScreenRow], new: Sequence[ScreenRow], first: int) -> int:
    """Return how many rows behind *first* stand already at the end, such as those below an answer: they are passed."""
    if len(old) != len(new) or first == len(new) - 1 or not is_exact(new[-1].text):
        return 0
    count = 0
    for one, other in zip(reversed(old[first:]), reversed(new[first + 1 :]), strict=False):
        if one.soft or other.soft or one.segments != other.segments:
            break
        count += 1
    is_joined = count > 0 and (old[-count - 1].soft or new[-count - 1].soft)
    return count - 1 if is_joined else count


def _below(old: ScreenRow, new: ScreenRow, *, is_joined: bool, is_last: bool) -> str:
    """Write a row that stands below the one in which the cursor is; behind the last one the cursor stays."""
    if is_joined:
        # After a full row the terminal wraps on its own, unless something comes in between.
        return encoded(new.segments) + erasing(old, new)
    if not old.segments:
        return "\r\n" + encoded(new.segments)
    if old.segments == new.segments and not (old.soft or new.soft or is_last):
        return "\r\n"
    return "\r\n" + changed(old, new, at_end=False, erases=False, leaves=not is_last).removeprefix("\r")
