"""A turn on the terminal as it happens, and whole texts in the same shape.

The main thread hands events over and never waits: one thread of the turn's own parses, draws and writes. So an
interrupt cannot tear a frame, a slow terminal slows frames and not the stream, and what drawing needs is imported while
the first token is still on its way. Nothing here imports rich, Pygments or markdown-it: `render.turn` and
`render.page` do.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from queue import Empty, SimpleQueue
from types import TracebackType
from typing import TYPE_CHECKING, Final, Self, TextIO, TypeAlias, TypeVar

from chatcli.conversation.messages import Event, Reasoning, Text
from chatcli.process.threads import start_thread
from chatcli.records import replace
from chatcli.render.look import NARROWEST_MARKDOWN, Folding, Look

if TYPE_CHECKING:
    from rich.console import RenderableType

    from chatcli.render.turn import TurnScreen

__all__ = ["Folding", "LiveTurn", "Look", "render", "show"]

Size: TypeAlias = Callable[[], tuple[int, int]]

FRAME_S = 1 / 30
SPIN_S = 1 / 8
_DEAR_FRAME = 2  # after a frame at least twice its cost passes, so drawing takes at most a third of a core
# How many characters a frame takes in: as many as it can draw in about 20 ms, which depends on what they say.
_LEAST_INTAKE, _FIRST_INTAKE, _MOST_INTAKE = 250, 1_000, 16_000
_SHORT_FRAME_S, _LONG_FRAME_S = 0.010, 0.025
_MOST_INTERRUPTS = 3  # presses of Ctrl+C after which a terminal that takes nothing any more is given up
_UNKNOWN_COLUMNS = 80


class _Signal:
    """What the main thread says besides events."""


_END: Final = _Signal()
_TOGGLE: Final = _Signal()

_Word: TypeAlias = tuple[Event | _Signal, float]
T = TypeVar("T")


class LiveTurn:
    """Shows one turn on *stream*, a terminal of *size* (columns, rows), while it arrives.

    *choices* is how many answers were asked for. Raises in the main thread what went wrong while drawing: an OSError of
    the terminal at the next event, anything at the end.
    """

    def __init__(
        self,
        stream: TextIO,
        *,
        size: Size,
        look: Look,
        clock: Callable[[], float] = time.monotonic,
        choices: int = 1,
    ) -> None:
        self._stream = stream
        self._size = size
        self._look = look
        self._clock = clock
        self._choices = choices
        self._words: SimpleQueue[_Word] = SimpleQueue()
        self._backlog: list[_Word] = []  # the rest of a word that is longer than a frame takes in
        self._intake = _FIRST_INTAKE
        self._hurry: SimpleQueue[None] = SimpleQueue()
        self._is_ending = False
        self._error: BaseException | None = None
        self._thread = threading.Thread(target=self._run, name="frames", daemon=True)

    def __enter__(self) -> Self:
        self._begun_s = self._clock()
        start_thread(self._thread)
        return self

    def show(self, event: Event) -> None:
        """Hand an event over; returns at once."""
        if isinstance(self._error, OSError):
            raise self._error
        self._words.put((event, self._clock()))

    def toggle_reasoning(self) -> None:
        """Unfold what is being thought, or fold it again."""
        self._words.put((_TOGGLE, self._clock()))

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Show the rest, whatever interrupts; the cursor then stands at the beginning of an empty line."""
        interrupt = self._joined()
        if error is not None:
            return
        if self._error is not None:
            raise self._error
        if interrupt is not None:
            raise interrupt

    def _joined(self) -> KeyboardInterrupt | None:
        """Wait until everything is on the screen; return the interrupt that came meanwhile."""
        interrupt = None
        for _ in range(_MOST_INTERRUPTS):
            try:
                self._is_ending = True
                self._words.put((_END, self._clock()))
                self._hurry.put(None)
                self._thread.join()
                return interrupt
            except KeyboardInterrupt as error:
                interrupt = error
        return interrupt

    # From here on the frame thread runs -----------------------------------------------------------------------------

    def _run(self) -> None:
        try:
            self._follow()
        except BaseException as error:  # it is raised in the main thread
            self._error = error

    def _follow(self) -> None:
        from chatcli.render.turn import TurnScreen  # imports what draws, while the main thread waits for bytes

        turn = TurnScreen(self._look, self._size(), begun_s=self._begun_s, choices=self._choices)
        is_open = True
        while is_open:
            word = self._next_word() or _taken(self._words, SPIN_S if turn.is_animated else None)
            begun_s = time.perf_counter()
            is_open = self._take_in(turn, word)
            self._draw(turn)
            self._pause(time.perf_counter() - begun_s)

    def _pause(self, cost_s: float) -> None:
        """Let time pass before the next frame: the dearer this one was, the more."""
        self._intake = _adapted(self._intake, cost_s)
        if not self._is_ending:
            _taken(self._hurry, max(FRAME_S, _DEAR_FRAME * cost_s))

    def _draw(self, turn: TurnScreen) -> None:
        if drawn := turn.frame(self._size(), self._clock()):
            self._stream.write(drawn)
            self._stream.flush()

    def _take_in(self, turn: TurnScreen, word: _Word | None) -> bool:
        """Hand over *word* and what has arrived behind it, as much as one frame can take; return False at the end."""
        room = self._intake
        while word:
            said, then_s = self._joined_text(*word, room)
            if said is _END:
                turn.end(then_s)
                return False
            if isinstance(said, _Signal):
                turn.toggle_reasoning()
            else:
                turn.feed(said, then_s)
            room -= len(said.text) if isinstance(said, Text | Reasoning) else 1
            word = self._next_word() if room > 0 else None
        return True

    def _joined_text(self, said: Event | _Signal, then_s: float, room: int) -> _Word:
        """Return a word; text with what has arrived of it meanwhile, as much as there is room for."""
        if not isinstance(said, Text | Reasoning):
            return said, then_s
        pieces, size = [said.text], len(said.text)
        while size < room and (word := self._next_word()):
            following = word[0]
            if type(following) is not type(said) or following.choice != said.choice:
                self._backlog.append(word)
                break
            pieces.append(following.text)
            size += len(following.text)
        text = "".join(pieces)
        if size > room:
            self._backlog.append((replace(said, text=text[room:]), then_s))
        return replace(said, text=text[:room]), then_s

    def _next_word(self) -> _Word | None:
        """Return what is there already."""
        return self._backlog.pop() if self._backlog else _taken(self._words, 0)


def _taken(queue: SimpleQueue[T], timeout_s: float | None) -> T | None:
    """Return the next of *queue*, waiting for it so long; None is for ever, and the answer if nothing came."""
    try:
        return queue.get(timeout_s != 0, timeout_s)
    except Empty:
        return None


def _adapted(intake: int, cost_s: float) -> int:
    """Return how much the next frame takes in after one that cost *cost_s*."""
    if cost_s > _LONG_FRAME_S:
        return max(_LEAST_INTAKE, intake // 2)
    return min(_MOST_INTAKE, intake * 2) if cost_s < _SHORT_FRAME_S else intake


def show(renderable: RenderableType, stream: TextIO, *, size: Size, look: Look) -> None:
    """Write anything that rich can draw, in the theme of replies."""
    from chatcli.render.frame import printed
    from chatcli.render.rows import draw
    from chatcli.render.theme import console_for

    stream.write(printed(draw(console_for(look), renderable, size()[0] or _UNKNOWN_COLUMNS)))


def render(text: str, stream: TextIO, *, size: Size, look: Look) -> None:
    """Write a whole text in the shape it has at the end of a turn; on less than 10 columns as plain text."""
    from chatcli.render.frame import printed
    from chatcli.render.page import Page

    columns, rows = size()
    columns = columns or _UNKNOWN_COLUMNS
    page = Page(look, markdown=look.markdown and columns >= NARROWEST_MARKDOWN)
    page.feed(text)
    page.close()
    stream.write(printed(page.draw(columns, max(1, rows))[0]))
