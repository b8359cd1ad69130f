"""Defines the sections of a reply on the screen: reasoning, answer, tool calls.

A section draws itself into rows for good and live rows. Sections follow each other; each ends before the next is drawn.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from typing import Protocol

from rich.console import Console
from rich.segment import Segment

from chatcli.conversation.messages import ToolFragment
from chatcli.language import _
from chatcli.render.look import Folding, Look
from chatcli.render.page import Page
from chatcli.render.prose import Part
from chatcli.render.rows import ScreenRow, flow, packed
from chatcli.render.theme import console_for
from chatcli.terminal.cells import LONG_WORD
from chatcli.text.ascii_marks import to_ascii
from chatcli.text.sanitizer import sanitize
from chatcli.text.units import format_duration

Drawn = tuple[list[ScreenRow], list[ScreenRow]]


class Section(Protocol):
    """A part of a reply."""

    is_quiet: bool  # follows another quiet section without an empty row

    def close(self, now_s: float, /) -> None:
        """Take the end of the section."""
        ...

    def draw(self, width: int, height: int, /) -> Drawn:
        """Return the rows that have become final since the last call, and at most *height* live rows."""
        ...

    def leave(self, count: int, /) -> None:
        """Note that the first *count* live rows stand on the screen for good."""
        ...

    def fixed(self, count: int, /) -> int:
        """Return how many of the first *count* live rows may stay where they are for good."""
        ...


class LineSection:
    """One line of text, whole from the beginning."""

    def __init__(self, text: str, look: Look, *, style: str, is_quiet: bool = True) -> None:
        self.is_quiet = is_quiet
        shown = to_ascii(sanitize(text)) if look.ascii else sanitize(text)
        self.parts: list[Part] = [(shown, console_for(look).get_style(style))]

    def close(self, _now_s: float) -> None:
        """Do nothing: it has ended."""

    def draw(self, width: int, _height: int) -> Drawn:
        """Return the line, broken where it must be."""
        parts, self.parts = self.parts, []
        return (flow(parts, width) if parts else []), []

    def leave(self, count: int) -> None:
        """Do nothing: no row is live."""

    def fixed(self, _count: int) -> int:
        """Return 0: no row is live."""
        return 0


class ToolLine(LineSection):
    """A tool call that has ended, in one row."""

    def __init__(self, text: str, look: Look) -> None:
        super().__init__(f"→ {text}", look, style="chat.dim")
        self._console = console_for(look)

    def draw(self, width: int, _height: int) -> Drawn:
        """Return the row, shortened to the width."""
        parts, self.parts = self.parts, []
        return ([shortened(self._console, parts, width)] if parts else []), []


class Answer:
    """What the model says."""

    is_quiet = False

    def __init__(self, look: Look, *, markdown: bool) -> None:
        self._page = Page(look, markdown=markdown)

    def feed(self, text: str) -> None:
        """Take the next piece."""
        self._page.feed(text)

    def insert(self, remark: LineSection) -> None:
        """Show a remark of ours as soon as no block is open."""
        self._page.insert(remark.parts)

    @property
    def remarks(self) -> list[list[Part]]:
        """The remarks that wait for the open block to end."""
        return self._page.remarks

    def close(self, _now_s: float) -> None:
        """Take the end of the text."""
        self._page.close()

    def draw(self, width: int, height: int) -> Drawn:
        """Return the rows of the text."""
        return self._page.draw(width, height)

    def grow(self, width: int) -> ScreenRow | None:
        """Return the last live row with what has come behind it, None where more has changed."""
        return self._page.grow(width)

    def leave(self, count: int) -> None:
        """Note that live rows have become permanent."""
        self._page.leave(count)

    def fixed(self, count: int) -> int:
        """Return how many of the first *count* live rows may become permanent."""
        return self._page.fixed(count)


class Declined(Answer):
    """The sentence with which the model declines."""

    def __init__(self, look: Look) -> None:
        super().__init__(look, markdown=False)
        self._label = LineSection(_("The model declined:"), look, style="chat.refusal")

    def draw(self, width: int, height: int) -> Drawn:
        """Return the rows of the text, below a line that says what it is."""
        final, live = super().draw(width, height)
        label = self._label.draw(width, height)[0] if final or live else []
        return [*label, *final], live


class Thinking:
    """What the model thinks: in full and dim, or folded to a line that tells how long it takes."""

    is_quiet = False

    def __init__(self, look: Look, folding: Folding, *, begun_s: float) -> None:
        self._look = look
        self.folding = folding
        self.begun_s = begun_s
        self._ended_s: float | None = None
        self._waiting: list[str] = []  # what was not shown
        self._page: Page | None = None

    def feed(self, text: str) -> None:
        """Take the next piece."""
        self._waiting.append(text)

    def close(self, now_s: float) -> None:
        """Take the end: the timer stops."""
        self._ended_s = now_s

    def draw(self, width: int, height: int) -> Drawn:
        """Return the thoughts where they are shown; and when they have ended, how long they took."""
        final, live = self._thoughts(width, height) if self.folding == "shown" else ([], [])
        if self._ended_s is None:
            return final, live
        if self.folding != "hidden":
            taken_s = self._ended_s - self.begun_s
            duration = format_duration(int(taken_s)) if taken_s >= 1 else ""
            spent = _("thought for {duration}", duration=duration) if duration else _("thought for a moment")
            final += LineSection(spent, self._look, style="chat.dim").draw(width, height)[0]
        return final, []

    @property
    def key(self) -> str:
        """The key that helps, as it is named below."""
        keys = {"folded": _("Ctrl+O unfolds"), "shown": _("Ctrl+O folds")} if self._look.has_keys else {}
        return keys.get(self.folding, self._look.stop_key)

    def leave(self, count: int) -> None:
        """Note that live rows have become permanent."""
        if self._page:
            self._page.leave(count)

    def fixed(self, count: int) -> int:
        """Return how many of the first *count* live rows may become permanent."""
        return self._page.fixed(count) if self._page and self.folding == "shown" else 0

    def _thoughts(self, width: int, height: int) -> Drawn:
        if self._page is None:
            self._page = Page(
                self._look, style=console_for(self._look).get_style("chat.dim"), markdown=self._look.markdown
            )
        self._page.feed("".join(self._waiting))
        self._waiting.clear()
        if self._ended_s is not None:
            self._page.close()
        return self._page.draw(width, height)


class Calls:
    """The tools the model calls, one line each."""

    is_quiet = True

    def __init__(self, look: Look) -> None:
        self._console = console_for(look)
        self._calls: list[list[str]] = []
        self._places: dict[int | str, int] = {}
        self._is_closed = False

    def feed(self, fragment: ToolFragment) -> None:
        """Add a piece to the call it belongs to."""
        call = self._calls[self._place(fragment)]
        call[0] += fragment.name
        call[1] += fragment.arguments

    def close(self, _now_s: float) -> None:
        """Take the end: the calls are whole."""
        self._is_closed = True

    def draw(self, width: int, height: int) -> Drawn:
        """Return a row for each call; the last ones while they are still written."""
        rows = [self._row(name, arguments, width) for name, arguments in self._calls]
        if not self._is_closed:
            return [], rows[-height:]
        self._calls.clear()
        return rows, []

    def leave(self, count: int) -> None:
        """Do nothing: `fixed` lets no row leave."""

    def fixed(self, _count: int) -> int:
        """Return 0: a call may still grow."""
        return 0

    def _place(self, fragment: ToolFragment) -> int:
        if fragment.index is None and not fragment.id and not fragment.name and self._calls:
            return len(self._calls) - 1
        key = fragment.index if fragment.index is not None else fragment.id or f"call {len(self._calls)}"
        if key not in self._places:
            self._places[key] = len(self._calls)
            self._calls.append(["", ""])
        return self._places[key]

    def _row(self, name: str, arguments: str, width: int) -> ScreenRow:
        style = self._console.get_style
        arrow = "-> " if self._console.options.ascii_only else "→ "
        parts = [
            (arrow, style("chat.dim")),
            (_one_line(name), style("markdown.strong")),
            (" " + _one_line(arguments), style("chat.dim")),
        ]
        return shortened(self._console, parts, width)


def shortened(console: Console, parts: Sequence[Part], width: int) -> ScreenRow:
    """Return one row; what does not fit is replaced by an ellipsis."""
    return _shortened(console, tuple(parts), width)


@lru_cache(maxsize=64)
def _shortened(console: Console, parts: tuple[Part, ...], width: int) -> ScreenRow:
    """Return one row: what stands below an answer is the same in most frames, and drawn once."""
    mark = "..." if console.options.ascii_only else "…"
    whole = flow(parts, width, words=False)
    if len(whole) == 1 or width <= len(mark):
        return whole[0]._replace(soft=False)
    words = flow(parts, width - len(mark))[0]
    cut = flow(parts, width - len(mark), words=False)[0]
    first = words if cut.cells - words.cells <= LONG_WORD else cut
    return packed((*first.segments, Segment(mark, parts[-1][1])))


def _one_line(text: str) -> str:
    return " ".join(sanitize(text[:2000]).split())
