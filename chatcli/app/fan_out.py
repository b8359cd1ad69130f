"""Several models asked at once: each on a thread and a line of its own, their events handed on by one.

To a session they are one client whose reply has several answers. An answer gets its number when its first word comes,
so that there is always a first one where any model answers; a model that fails is told of, and the others go on.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from queue import SimpleQueue
from threading import Event as Flag
from threading import Thread

from chatcli.conversation.messages import (
    Ended,
    Event,
    Finished,
    Listener,
    Malformed,
    Notice,
    Request,
    Sent,
    Started,
    Usage,
    UsageReported,
    Waiting,
)
from chatcli.errors import ChatError
from chatcli.records import field, frozen, mutable, replace

_JOIN_S = 1.0  # a thread that still connects ends by itself, and nobody hears it any more


@frozen
class ModelRoute:
    """One model and the way to it; *abort* breaks its connections off, *price* tells what usage costs."""

    title: str
    model: str
    provider: str
    host: str
    send: Callable[[Request, Listener], None]
    abort: Callable[[], None] = lambda: None
    price: Callable[[Usage], float | None] = lambda _usage: None


class _Cancelled(BaseException):
    """The others have been stopped, and so is this one."""


@mutable
class _State:
    """What is known of a lane while it answers: *number* is that of its answer, None before the first word."""

    number: int | None = None
    started: Started = field(default_factory=Started)
    usage: Usage | None = None
    error: BaseException | None = None


class FanOut:
    """Sends each request to all *lanes* at the same time."""

    def __init__(self, lanes: Sequence[ModelRoute]) -> None:
        self._lanes = lanes

    def send(self, request: Request, show: Listener) -> None:
        """Ask all and hand on what comes, as the answers of one reply; raises what failed where no word came."""
        news: SimpleQueue[tuple[int, Event | BaseException | None]] = SimpleQueue()
        is_cancelled = Flag()
        threads = [
            Thread(target=_run, args=(place, lane, request, news, is_cancelled), name=lane.title, daemon=True)
            for place, lane in enumerate(self._lanes)
        ]
        running = set(range(len(threads)))
        folding = _Merger(self._lanes, show)
        try:
            for thread in threads:
                thread.start()
            while running:
                place, event = news.get()
                if isinstance(event, BaseException) or event is None:
                    running.discard(place)
                    folding.over(place, event)
                else:
                    folding.take(place, event)
        finally:
            is_cancelled.set()
            for place in running:
                self._lanes[place].abort()
            for thread in threads:
                thread.join(_JOIN_S)
        folding.end()


def _run(
    place: int,
    lane: ModelRoute,
    request: Request,
    news: SimpleQueue[tuple[int, Event | BaseException | None]],
    is_cancelled: Flag,
) -> None:
    def put(event: Event) -> None:
        if is_cancelled.is_set():
            raise _Cancelled
        news.put((place, event))

    try:
        lane.send(replace(request, model=lane.model), put)
    except BaseException as error:  # it is handed over to the thread that asked
        news.put((place, error))
    else:
        news.put((place, None))


class _Merger:
    """Makes the events of all lanes those of one reply."""

    def __init__(self, lanes: Sequence[ModelRoute], show: Listener) -> None:
        self._lanes = lanes
        self._show = show
        self._states = [_State() for _ in lanes]
        self._next = 0
        self._is_sent = False

    def take(self, place: int, event: Event) -> None:
        """Hand on an event of one lane."""
        lane, state = self._lanes[place], self._states[place]
        match event:
            case Sent():
                self._show_sent(event)
            case Started():
                state.started = event
            case UsageReported(usage):
                state.usage = replace(usage, cost=usage.cost if usage.cost is not None else lane.price(usage))
            case Notice(code, message):
                self._show(Notice(code, f"{lane.title}: {message}"))
            case Ended():
                pass
            case Waiting() | Malformed():
                self._show(event)
            case Finished():
                if state.number is not None:
                    self._show(replace(event, choice=state.number))
            case _:
                self._show(replace(event, choice=self._number(lane, state)))

    def over(self, place: int, error: BaseException | None) -> None:
        """Take the end of one lane."""
        lane, state = self._lanes[place], self._states[place]
        state.error = error
        if error and not isinstance(error, ChatError | _Cancelled):
            raise error
        if isinstance(error, ChatError) and len(self._lanes) > 1:
            self._show(Notice("answer_failed", f"{lane.title}: {error.sentence()}"))
        if state.number is not None:
            if state.usage:
                self._show(UsageReported(state.usage, state.number, is_priced=True))
            if error:
                self._show(Finished("error", "error", state.number))

    def end(self) -> None:
        """Take the end of all; raises the first error where no model said a word."""
        errors = [state.error for state in self._states if state.error]
        if errors and all(state.number is None for state in self._states):
            raise errors[0]
        self._show(Ended(not errors))

    def _show_sent(self, event: Sent) -> None:
        if not self._is_sent:
            self._is_sent = True
            self._show(event)

    def _number(self, lane: ModelRoute, state: _State) -> int:
        if state.number is None:
            state.number = self._next
            self._next += 1
            known = state.started.model or lane.model
            about = {"title": lane.title, "provider": lane.provider, "host": lane.host, "model": known}
            self._show(replace(state.started, choice=state.number, **about))
        return state.number
