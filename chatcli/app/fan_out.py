"""Several models asked at once: each on a thread and a line of its own, their events handed on by one.

To a session they are one client whose reply has several answers. An answer gets its number when its first word comes,
so that there is always a first one where any model answers; a model that fails is told of, and the others go on.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
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
from chatcli.process.threads import start_thread
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
    """Sends each request to all *routes* at the same time."""

    def __init__(self, routes: Sequence[ModelRoute]) -> None:
        self._routes = routes

    def send(self, request: Request, show: Listener) -> None:
        """Ask all and hand on what comes, as the answers of one reply; raises what failed where no word came."""
        news: SimpleQueue[tuple[int, Event | BaseException | None]] = SimpleQueue()
        is_cancelled = Flag()
        running, threads = set[int](), list[Thread]()
        folding = _Merger(self._routes, show)
        try:
            for index, route in enumerate(self._routes):
                asking = partial(_run, index, route, request, news, is_cancelled)
                threads.append(start_thread(Thread(target=asking, name=route.title, daemon=True)))
                running.add(index)
            while running:
                index, event = news.get()
                if isinstance(event, BaseException) or event is None:
                    running.discard(index)
                    folding.over(index, event)
                else:
                    folding.take(index, event)
        finally:
            is_cancelled.set()
            for index in running:
                self._routes[index].abort()
            for thread in threads:
                thread.join(_JOIN_S)
        folding.end()


def _run(
    index: int,
    route: ModelRoute,
    request: Request,
    news: SimpleQueue[tuple[int, Event | BaseException | None]],
    is_cancelled: Flag,
) -> None:
    def put(event: Event) -> None:
        if is_cancelled.is_set():
            raise _Cancelled
        news.put((index, event))

    try:
        route.send(replace(request, model=route.model), put)
    except BaseException as error:  # it is handed over to the thread that asked
        news.put((index, error))
    else:
        news.put((index, None))


class _Merger:
    """Makes the events of all lanes those of one reply."""

    def __init__(self, routes: Sequence[ModelRoute], show: Listener) -> None:
        self._routes = routes
        self._show = show
        self._states = [_State() for _ in routes]
        self._next = 0
        self._is_sent = False

    def take(self, index: int, event: Event) -> None:
        """Hand on an event of one lane."""
        route, state = self._routes[index], self._states[index]
        match event:
            case Sent():
                self._show_sent(event)
            case Started():
                state.started = event
            case UsageReported(usage):
                state.usage = replace(usage, cost=usage.cost if usage.cost is not None else route.price(usage))
            case Notice(code, message):
                self._show(Notice(code, f"{route.title}: {message}"))
            case Ended():
                pass
            case Waiting() | Malformed():
                self._show(event)
            case Finished():
                if state.number is not None:
                    self._show(replace(event, choice=state.number))
            case _:
                self._show(replace(event, choice=self._number(route, state)))

    def over(self, index: int, error: BaseException | None) -> None:
        """Take the end of one lane."""
        route, state = self._routes[index], self._states[index]
        state.error = error
        if error and not isinstance(error, ChatError | _Cancelled):
            raise error
        if isinstance(error, ChatError) and len(self._routes) > 1:
            self._show(Notice("answer_failed", f"{route.title}: {error.sentence()}"))
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

    def _number(self, route: ModelRoute, state: _State) -> int:
        if state.number is None:
            state.number = self._next
            self._next += 1
            known = state.started.model or route.model
            about = {"title": route.title, "provider": route.provider, "host": route.host, "model": known}
            self._show(replace(state.started, choice=state.number, **about))
        return state.number
