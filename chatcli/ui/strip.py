"""The sections of a reply in their order on the screen: those that have ended, and the one that is open."""

from __future__ import annotations

from chatcli.ui.rows import EMPTY, Row, Span
from chatcli.ui.sections import Answer, Line, Section


class Strip:
    """Draws sections one under the other; quiet ones stand together, others are set apart by an empty row."""

    def __init__(self) -> None:
        self.open: Section | None = None
        self._waiting: list[Section] = []  # to be drawn; the open one is the last
        self._last: Section | None = None  # the last section of which rows are on the screen for good
        self._gap = 0  # live rows that stand before those of the open section

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

    def insert(self, remark: Line) -> None:
        """Show a remark of ours: before what is open, or within an answer where no block is parted by it."""
        if isinstance(self.open, Answer):
            self.open.insert(remark)
        else:
            self._waiting.insert(len(self._waiting) - (self.open is not None), remark)

    @property
    def remarks(self) -> list[list[Span]]:
        """The remarks that wait for a place."""
        return self.open.remarks if isinstance(self.open, Answer) else []

    def draw(self, width: int, height: int) -> tuple[list[Row], list[Row]]:
        """Return the rows that have become final since the last call, and at most *height* live rows."""
        final: list[Row] = []
        live: list[Row] = []
        for section in self._waiting:
            gap = int(self._is_apart(section))
            rows, live = section.draw(width, max(1, height - gap))
            if rows:
                final += [*[EMPTY] * gap, *rows]
                self._last, gap = section, 0
            self._gap = gap if live else 0
            live = [*[EMPTY] * self._gap, *live][-height:]
        self._waiting = [self.open] if self.open else []
        return final, live

    def leave(self, count: int) -> int:
        """Let up to *count* live rows stay on the screen for good; return how many do."""
        if self.open is None or count <= self._gap:
            return 0
        fixed = self.open.fixed(count - self._gap)
        if not fixed:
            return 0
        self.open.leave(fixed)
        gap, self._gap, self._last = self._gap, 0, self.open
        return fixed + gap

    def _is_apart(self, section: Section) -> bool:
        last = self._last
        return last is not None and last is not section and not (last.is_quiet and section.is_quiet)
