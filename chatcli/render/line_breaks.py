"""Breaks lines to fit the screen: between words, between ideographs, or where the row is full.

A word longer than its room, such as an address, begins at the left margin, whatever it stands in, and is left to the
terminal to break: what is copied is then one word. Behind the mark of an item it begins where it is.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from chatcli.render.widths import JOINER, cell_of, is_exact, is_narrow, sizes_of
from chatcli.terminal.cells import previous

_NOT_FIRST = frozenset("、。，．：；！？）］｝」』】》〉〕ー々ぁぃぅぇぉっゃゅょァィゥェォッャュョ…‥")
_NOT_LAST = frozenset("（［｛「『【《〈〔")


class Cut(NamedTuple):
    """A row within a line: where it begins, where its text ends, where the next row begins.

    *outdented* rows begin at the left margin.
    """

    start: int
    end: int
    next: int
    soft: bool = False
    outdented: bool = False


class Margin(NamedTuple):
    """What stands before rows: so many *cells*, of which the first row has a mark (*is_marked*) to begin behind.

    *is_parted*: the first row continues with a word that began at the left margin.
    """

    cells: int = 0
    is_marked: bool = False
    is_parted: bool = False

    def moves(self, start: int) -> bool:
        """Return whether a word too long for its row, which begins at *start* of the text, goes to the left margin."""
        return self.cells > 0 and not (self.is_marked and start == 0)


NO_MARGIN = Margin()


def cut_text(text: str, width: int, *, words: bool = True, margin: Margin = NO_MARGIN) -> list[Cut]:
    """Break text into rows of at most *width* cells, between words or, for code, where the row is full."""
    if len(text) <= width and "\n" not in text and is_narrow(text) and not margin.is_parted:
        return [Cut(0, len(text.rstrip(" ")), len(text))]
    cuts: list[Cut] = []
    start = 0
    for line in text.split("\n"):
        # Spaces at the end take no row of their own.
        cuts += [_moved(cut, start) for cut in _cut_line(line.rstrip(" "), width, margin, words=words)]
        start += len(line) + 1
        margin = Margin(margin.cells)
        cuts[-1] = cuts[-1]._replace(next=start)
    cuts[-1] = cuts[-1]._replace(next=len(text))
    return cuts


def longest_word(line: str) -> int:
    """Return the cells of the longest word in *line*; an ideograph is one."""
    if is_narrow(line):
        return max(map(len, line.split(" ")))
    longest = size = 0
    for sign in line:
        is_alone = _is_ideograph(sign)
        size = 0 if is_alone or sign == " " else size + cell_of(sign)
        longest = max(longest, 2 if is_alone else size)
    return longest


def _moved(cut: Cut, start: int) -> Cut:
    return cut._replace(start=cut.start + start, end=cut.end + start, next=cut.next + start) if start else cut


def _cut_line(text: str, width: int, margin: Margin, *, words: bool) -> Iterator[Cut]:
    if not is_narrow(text):
        return _wide_cuts(text, width, margin, words=words)
    return _narrow_cuts(text, width, margin, words=words)


def _narrow_cuts(text: str, width: int, margin: Margin, *, words: bool) -> Iterator[Cut]:
    """Break text of which every character takes one cell."""
    start, outdented = 0, margin.is_parted
    while len(text) - start > (room := width + margin.cells * outdented):
        space = text.rfind(" ", start, start + room + 1) if words else -1
        end, after = _around(text, start, max(space, start))
        if end > start:
            yield Cut(start, end, after, outdented=outdented)
            start, outdented = after, False
        elif not outdented and margin.moves(start):
            outdented = True
        else:
            yield Cut(start, start + room, start + room, soft=True, outdented=outdented)
            start, outdented = start + room, margin.cells > 0
    yield Cut(start, len(text), len(text), outdented=outdented)


def _wide_cuts(text: str, width: int, margin: Margin, *, words: bool) -> Iterator[Cut]:
    """Break text in which characters take any number of cells; ideographs may be parted anywhere."""
    sizes = sizes_of(text)
    start, outdented = 0, margin.is_parted
    while (full := _fill(sizes, start, room := width + margin.cells * outdented)) < len(text):
        end, after = _around(text, start, _break_before(text, start, full) if words else start)
        if end > start:
            yield Cut(start, end, after, outdented=outdented)
            start, outdented = after, False
        elif not outdented and margin.moves(start):
            outdented = True
        else:
            end = _whole(text, start, full)
            soft = _is_full(text[start:end], sizes[start:end], room)
            yield Cut(start, end, end, soft, outdented)
            start, outdented = end, soft and margin.cells > 0
    yield Cut(start, len(text), len(text), outdented=outdented)


def _is_full(text: str, sizes: Sequence[int], width: int) -> bool:
    """Return whether the text fills a row on every terminal, so that the terminal itself breaks the line there."""
    return sum(sizes) == width and is_exact(text)


def _around(text: str, start: int, position: int) -> tuple[int, int]:
    """Return the place without the spaces before it and those behind it; twice *start* if nothing is before it."""
    end = position
    while end > start and text[end - 1] == " ":
        end -= 1
    if end == start:
        return start, start
    while position < len(text) and text[position] == " ":
        position += 1
    return end, position


def _fill(sizes: Sequence[int], start: int, width: int) -> int:
    """Return the end of what fits into *width* cells from *start* on; at least one character does."""
    position, used = start, 0
    while position < len(sizes) and used + sizes[position] <= width:
        used += sizes[position]
        position += 1
    return max(position, start + 1)


def _break_before(text: str, start: int, full: int) -> int:
    """Return the last place in (start, full] where a row may end for good, or *start*."""
    for position in range(full, start, -1):
        before, after = text[position - 1], text[position]
        if before == " " or after == " ":
            return position
        if (_is_ideograph(before) or _is_ideograph(after)) and not (
            after in _NOT_FIRST or before in _NOT_LAST or cell_of(after) == 0 or before == JOINER
        ):
            return position
    return start


def _whole(text: str, start: int, full: int) -> int:
    """Return the last place up to *full* that does not part a character as people see it, if there is one."""
    position = start + previous(text[start : full + 1], full + 1 - start)
    return position if position > start else full


def _is_ideograph(character: str) -> bool:
    return character >= "\u2e80" and cell_of(character) == 2 and character < "\U0001f000"
