"""Passes events from the receiving thread to the drawing one, and limits how much a frame takes.

A frame takes in what it can draw in about 20 ms. The producer waits while more than `MOST_UNDRAWN` characters are
not drawn yet: a flood then fills no memory, and little is left to draw when it is stopped.
"""

from __future__ import annotations

import math
import sys
from queue import Empty, SimpleQueue
from typing import Final, TypeAlias, TypeVar

from chatcli.conversation.messages import Event, Reasoning, Refusal, Text, ToolFragment
from chatcli.records import replace

FRAME_S = 1 / 30
MOST_UNDRAWN = 16_000
_COSTLY_FRAME = 2  # after a frame at least twice its cost passes, so drawing takes at most a third of a core
_LEAST_INTAKE, _FIRST_INTAKE, _MOST_INTAKE = 250, 1_000, 6_000
_SHORT_FRAME_S, _LONG_FRAME_S = 0.010, 0.025

T = TypeVar("T")


class Signal:
    """What is said besides events."""


END: Final = Signal()
TOGGLE: Final = Signal()
REDRAW: Final = Signal()

Word: TypeAlias = tuple[Event | Signal, float]


class Intake:
    """Words on their way from the thread that receives to the thread that draws.

    Queues of the interpreter's own are used, and no lock: an interrupt may come anywhere, and would leave a lock taken.
    """

    def __init__(self) -> None:
        self._words: SimpleQueue[Word] = SimpleQueue()
        self._hurry: SimpleQueue[None] = SimpleQueue()
        self._drawn: SimpleQueue[float] = SimpleQueue()
        self._undrawn = 0.0  # known to the thread that hands over
        self._rest: list[Word] = []  # what was taken and exceeded a frame; the next word is the last
        self._intake = _FIRST_INTAKE
        self._is_ending = False

    # The thread that receives ----------------------------------------------------------------------------------------

    def put(self, said: Event | Signal, now_s: float) -> None:
        """Hand over a word; wait while too much is not drawn."""
        self._words.put((said, now_s))
        self._undrawn += _size(said)
        while self._undrawn > MOST_UNDRAWN:
            drawn = _taken(self._drawn, 0)
            if drawn is None:
                self._hurry.put(None)
                drawn = self._drawn.get()
            self._undrawn -= drawn

    def hurry(self, said: Signal, now_s: float) -> None:
        """Hand over a word that does not wait for the next frame; from any thread."""
        self._words.put((said, now_s))
        self._hurry.put(None)

    def end(self, now_s: float) -> None:
        """Hand over the end; does not wait."""
        self._is_ending = True
        self._words.put((END, now_s))
        self._hurry.put(None)

    # The thread that draws -------------------------------------------------------------------------------------------

    def take(self, timeout_s: float | None) -> list[Word]:
        """Return the words of the next frame, after at most *timeout_s* if there are none; at the end all the rest."""
        room = self._intake
        words: list[Word] = []
        word = self._next() or _taken(self._words, timeout_s)
        while word:
            room = sys.maxsize if self._is_ending else room
            words.append(self._joined(*word, room))
            room -= max(1, _size(words[-1][0]))
            word = self._next() if room > 0 and words[-1][0] is not END else None
        return words

    def pause(self, words: list[Word], cost_s: float) -> None:
        """Let time pass after a frame that drew *words*, the more it cost; none if the other thread waits."""
        self._intake = _adapted(self._intake, cost_s)
        self._drawn.put(sum(_size(said) for said, _ in words))
        if not self._is_ending:
            _taken(self._hurry, max(FRAME_S, _COSTLY_FRAME * cost_s))

    def close(self) -> None:
        """Release every waiting producer: nothing more will be drawn."""
        self._drawn.put(math.inf)

    def _joined(self, said: Event | Signal, then_s: float, room: int) -> Word:
        """Return a word; text with what has arrived of it meanwhile, as much as there is room for."""
        if not isinstance(said, Text | Reasoning):
            return said, then_s
        pieces, size = [said.text], len(said.text)
        while size < room and (word := self._next()):
            following = word[0]
            if type(following) is not type(said) or following.choice != said.choice:
                self._rest.append(word)
                break
            pieces.append(following.text)
            size += len(following.text)
        text = "".join(pieces)
        starts = range(room, size, _MOST_INTAKE)
        self._rest += [(replace(said, text=text[start : start + _MOST_INTAKE]), then_s) for start in reversed(starts)]
        return replace(said, text=text[:room]), then_s

    def _next(self) -> Word | None:
        """Return what is there already."""
        return self._rest.pop() if self._rest else _taken(self._words, 0)


def _size(said: Event | Signal) -> int:
    match said:
        case Text() | Reasoning() | Refusal():
            return len(said.text)
        case ToolFragment():
            return len(said.arguments)
    return 0


def _taken(queue: SimpleQueue[T], timeout_s: float | None) -> T | None:
    """Return the next of *queue*, waiting for it so long; None is forever, and the answer if nothing came."""
    try:
        return queue.get(timeout_s != 0, timeout_s)
    except Empty:
        return None


def _adapted(intake: int, cost_s: float) -> int:
    """Return how much the next frame takes in after one that cost *cost_s*."""
    if cost_s > _LONG_FRAME_S:
        return max(_LEAST_INTAKE, intake // 2)
    return min(_MOST_INTAKE, intake * 2) if cost_s < _SHORT_FRAME_S else intake
