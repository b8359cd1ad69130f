"""Rows of the screen: styled text broken to a width, without padding.

Widths are counted as the widest terminal draws: a row that fits here fits everywhere, so the terminal never breaks it
once more, and the place of every row stays known. A line that is broken only because the screen is too narrow (code,
addresses) is left to the terminal's own wrapping, so that copying it gives one line.
"""

from __future__ import annotations

import itertools
import re
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache
from typing import NamedTuple, TypeAlias

from rich.cells import get_character_cell_size

from chatcli.render.theme import Ink
from chatcli.terminal import cells

Span: TypeAlias = tuple[str, Ink]

_JOINER = "\u200d"
_EMOJI_STYLE = "\ufe0f"
_NOT_FIRST = frozenset("、。，．：；！？）］｝」』】》〉〕ー々ぁぃぅぇぉっゃゅょァィゥェォッャュョ…‥")
_NOT_LAST = frozenset("（［｛「『【《〈〔")
_NARROW = re.compile("[ -~\u00a0-\u00ac\u00ae-\u02ff\u0370-\u0377\u0384-\u0482\u2010-\u2027\u2030-\u205e\u20ac]*")

_EXACT = re.compile(
    "[ -~\u00a0-\u00ac\u00ae-\u02ff\u0370-\u0377\u0384-\u0482\u2010-\u2027\u2030-\u205e\u20ac\u2500-\u259f"
    "\u3001-\u3029\u3041-\u3096\u30a0-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uac00-\ud7a3\uff01-\uff60]*"
)


class ScreenRow(NamedTuple):
    """One row: its spans, the cells they take, and the *size*: how many characters of the text it uses up.

    *size* is `GAP` for the empty row before a block.

    *soft*: the next row belongs to the same line, and the terminal is to break it.
    """

    spans: tuple[Span, ...]
    cells: int
    size: int = 0
    soft: bool = False

    @property
    def text(self) -> str:
        """What the row shows."""
        return "".join(text for text, _ in self.spans)


GAP = -1
EMPTY = ScreenRow((), 0, GAP)


class Prefix(NamedTuple):
    """What stands before the rows of a leaf: *first* before its first row, *rest* before the others."""

    first: tuple[Span, ...] = ()
    rest: tuple[Span, ...] = ()


NO_PREFIX = Prefix()


class _Cut(NamedTuple):
    """A row within a line: where it begins, where its text ends, where the next row begins."""

    start: int
    end: int
    next: int
    soft: bool = False


def flow(spans: Iterable[Span], width: int, *, prefix: Prefix = NO_PREFIX, words: bool = True) -> list[ScreenRow]:
    """Break text into rows of at most *width* cells, between words or, for code, where the row is full."""
    rows: list[ScreenRow] = []
    for line in _lines(spans):
        rows += _broken(line, width, prefix, words=words)
        prefix = Prefix(prefix.rest, prefix.rest)
    rows[-1] = rows[-1]._replace(size=rows[-1].size - 1)  # no newline follows the last line
    return rows


class Flow:
    """The rows of a text that grows at its end: rows of what is settled are broken once."""

    def __init__(self, width: int, prefix: Prefix, skipped: int) -> None:
        self._width = width
        self._prefix = prefix
        self._used = skipped
        self._rows: list[ScreenRow] = []

    def rows(self, spans: Sequence[Span], settled: int) -> list[ScreenRow]:
        """Return the rows of all *spans*, of which the first *settled* characters do not change any more."""
        prefix = Prefix(self._prefix.rest, self._prefix.rest) if self._rows else self._prefix
        rest = skip(spans, self._used) if self._used else spans
        if self._used and not rest and not self._rows:
            return []  # all of it has been skipped
        rows = flow(rest, self._width, prefix=prefix)
        shown = [*self._rows, *rows]
        # A row is settled if the next one is, for its first word might still become short enough to move up.
        for row, following in itertools.pairwise(rows):
            if self._used + row.size + following.size > settled:
                break
            self._rows.append(row)
            self._used += row.size
        return shown


def packed(spans: Iterable[Span], size: int = 0, *, soft: bool = False) -> ScreenRow:
    """Return one row of *spans*, which fit, without spaces at its end."""
    merged: list[Span] = []
    for text, ink in spans:
        if merged and merged[-1][1] == ink:
            merged[-1] = (merged[-1][0] + text, ink)
        elif text:
            merged.append((text, ink))
    while merged and not soft and merged[-1][0].endswith(" "):
        text, ink = merged.pop()
        if stripped := text.rstrip(" "):
            merged.append((stripped, ink))
    return ScreenRow(tuple(merged), sum(measure(text) for text, _ in merged), size, soft)


def skip(spans: Iterable[Span], size: int) -> list[Span]:
    """Return the spans without their first *size* characters."""
    rest: list[Span] = []
    for text, ink in spans:
        if size < len(text):
            rest.append((text[size:], ink))
        size = max(0, size - len(text))
    return rest


def measure(text: str) -> int:
    """Return the cells that *text* takes on the terminal that draws it widest."""
    if _NARROW.fullmatch(text):
        return len(text)
    return sum(_cells_of(text))


def is_exact(text: str) -> bool:
    """Tell whether every terminal draws *text* in as many cells as `measure` counts."""
    return _EXACT.fullmatch(text) is not None


def _lines(spans: Iterable[Span]) -> Iterator[list[Span]]:
    line: list[Span] = []
    for text, ink in spans:
        first, *others = text.split("\n")
        line.append((first, ink))
        for other in others:
            yield line
            line = [(other, ink)]
    yield line


def _broken(line: Sequence[Span], width: int, prefix: Prefix, *, words: bool) -> list[ScreenRow]:
    text = "".join([part for part, _ in line])
    if len(text) <= width and not prefix.first and _NARROW.fullmatch(text):
        return [packed(line, len(text) + 1)]
    room = max(1, width - sum(measure(part) for part, _ in prefix.first))
    # Spaces at the end take no row of their own.
    cuts = list(_cuts(text.rstrip(" "), room, words=words))
    cuts[-1] = cuts[-1]._replace(next=len(text))
    rows = [
        packed((*(prefix.rest if number else prefix.first), *spans), cut.next - cut.start, soft=cut.soft)
        for number, (cut, spans) in enumerate(zip(cuts, _parted(line, cuts), strict=True))
    ]
    if prefix.rest:  # the terminal would break the line without it
        rows = [row._replace(soft=False) for row in rows]
    rows[-1] = rows[-1]._replace(size=rows[-1].size + 1)  # it uses up the newline
    return rows


def _parted(line: Sequence[Span], cuts: Iterable[_Cut]) -> Iterator[list[Span]]:
    """Return the spans of each row of a line."""
    number = position = 0
    for cut in cuts:
        spans: list[Span] = []
        while number < len(line) and position < cut.end:
            text, ink = line[number]
            if position + len(text) > cut.start:
                spans.append((text[max(0, cut.start - position) : cut.end - position], ink))
            if position + len(text) > cut.end:
                break
            position += len(text)
            number += 1
        yield spans


def _cuts(text: str, width: int, *, words: bool) -> Iterator[_Cut]:
    if not _NARROW.fullmatch(text):
        return _wide_cuts(text, width, words=words)
    return _narrow_cuts(text, width, words=words)


def _narrow_cuts(text: str, width: int, *, words: bool) -> Iterator[_Cut]:
    """Break text of which every character takes one cell."""
    start = 0
    while len(text) - start > width:
        space = text.rfind(" ", start, start + width + 1) if words else -1
        end, after = _around(text, start, max(space, start))
        if end > start:
            yield _Cut(start, end, after)
            start = after
        else:
            yield _Cut(start, start + width, start + width, soft=True)
            start += width
    yield _Cut(start, len(text), len(text))


def _wide_cuts(text: str, width: int, *, words: bool) -> Iterator[_Cut]:
    """Break text in which characters take any number of cells; ideographs may be parted anywhere."""
    sizes = _cells_of(text)
    start = position = 0
    while (full := _fill(sizes, start, width)) < len(text):
        end, position = _around(text, start, _break_before(text, start, full) if words else start)
        if end > start:
            yield _Cut(start, end, position)
        else:
            position = _whole(text, sizes, start, full)
            yield _Cut(start, position, position, soft=_is_full(text[start:position], sizes[start:position], width))
        start = position
    yield _Cut(start, len(text), len(text))


def _is_full(text: str, sizes: Sequence[int], width: int) -> bool:
    """Tell whether the text fills a row on every terminal, so that the terminal itself breaks the line there."""
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
            after in _NOT_FIRST or before in _NOT_LAST or _cell(after) == 0 or before == _JOINER
        ):
            return position
    return start


def _whole(text: str, sizes: Sequence[int], start: int, full: int) -> int:
    """Return the last place up to *full* that does not part a joined character, if there is one."""
    position = full
    while position > start and (
        sizes[position] == 0 or text[position] == _EMOJI_STYLE or text[position - 1] == _JOINER
    ):
        position -= 1
    return position if position > start else full


def _is_ideograph(character: str) -> bool:
    return character >= "\u2e80" and _cell(character) == 2 and character < "\U0001f000"


def _cells_of(text: str) -> list[int]:
    sizes: list[int] = []
    for character in text:
        # The emoji style makes a narrow sign two cells wide, on the terminals that follow it.
        is_widened = character == _EMOJI_STYLE and sizes and sizes[-1] == 1
        sizes.append(1 if is_widened else _cell(character))
    return sizes


@lru_cache(maxsize=4096)
def _cell(character: str) -> int:
    if "\U0001f1e6" <= character <= "\U0001f1ff":
        return 2  # half a flag, or a letter in a box
    if character >= "\U0001f000" and unicodedata.category(character) == "Cn":
        return 2  # newer than the tables
    return max(cells.width(character), get_character_cell_size(character))
