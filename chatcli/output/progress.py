"""Shows the progress of a long run on stderr: a bar on a terminal, a line now and then elsewhere."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Protocol, TextIO

from chatcli.language import _
from chatcli.output.plain import Notes
from chatcli.records import frozen
from chatcli.text.units import format_cost, format_duration, format_number, format_tokens

if TYPE_CHECKING:
    from rich.progress import Progress as Bar
    from rich.progress import TaskID

LINE_S = 10.0
_REDRAW_S = 0.1


@frozen
class ProgressState:
    """How far a run is: *done* of *total*, of which *failed*; *cost* in US dollars, None if unknown."""

    done: int
    total: int
    failed: int = 0
    tokens: int = 0
    cost: float | None = None

    def describe(self, elapsed_s: float) -> str:
        """Return it in words, with the rate and the time left."""
        rate = self.done / elapsed_s if elapsed_s > 0 else 0.0
        parts = [f"{format_number(self.done)}/{format_number(self.total)}", _rate(rate)]
        parts += [_("{count} failed", count=self.failed)] if self.failed else []
        parts += [_("{count} tokens", count=format_tokens(self.tokens))] if self.tokens else []
        parts += [] if self.cost is None else [format_cost(self.cost)]
        if rate and self.done < self.total:
            parts.append(_("{duration} left", duration=format_duration((self.total - self.done) / rate)))
        return " · ".join(parts)


class Progress(Protocol):
    """Shows how far a run is."""

    def update(self, state: ProgressState) -> None:
        """Show *state*, if it is time."""
        ...

    def note(self, sentence: str) -> None:
        """Show a line beside it."""
        ...

    def close(self) -> None:
        """Remove what is redrawn."""
        ...


class LineProgress:
    """Writes a line every *LINE_S* seconds."""

    def __init__(self, notes: Notes, clock: Callable[[], float] = time.monotonic) -> None:
        self._notes = notes
        self._clock = clock
        self._start_s = self._last_s = clock()

    def update(self, state: ProgressState) -> None:
        """Write *state* if the last line is old enough."""
        now_s = self._clock()
        if now_s - self._last_s >= LINE_S:
            self._last_s = now_s
            self._notes.note(f"chat: {state.describe(now_s - self._start_s)}")

    def note(self, sentence: str) -> None:
        """Write a line."""
        self._notes.note(f"chat: {sentence}")

    def close(self) -> None:
        """Do nothing: lines stay."""


class BarProgress:
    """Draws a bar on the terminal *stderr*."""

    def __init__(self, notes: Notes, stderr: TextIO, clock: Callable[[], float] = time.monotonic) -> None:
        self._notes = notes
        self._clock = clock
        self._bar, self._task = _bar(stderr, has_bar=not notes.is_ascii)
        self._start_s = clock()
        self._last_s = float("-inf")
        self._bar.start()

    def update(self, state: ProgressState) -> None:
        """Redraw the bar if the last drawing is old enough."""
        now_s = self._clock()
        if now_s - self._last_s >= _REDRAW_S:
            self._last_s = now_s
            words = self._notes.mark(state.describe(now_s - self._start_s))
            self._bar.update(self._task, completed=state.done, total=state.total, description=words, refresh=True)

    def note(self, sentence: str) -> None:
        """Write a line above the bar."""
        self._bar.stop()
        self._notes.note(f"chat: {sentence}")
        self._bar.start()

    def close(self) -> None:
        """Remove the bar."""
        self._bar.stop()


def _bar(stderr: TextIO, *, has_bar: bool) -> tuple[Bar, TaskID]:
    from rich.console import Console
    from rich.progress import BarColumn, TextColumn
    from rich.progress import Progress as Bar

    bar_columns = [BarColumn(bar_width=20)] if has_bar else []  # it is drawn in no ASCII
    words = TextColumn("{task.description}", markup=False)
    bar = Bar(*bar_columns, words, console=Console(file=stderr, highlight=False), auto_refresh=False, transient=True)
    return bar, bar.add_task("")


def _rate(per_second: float) -> str:
    return f"{per_second:.0f}/s" if per_second >= 1 else f"{per_second * 60:.1f}/min"
