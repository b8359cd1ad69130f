"""Asks several models at once: each on its own thread and connection, with their events merged by one consumer.

To a session they are one client whose reply has several answers. An answer is numbered when its first word arrives, so
there is always a first answer if any model answers; a failing model is reported, and the others continue.
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
from chatcli.errors import ChatError, ConfigError
from chatcli.language import _
from chatcli.process.threads import start_thread, take
from chatcli.records import field, frozen, mutable, replace

_JOIN_S = 1.0  # a thread that is still connecting ends on its own, and its events are ignored


@frozen
class ModelRoute:
    """One model and its client; *abort* aborts its connections, *price* returns the cost of usage."""

    title: str
    model: str
    provider: str
    host: str
    send: Callable[[Request, Listener], None]
    abort: Callable[[], None] = lambda: None
    price: Callable[[Usage], float | None] = lambda _usage: None


class _Cancelled(BaseException):
    """Stops this model after the others were stopped."""


@mutable
class _State:
    """The state of one model's stream; *number* is the number of its answer, None before the first word."""

    number: int | None = None
    started: Started = field(default_factory=Started)
    usage: Usage | None = None
    error: BaseException | None = None


class FanOut:
    """Sends each request to all *routes* at the same time."""

    def __init__(self, routes: Sequence[ModelRoute]) -> None:
        self._routes = routes

    def send(self, request: Request, show: Listener) -> None:
        """Ask all models and forward their events as answers of one reply; raises the error if none answers."""
        news: SimpleQueue[tuple[int, Event | BaseException | None]] = SimpleQueue()
        is_cancelled = Flag()
        running, threads, refused = set[int](), list[Thread](), list[Callable[[], None]]()
        folding = _Merger(self._routes, show)
        try:
            for index, route in enumerate(self._routes):
                asking = partial(_run, index, route, request, news, is_cancelled)
                running.add(index)
                try:
                    threads.append(start_thread(Thread(target=asking, name=route.title, daemon=True)))
                except ConfigError:
                    refused.append(asking)
            for ask in refused:  # one after the other: late is better than never
                ask()
            while running:
                index, event = take(news)
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
    except BaseException as error:  # passed on to the calling thread
        news.put((index, error))
    else:
        news.put((index, None))


class _Merger:
    """Merges the events of all streams into one reply."""

    def __init__(self, routes: Sequence[ModelRoute], show: Listener) -> None:
        self._routes = routes
        self._show = show
        self._states = [_State() for _route in routes]
        self._next = 0
        self._is_sent = False

    def take(self, index: int, event: Event) -> None:
        """Forward an event of one stream."""
        route, state = self._routes[index], self._states[index]
        match event:
            case Sent():
                self._show_sent(event)
            case Started():
                state.started = event
            case UsageReported(usage):
                state.usage = replace(usage, cost=usage.cost if usage.cost is not None else route.price(usage))
            case Notice(code, message):
                self._show(Notice(code, _("{name}: {message}", name=route.title, message=message)))
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
        """Record the end of one stream."""
        route, state = self._routes[index], self._states[index]
        state.error = error
        if error and not isinstance(error, ChatError | _Cancelled):
            raise error
        if isinstance(error, ChatError) and len(self._routes) > 1:
            message = _("{name}: {message}", name=route.title, message=error.sentence())
            self._show(Notice("answer_failed", message))
        if state.number is not None:
            if state.usage:
                self._show(UsageReported(state.usage, state.number, is_priced=True))
            if error:
                self._show(Finished("error", "error", state.number))

    def end(self) -> None:
        """Finish the reply; raises the first error if no model answered."""
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
