"""Draws one turn as a state machine: events and time in, terminal bytes out; no thread and no clock.

Whatever the events and whenever frames are drawn, each row of the reply stands on the screen exactly once in the end.
"""

from __future__ import annotations

from typing import assert_never

from chatcli.conversation.messages import (
    Cited,
    Ended,
    Event,
    Finished,
    Image,
    Malformed,
    Notice,
    Reasoning,
    Refusal,
    Sent,
    Started,
    Text,
    ToolFragment,
    ToolReported,
    UsageReported,
    Waiting,
)
from chatcli.conversation.tool_lines import describe_report
from chatcli.render.frame import Painter
from chatcli.render.look import NARROWEST_MARKDOWN, Look
from chatcli.render.rows import ScreenRow
from chatcli.render.script import Script
from chatcli.render.sections import LineSection, Thinking, ToolLine, shortened
from chatcli.render.strip import Strip
from chatcli.render.theme import console_for
from chatcli.text.sanitizer import sanitize
from chatcli.text.units import format_duration

_SPINNER = "⠋⠙⠹⠸⠼⠴⠦⠧⠇⠏"
_ASCII_SPINNER = "|/-\\"
_SPINS_PER_S = 8
_UNKNOWN_SIZE = (80, 24)


class TurnScreen:
    """What a turn shows; *choices* is how many answers were asked for."""

    def __init__(self, look: Look, size: tuple[int, int], *, begun_s: float, choices: int = 1) -> None:
        self._look = look
        self._console = console_for(look)
        self._size = _known(size)
        self._painter = Painter()
        self._strip = Strip()
        self._script = Script(look, self._strip, choices=choices, markdown=self._size[0] >= NARROWEST_MARKDOWN)
        self._waits_for: str | None = "waiting"
        self._tells_time = False
        self._running: dict[str, str] = {}  # tools, by the ids of their calls
        self._begun_s = begun_s

    @property
    def is_animated(self) -> bool:
        """Whether the screen changes with time alone."""
        return self._waits_for is not None or isinstance(self._strip.open, Thinking)

    def feed(self, event: Event, now_s: float) -> None:
        """Take an event that arrived at *now_s*."""
        match event:
            case Sent():
                self._wait("waiting", now_s)
            case Waiting():
                self._wait(sanitize(event.reason), now_s, tells_time=event.tells_time)
            case Notice():
                self._remark(event.message)
            case ToolReported():
                self._report(event, now_s)
            case Malformed():
                self._remark(f"Part of the answer was malformed and is missing: {event.detail}")
            case Text() | Reasoning() | Refusal() | ToolFragment() | Finished():
                self._waits_for = None
                self._script.feed(event, now_s)
            case Started(title=title) if title:
                self._script.entitle(event.choice, sanitize(title))
            case Image() | Started() | UsageReported() | Cited() | Ended():
                pass
            case _:
                assert_never(event)

    def end(self, now_s: float) -> None:
        """Take the end of the turn, however it ended: what was received is shown in full."""
        self._waits_for = None
        self._script.end(now_s)

    def toggle_reasoning(self) -> None:
        """Unfold what is being thought, or fold it again."""
        self._script.toggle_reasoning()

    def frame(self, size: tuple[int, int], now_s: float) -> str:
        """Return what to write so that the terminal, which has this size, shows everything received so far."""
        columns, rows = size = _known(size)
        if size == self._size and self._waits_for is None and (grown := self._strip.grow(columns)):
            return self._painter.grow(grown)
        resized = self._resized(columns, rows) if size != self._size else ""
        self._size = size
        below = len(self._status(columns, now_s))
        final, live = self._strip.draw(columns, max(1, rows - below))
        status = self._status(columns, now_s)[: rows - 1]  # fewer, where a remark has found its place
        return resized + self._painter.paint(final, [*live, *status])

    def _remark(self, text: str) -> None:
        self._strip.insert(LineSection(text, self._look, style="chat.notice"))

    def _report(self, report: ToolReported, now_s: float) -> None:
        """Show a tool that ended, and wait for those that run."""
        if report.state in ("requested", "running"):
            self._running[report.call.id] = sanitize(report.call.name)
        else:
            self._running.pop(report.call.id, None)
            self._strip.insert(ToolLine(describe_report(report), self._look))
        self._waits_for = None if not self._running else self._waits_for
        if self._running:
            self._wait(f"running {', '.join(self._running.values())}", now_s)

    def _wait(self, reason: str, now_s: float, *, tells_time: bool = False) -> None:
        if self._waits_for is None:
            self._begun_s = now_s
        self._waits_for = reason
        self._tells_time = tells_time

    def _status(self, columns: int, now_s: float) -> list[ScreenRow]:
        """Return the rows below the text: remarks that wait for a place, and what is being waited for."""
        console, is_ascii = self._console, self._look.ascii
        rows = [shortened(console, parts, columns) for parts in self._strip.remarks]
        thinking = self._strip.open if isinstance(self._strip.open, Thinking) else None
        if thinking is None and self._waits_for is None:
            return rows
        dot = "-" if is_ascii else "·"
        elapsed = "" if self._tells_time else f" {format_duration(int(now_s - self._begun_s))}"
        waiting = f"{self._waits_for}{elapsed} {dot} {self._look.stop_key}"
        signs = _ASCII_SPINNER if is_ascii else _SPINNER
        sign = signs[int(now_s * _SPINS_PER_S) % len(signs)]
        said = thinking.status(now_s) if thinking else waiting
        parts = [(sign + " ", console.get_style("chat.spinner")), (said, console.get_style("chat.dim"))]
        return [*rows, shortened(console, parts, columns)]

    def _resized(self, columns: int, rows: int) -> str:
        """Let rows stay that cannot be drawn again on a terminal of the new size; return what to write."""
        uncertain = self._painter.leave(columns, rows)
        kept = self._strip.leave(uncertain)
        left = self._painter.forget(max(kept, self._painter.height - rows))
        self._painter.distrust()
        return left


def _known(size: tuple[int, int]) -> tuple[int, int]:
    """Return a size that can be drawn on; terminals that do not know theirs say 0."""
    columns, rows = size
    return (columns, rows) if columns > 0 and rows > 0 else _UNKNOWN_SIZE
