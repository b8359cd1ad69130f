"""Inline Markdown that grows at its end: what is settled is parsed once.

A text is parsed only from its last settled place on: a space before which every mark has found its partner, so that
nothing that follows can change what stands before. Whether a text is cut there or not, it reads the same. One thing
differs from a parse of the whole, and the same in a stream as at once: marks further apart than `SEGMENT` characters
do not pair, which keeps the worst text cheap.
"""

from __future__ import annotations

import re

from rich.style import Style

from chatcli.render.inline import Inline
from chatcli.render.prose import Part
from chatcli.render.theme import PLAIN

SEGMENT = 1000
_LEAST_SEGMENT = SEGMENT // 2
_TRIES = (1, 2, 4, 8, 16, 32, 64)  # which spaces before the end of a segment are tried as its end
_SPACE = re.compile(r"\s")


class GrowingProse:
    """Inline Markdown that grows; what is settled is parsed once."""

    def __init__(self, inline: Inline) -> None:
        self._inline = inline
        self._style = PLAIN
        self._pinned: tuple[str, list[Part]] = "", []
        self._settled = ""
        self._parts: list[Part] = []
        self._segment = 0  # where the segment begins that is still being read
        self._tried = 0
        self.age = 0  # how often it began anew

    @property
    def settled(self) -> int:
        """How many characters of the text do not change any more."""
        return sum(len(text) for text, _ in self._parts)

    def parts(self, source: str, style: Style = PLAIN) -> list[Part]:
        """Return the text of *source*, which mostly begins with the source of the last call."""
        if style != self._style or not source.startswith(self._settled):
            self._begin(source, style)
        while len(source) - self._segment > SEGMENT:
            self._segment = self._boundary(source)
            self._settle(source, self._segment)
        self._advance(source)
        return self._parts + self._inline.parse(source[len(self._settled) :], self._style)

    def pin(self, source: str, characters: int) -> None:
        """Make final how the first *characters* of the text read: they are about to leave the screen."""
        if characters > self.settled:
            self._parts = self.parts(source, self._style)
            self._settled = source
            self._segment = len(source)
            self._pinned = source, self._parts.copy()

    def _begin(self, source: str, style: Style) -> None:
        """Begin anew: the source has lost its end, or has become a heading; what is pinned stays."""
        self.age += 1
        pinned, parts = self._pinned if source.startswith(self._pinned[0]) else ("", [])
        self._style, self._settled, self._parts = style, pinned, parts.copy()
        self._segment = self._tried = len(pinned)

    def _advance(self, source: str) -> None:
        """Settle what can be: the text up to the last space, if its marks have found each other."""
        position = max(source.rfind(" "), source.rfind("\n"))
        if position <= max(self._tried, len(self._settled)):
            return
        self._tried = position
        if self._inline.settles(source[len(self._settled) : position]):
            self._settle(source, position)

    def _settle(self, source: str, position: int) -> None:
        if position > len(self._settled):
            for text, style in self._inline.parse(source[len(self._settled) : position], self._style):
                if self._parts and self._parts[-1][1] is style and len(self._parts[-1][0]) < SEGMENT:
                    self._parts[-1] = (self._parts[-1][0] + text, style)
                else:
                    self._parts.append((text, style))
            self._settled = source[:position]

    def _boundary(self, source: str) -> int:
        """Return where the segment ends that is longer than may be: at a settled place if one is near.

        It depends on the text alone, so a stream and the whole text are cut at the same places.
        """
        window = source[self._segment : self._segment + SEGMENT]
        spaces = [found.start() for found in _SPACE.finditer(window, _LEAST_SEGMENT)]
        tries = (spaces[-count] for count in _TRIES if count <= len(spaces))
        position = next((position for position in tries if self._inline.settles(window[:position])), None)
        if position is None:
            position = spaces[-1] if spaces else len(window)
        return self._segment + position


def parts_of(inline: Inline, source: str, style: Style = PLAIN) -> list[Part]:
    """Return the text of *source*, however long it is."""
    return GrowingProse(inline).parts(source, style)
