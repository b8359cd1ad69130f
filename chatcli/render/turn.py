"""Draws one turn as a state machine: events and time in, terminal bytes out; no thread and no clock.

Whatever the events and whenever frames are drawn, each row of the reply stands on the screen exactly once in the end.
"""

from __future__ import annotations

from collections.abc import Sequence
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
from chatcli.language import _
from chatcli.render.draft import DraftSource
from chatcli.render.footer import Footer
from chatcli.render.frame import Painter
from chatcli.render.look import NARROWEST_MARKDOWN, Look
from chatcli.render.rows import ScreenRow
from chatcli.render.script import Script
from chatcli.render.sections import LineSection, Thinking, ToolLine, shortened
from chatcli.render.status import describe_state
from chatcli.render.strip import Strip
from chatcli.render.theme import console_for
from chatcli.text.phrases import one_line
from chatcli.text.sanitizer import sanitize
from chatcli.text.units import format_duration

_SPINNER = "⠋⠙⠹⠸⠼⠴⠦⠧⠇⠏"
_ASCII_SPINNER = "|/-\\"
_SPINS_PER_S = 8
_UNKNOWN_SIZE = (80, 24)


class TurnScreen:
    """What a turn shows; *choices* is how many answers were asked for, *draft* the next message, being written."""

    def __init__(
        self,
        look: Look,
        size: tuple[int, int],
        *,
        begun_s: float,
        choices: int = 1,
        draft: DraftSource | None = None,
    ) -> None:
        self._look = look
        self._console = console_for(look)
        self._dim, self._spinner_style = map(self._console.get_style, ("chat.dim", "chat.spinner"))
        self._size = _known(size)
        self._painter = Painter()
        self._footer = Footer(draft)
        self._live: list[ScreenRow] = []  # rows of the answer that are not permanent
        self._strip = Strip()
        self._script = Script(look, self._strip, choices=choices, markdown=self._size[0] >= NARROWEST_MARKDOWN)
        self._waits_for: str | None = _("waiting")
        self._tells_time = self._has_ended = False
        self.has_screen = True
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
                self._wait(_("waiting"), now_s)
            case Waiting():
                self._wait(sanitize(event.reason), now_s, tells_time=event.tells_time)
            case Notice():
                self._remark(event.message)
            case ToolReported():
                self._report(event, now_s)
            case Malformed():
                self._remark(_("Part of the answer was malformed and is missing: {detail}", detail=event.detail))
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
        self._has_ended = True
        self._script.end(now_s)

    def toggle_reasoning(self) -> None:
        """Unfold what is being thought, or fold it again."""
        self._script.toggle_reasoning()

    def take_screen(self, has_screen: bool) -> None:
        """Take the screen, or leave it to others: then only the answer is written.

        What is open is drawn again where the cursor is when the screen is taken.
        """
        if has_screen and not self.has_screen:
            self._painter = Painter()
        self.has_screen = has_screen

    def frame(self, size: tuple[int, int], now_s: float) -> str:
        """Return what to write so that the terminal, which has this size, shows everything received so far."""
        size = _known(size)
        moved = self._resized(*size) if size != self._size else self._leave_cursor()
        is_same, self._size = size == self._size, size
        below = self._below(now_s)
        final: list[ScreenRow] = []
        if is_same and self._waits_for is None and (grown := self._strip.grow(size[0])):
            self._live = [*self._live[:-1], grown]
        else:
            waiting = len(self._strip.remarks)
            final, self._live = self._strip.draw(size[0], max(1, size[1] - len(below)))
            if len(self._strip.remarks) != waiting:  # one has found its place
                below = self._below(now_s)
        rests = not below and self.has_screen and not self._has_ended
        return moved + self._painter.paint(final, [*self._live, *below], rests=rests) + self._footer.place_cursor()

    def _below(self, now_s: float) -> Sequence[ScreenRow]:
        """Return the rows below the answer."""
        if self._has_ended or not self.has_screen:
            self._footer.clear()
            return ()
        return self._footer.draw(self._console, self._size, self._status(self._size[0], now_s))

    def _leave_cursor(self) -> str:
        """Return what moves the cursor to the end of the last row, where rows are changed from."""
        if self._footer.is_editing:
            self._painter.distrust(1)
        return self._footer.leave_cursor()

    def _remark(self, text: str) -> None:
        self._strip.insert(LineSection(text, self._look, style="chat.notice"))

    def _report(self, report: ToolReported, now_s: float) -> None:
        """Show a tool that ended, and wait for those that run."""
        if report.state in ("requested", "running", "continuing"):
            self._running[report.call.id] = sanitize(one_line(f"{report.call.name} {report.text}".rstrip()))
        else:
            self._running.pop(report.call.id, None)
            self._strip.insert(ToolLine(describe_report(report), self._look))
        self._waits_for = None if not self._running else self._waits_for
        if self._running:
            self._wait(_("running {names}", names=_(", ").join(self._running.values())), now_s)

    def _wait(self, reason: str, now_s: float, *, tells_time: bool = False) -> None:
        if self._waits_for is None:
            self._begun_s = now_s
        self._waits_for = reason
        self._tells_time = tells_time

    def _status(self, columns: int, now_s: float) -> list[ScreenRow]:
        """Return the rows below the text: remarks that wait for a place, and what is being waited for."""
        rows = [shortened(self._console, parts, columns) for parts in self._strip.remarks]
        thinking = self._strip.open if isinstance(self._strip.open, Thinking) else None
        if thinking is not None:
            state, since_s, key = _("thinking"), thinking.begun_s, thinking.key
        elif self._waits_for is not None or self._footer.has_draft(self._size):
            state, since_s, key = self._waits_for or _("answering"), self._begun_s, self._look.stop_key
        else:
            return rows
        signs = _ASCII_SPINNER if self._look.ascii else _SPINNER
        # What stands still costs nothing: the text itself shows that the answer continues.
        sign = f"{signs[int(now_s * _SPINS_PER_S) % len(signs)]} " if self.is_animated else ""
        elapsed = "" if self._tells_time and not thinking else format_duration(int(now_s - since_s))
        said = describe_state(state, elapsed, key, columns - len(sign), is_ascii=self._look.ascii)
        parts = [(sign, self._spinner_style), (said, self._dim)]
        return [*rows, shortened(self._console, parts, columns)]

    def _resized(self, columns: int, rows: int) -> str:
        """Let rows stay that cannot be drawn again on a terminal of the new size; return what to write."""
        erased = self._painter.cut()
        if self._footer.has_draft(self._size):
            erased = self._footer.erase(columns) + ("\x1b[A" if self._live else "")
            self._painter.drop(self._footer.height)
            rows = max(rows - self._footer.rows_on_screen(columns), 1)  # what is above can be reached
        uncertain = self._painter.leave(columns, rows)
        kept = self._strip.leave(uncertain)
        left = self._painter.forget(max(kept, self._painter.height - rows))
        self._painter.distrust()
        return erased + left


def _known(size: tuple[int, int]) -> tuple[int, int]:
    """Return a size that can be drawn on; terminals that do not know theirs say 0."""
    columns, rows = size
    return (columns, rows) if columns > 0 and rows > 0 else _UNKNOWN_SIZE
