"""Renders growing inline Markdown: settled text is parsed once, and text that left the screen is dropped.

A text is parsed only from its last settled place on: a place between words before which every mark has found its
partner, so that nothing that follows can change what stands before. Whether a text is cut there or not, it reads the
same. One thing differs from a parse of the whole, and the same in a stream as at once: marks further apart than
`SEGMENT` characters do not pair, which keeps the worst text cheap.
"""

from __future__ import annotations

import re

from rich.style import Style

from chatcli.markdown.data_addresses import end_of_data
from chatcli.records import frozen
from chatcli.render.inline import Inline
from chatcli.render.prose import Part
from chatcli.render.rows import skip
from chatcli.render.theme import PLAIN

SEGMENT = 1000
_LEAST_SEGMENT = SEGMENT // 2
_TRIES = (1, 8, 64)  # which places before the end of a segment are tried as its end
# Between words: a space, or behind punctuation of scripts without spaces, which no address continues with.
_PLACE = re.compile(r"\s|(?<=[、。，；：？！）】》」』…])")
_NEAR = 200  # characters before the end in which the last place is looked for


@frozen
class _Settled:
    """What does not change any more: the source up to *end*, and its text behind the first *start* characters."""

    source: str = ""
    end: int = 0
    parts: tuple[Part, ...] = ()
    start: int = 0

    def begins(self, source: str) -> bool:
        """Return whether *source* begins with what is settled."""
        return source.startswith(self.source) or source.startswith(self.source[: self.end])


class GrowingProse:
    """Inline Markdown that grows; what is settled is parsed once."""

    def __init__(self, inline: Inline) -> None:
        self._inline = inline
        self._style = PLAIN
        self._pinned = _Settled()  # when characters last left
        self._source = ""
        self._end = 0  # of the source that is settled
        self._parts: list[Part] = []  # its text, behind the first *start* characters
        self._start = self._size = 0
        self._segment = 0  # where the segment begins that is still being read
        self._tried = 0
        self.left = 0  # how many characters of the text stand on the screen for good
        self.age = 0  # how often it was restarted

    @property
    def settled(self) -> int:
        """How many characters of what `parts` returns do not change any more."""
        return max(0, self._start + self._size - self.left)

    def parts(self, source: str, style: Style = PLAIN, *, is_open: bool = False) -> list[Part]:
        """Return the text of *source*, which mostly begins with the source of the last call, without what has left.

        *is_open* means that more of it is to come.
        """
        if style != self._style or not _Settled(self._source, self._end).begins(source):
            self._begin(source, style)
        self._source = source
        while (end := self._end_of_segment(source)) is not None:
            self._segment = end
            self._settle(end)
        self._advance(source)
        return skip([*self._parts, *self._read(len(source), is_open=is_open)], self.left - self._start)

    def leave(self, source: str, characters: int) -> None:
        """Forget the first *characters* of the text: they stand on the screen for good, and read as they do now."""
        if characters > self._start + self._size:
            self.parts(source, self._style)
            begin = _with_context(source, self._end)
            end = begin + len(self._inline.shown(source[begin:]))
            self._settle(end)
            self._segment = max(self._segment, end)
        self.left = characters
        self._trim()
        self._pinned = _Settled(self._source, self._end, tuple(self._parts), self._start)

    def _begin(self, source: str, style: Style) -> None:
        """Restart: the source has lost its end, or has become a heading; printed rows stay."""
        self.age += 1
        pinned = self._pinned if self._pinned.begins(source) else _Settled()
        self._style, self._source = style, source
        self._end = self._segment = self._tried = pinned.end
        self._start, self._parts = pinned.start, [(text, style + drawn) for text, drawn in pinned.parts]
        self._size = sum(len(text) for text, _ in self._parts)

    def _advance(self, source: str) -> None:
        """Settle what can be: the text up to the last place between words, if its marks have found each other."""
        position = _last_place(source, max(self._tried, self._end) + 1)
        if position is None:
            return
        self._tried = position
        if self._is_settled(self._end, position):
            self._settle(position)

    def _read(self, end: int, *, is_open: bool = False) -> list[Part]:
        """Return the text between what is settled and *end*."""
        begin = _with_context(self._source, self._end)
        return skip(self._inline.parse(self._source[begin:end], self._style, is_open=is_open), self._end - begin)

    def _settle(self, end: int) -> None:
        if end <= self._end:
            return
        for text, style in self._read(end):
            self._size += len(text)
            if self._parts and self._parts[-1][1] is style and len(self._parts[-1][0]) < SEGMENT:
                self._parts[-1] = (self._parts[-1][0] + text, style)
            else:
                self._parts.append((text, style))
        self._end = end
        self._trim()

    def _trim(self) -> None:
        count = min(self.left - self._start, self._size)
        if count > 0:
            self._parts = skip(self._parts, count)
            self._start += count
            self._size -= count

    def _end_of_segment(self, source: str) -> int | None:
        """Return where the segment ends if it is longer than may be: at a settled place if one is near.

        It depends on the text alone, so a stream and the whole text are cut at the same places.
        """
        start = self._segment
        if len(source) - start <= SEGMENT:
            return None
        window = source[start : start + SEGMENT]
        positions = [found.start() for found in _PLACE.finditer(window, 1)]
        if not positions or positions[-1] < _LEAST_SEGMENT:
            return _end_of_word(source, start)
        tries = (positions[-count] for count in _TRIES if count <= len(positions))
        return start + next(
            (position for position in tries if self._is_settled(start, start + position)), positions[-1]
        )

    def _is_settled(self, start: int, position: int) -> bool:
        known = self._end if start < self._end <= position else start
        return self._inline.settles(self._source[_with_context(self._source, known) : position])


def read_prose(inline: Inline, source: str, style: Style = PLAIN) -> list[Part]:
    """Return the text of *source*, however long it is."""
    return GrowingProse(inline).parts(source, style)


def _with_context(source: str, position: int) -> int:
    """Return where to begin to read at *place*: with the sign before it, which tells what a mark behind it can be."""
    return (
        position - 1
        if position and not source[position - 1].isspace() and _PLACE.match(source, position, position)
        else position
    )


def _last_place(source: str, least: int) -> int | None:
    """Return the last place between words that is *least* or more; far before the end, only spaces are looked for."""
    near = max(least, len(source) - _NEAR)
    positions = [found.start() for found in _PLACE.finditer(source, near)]
    position = positions[-1] if positions else max(source.rfind(" ", least, near), source.rfind("\n", least, near))
    return position if position >= least else None


def _end_of_word(source: str, start: int) -> int | None:
    """Return the end of the long word at the end of a segment, None if it is not there yet."""
    data = end_of_data(source, start, start + SEGMENT)
    least = max(start + SEGMENT, data)
    if data == len(source):
        return None
    found = _PLACE.search(source, least, least + SEGMENT)
    if found:
        return found.start()
    return least + SEGMENT if len(source) >= least + SEGMENT else None
