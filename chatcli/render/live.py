"""Draws a turn on the terminal as it happens, and whole texts in the same shape.

The main thread hands events over and never waits: one thread of the turn's own parses, draws and writes. So an
interrupt cannot tear a frame, a slow terminal slows frames and not the stream, and what drawing needs is imported while
the first token is still on its way. Nothing here imports rich, Pygments or markdown-it: `render.turn` and
`render.page` do.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from contextlib import ExitStack, suppress
from queue import Empty, SimpleQueue
from types import TracebackType
from typing import TYPE_CHECKING, Self, TextIO, TypeAlias

from chatcli.conversation.messages import Event
from chatcli.errors import ConfigError
from chatcli.process.threads import start_thread
from chatcli.render.intake import END, REDRAW, TOGGLE, Intake, Signal, Word
from chatcli.render.look import NARROWEST_MARKDOWN, Folding, Look
from chatcli.terminal import suspension, tty

if TYPE_CHECKING:
    from rich.console import RenderableType

    from chatcli.render.draft import DraftSource
    from chatcli.render.turn import TurnScreen

__all__ = ["Folding", "LiveTurn", "Look", "render", "show"]

Size: TypeAlias = Callable[[], tuple[int, int]]

SPIN_S = 1 / 8
_TELL_TIME_S = 1.0
_CLEARING_S = 0.3
_MOST_INTERRUPTS = (
    3  # presses of Ctrl+C after which a frame that computes, or a terminal that takes nothing, is given up
)
_UNKNOWN_COLUMNS = 80


class LiveTurn:
    """Shows one turn on *stream*, a terminal of *size* (columns, rows), while it arrives.

    *choices* is how many answers were asked for; *draft* is shown below, and again after `redraw`. Raises in the main
    thread what went wrong while drawing: an OSError of the terminal at the next event, anything at the end.
    """

    def __init__(
        self,
        stream: TextIO,
        *,
        size: Size,
        look: Look,
        clock: Callable[[], float] = time.monotonic,
        choices: int = 1,
        draft: DraftSource | None = None,
    ) -> None:
        self._stream = stream
        self._size = size
        self._look = look
        self._clock = clock
        self._choices = choices
        self._draft = draft
        self._fd = tty.descriptor(stream) if draft else None
        self._intake = Intake()
        self._is_given_up = self._is_suspended = False
        self._cleared: SimpleQueue[None] = SimpleQueue()  # reentrant: a signal may come anywhere
        self._handling = ExitStack()
        self._error: BaseException | None = None
        self._thread = threading.Thread(target=self._run, name="frames", daemon=True)
        self._turn: TurnScreen | None = None  # drawn by the main thread, where the system refuses another one

    def __enter__(self) -> Self:
        self._begun_s = self._clock()
        try:
            start_thread(self._thread)
        except ConfigError:
            self._turn = self._open_turn()
        self._handling.enter_context(suspension.handling(self._suspend, self._resume))
        return self

    def show(self, event: Event) -> None:
        """Hand an event over; waits while more is not drawn yet than a screen or a few hold."""
        if isinstance(self._error, OSError):
            raise self._error
        self._say(event)

    def toggle_reasoning(self) -> None:
        """Unfold what is being thought, or fold it again."""
        self._say(TOGGLE)

    def redraw(self) -> None:
        """Draw the draft, which has changed, without waiting for the next frame."""
        if self._turn is None:  # else the main thread draws, and no other may
            self._intake.hurry(REDRAW, self._clock())

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Show the rest, whatever interrupts; the cursor then stands at the beginning of an empty line."""
        interrupt = self._joined()
        self._handling.close()
        if error is not None:
            return
        if self._error is not None:
            raise self._error
        if interrupt is not None:
            raise interrupt

    def _suspend(self) -> None:
        """Take the draft off the screen, which others will write on; in a signal handler, so it waits only a moment."""
        self._is_suspended = True
        self.redraw()
        if self._turn is None:
            with suppress(Empty):
                self._cleared.get(timeout=_CLEARING_S)

    def _resume(self) -> None:
        """Draw below what others have written."""
        self._is_suspended = False
        self.redraw()

    def _has_screen(self) -> bool:
        """Return whether the screen is ours: while this job is stopped or in the background, the shell writes on it."""
        return not self._is_suspended and (self._fd is None or tty.is_foreground(self._fd))

    def _say(self, said: Event | Signal) -> None:
        if self._turn is None:
            self._intake.put(said, self._clock())
        else:
            _feed(self._turn, [(said, self._clock())])
            self._draw(self._turn)

    def _joined(self) -> KeyboardInterrupt | None:
        """Wait until everything is on the screen; return the interrupt that came meanwhile."""
        if self._turn is not None:
            self._say(END)
            return None
        interrupt = None
        for _ in range(_MOST_INTERRUPTS):
            try:
                self._intake.end(self._clock())
                self._thread.join()
                return interrupt
            except KeyboardInterrupt as error:
                interrupt = error
        self._is_given_up = True
        return interrupt

    # From here on the frame thread runs -----------------------------------------------------------------------------

    def _run(self) -> None:
        try:
            self._follow()
        except BaseException as error:  # it is raised in the main thread
            self._error = error
        finally:
            self._intake.close()

    def _follow(self) -> None:
        turn = self._open_turn()
        is_open = True
        while is_open and not self._is_given_up:
            words = self._intake.take(SPIN_S if turn.is_animated else _TELL_TIME_S if self._draft else None)
            begun_s = time.perf_counter()
            is_open = _feed(turn, words)
            had_screen, has_screen = turn.has_screen, self._has_screen()
            turn.take_screen(has_screen)
            self._draw(turn)
            if had_screen and not has_screen:
                self._cleared.put(None)
            self._intake.pause(words, time.perf_counter() - begun_s)

    def _open_turn(self) -> TurnScreen:
        from chatcli.render.turn import TurnScreen  # imports what draws, while the main thread waits for bytes

        return TurnScreen(self._look, self._size(), begun_s=self._begun_s, choices=self._choices, draft=self._draft)

    def _draw(self, turn: TurnScreen) -> None:
        drawn = turn.frame(self._size(), self._clock())
        if drawn and not self._is_given_up:
            self._stream.write(drawn)
            self._stream.flush()


def _feed(turn: TurnScreen, words: list[Word]) -> bool:
    """Hand *words* over; return False at the end of the turn."""
    for said, then_s in words:
        if said is END:
            turn.end(then_s)
            return False
        if said is TOGGLE:
            turn.toggle_reasoning()
        elif not isinstance(said, Signal):
            turn.feed(said, then_s)
    return True


def show(renderable: RenderableType, stream: TextIO, *, size: Size, look: Look) -> None:
    """Write anything that rich can draw, in the theme of replies."""
    from chatcli.render.frame import printed
    from chatcli.render.rows import draw
    from chatcli.render.theme import console_for

    stream.write(printed(draw(console_for(look), renderable, size()[0] or _UNKNOWN_COLUMNS)))


def render(text: str, stream: TextIO, *, size: Size, look: Look, is_whole: bool = False) -> None:
    """Write a text in the shape it has at the end of a turn; on less than 10 columns as plain text.

    The tables of one that *is_whole* do not widen further down, as they do where a long one streams in.
    """
    from chatcli.render.frame import printed
    from chatcli.render.page import Page

    columns, rows = size()
    columns = columns or _UNKNOWN_COLUMNS
    page = Page(look, markdown=look.markdown and columns >= NARROWEST_MARKDOWN, is_whole=is_whole)
    page.feed(text)
    page.close()
    stream.write(printed(page.draw(columns, max(1, rows))[0]))
