"""Keeps the sections of a reply in screen order: those that ended, and the open one."""

from __future__ import annotations

from chatcli.render.prose import Part
from chatcli.render.rows import EMPTY, ScreenRow
from chatcli.render.sections import Answer, LineSection, Section


class Strip:
    """Draws sections one under the other; quiet ones stand together, others are set apart by an empty row."""

    def __init__(self) -> None:
        self.open: Section | None = None
        self._waiting: list[Section] = []  # to be drawn; the open one is the last
        self._last: Section | None = None  # the last section of which rows are on the screen for good
        self._live: Section | None = None  # the section whose rows were live in the last frame; it may have ended since
        self._gap = 0  # live rows that stand before its rows

    def add(self, section: Section, now_s: float) -> None:
        """Close the open section and open this one."""
        self.close(now_s)
        self._waiting.append(section)
        self.open = section

    def close(self, now_s: float) -> None:
        """Close the open section, if there is one."""
        if self.open:
            self.open.close(now_s)
        self.open = None

    def insert(self, remark: LineSection) -> None:
        """Show a remark of ours: before what is open, or within an answer where no block is parted by it."""
        if isinstance(self.open, Answer):
            self.open.insert(remark)
        else:
            self._waiting.insert(len(self._waiting) - (self.open is not None), remark)

    @property
    def remarks(self) -> list[list[Part]]:
        """The remarks that wait for a place."""
        return self.open.remarks if isinstance(self.open, Answer) else []

    def draw(self, width: int, height: int) -> tuple[list[ScreenRow], list[ScreenRow]]:
        """Return the rows that have become final since the last call, and at most *height* live rows."""
        final: list[ScreenRow] = []
        live: list[ScreenRow] = []
        for section in self._waiting:
            gap = int(self._is_apart(section))
            rows, live = section.draw(width, max(1, height - gap))
            if rows:
                final += [*[EMPTY] * gap, *rows]
                self._last, gap = section, 0
            self._gap = gap if live and len(live) < height else 0
            live = [*[EMPTY] * self._gap, *live]
        self._live = self.open if live else None
        self._waiting = [self.open] if self.open else []
        return final, live

    def grow(self, width: int) -> ScreenRow | None:
        """Return the last live row with what has come behind it, None where more has changed."""
        is_alone = self._live is self.open and len(self._waiting) == 1
        return self.open.grow(width) if is_alone and type(self.open) is Answer else None

    def leave(self, count: int) -> int:
        """Let up to *count* live rows stay on the screen for good; return how many do."""
        fixed = self._live.fixed(count - self._gap) if self._live and count > self._gap else 0
        if not self._live or not fixed:
            return 0
        self._live.leave(fixed)
        gap, self._gap, self._last = self._gap, 0, self._live
        return fixed + gap

    def _is_apart(self, section: Section) -> bool:
        last = self._last
        return last is not None and last is not section and not (last.is_quiet and section.is_quiet)
