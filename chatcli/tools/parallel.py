"""Runs functions at once, each on a thread, so that Ctrl+C can leave them behind."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from queue import SimpleQueue
from typing import Any, TypeVar

from chatcli.process.threads import start_thread, take
from chatcli.tools.inquiries import Inquire
from chatcli.tools.tool import Cancellation, IllustratedResult, Inquiry, Tool

T = TypeVar("T")

MOST_AT_ONCE = 8


def run_all(works: Sequence[Callable[[], T]]) -> Iterator[tuple[int, T]]:
    """Yield the place and the result of each of *works* as it ends; raises what one of them raises.

    The caller waits where a signal can interrupt it. Threads that are left behind end with their work.
    """

    def quietly(work: Callable[[], T]) -> Callable[[Callable[[T], None]], T]:
        return lambda _emit: work()

    return run_emitting([quietly(work) for work in works])


def run_asking(work: Callable[[Cancellation], T | Inquiry[T]], inquire: Inquire) -> T:
    """Return the result of *work*, after the answers of *inquire* to what it asks; raises what it raises."""
    while True:
        cancellation = Cancellation()
        try:
            ((_, found),) = run_all([partial(work, cancellation)])
        finally:
            cancellation.cancel()
        if not isinstance(found, Inquiry):
            return found
        work = partial(found.resume, inquire(found.question))


def run_call(tool: Tool, arguments: Mapping[str, Any], inquire: Inquire) -> str:
    """Return the text of the result of a call, after the answers to what it asks; raises ToolError."""
    found = run_asking(lambda cancellation: tool.run(arguments, cancellation), inquire)
    return found.text if isinstance(found, IllustratedResult) else str(found)


def run_emitting(works: Sequence[Callable[[Callable[[T], None]], T]]) -> Iterator[tuple[int, T]]:
    """Do as `run_all`, and also yield what a work emits before it ends."""
    waiting: SimpleQueue[int | None] = SimpleQueue()
    events: SimpleQueue[tuple[int, T | None, BaseException | None, bool]] = SimpleQueue()
    threads = min(len(works), MOST_AT_ONCE)
    for place in [*range(len(works)), *[None] * threads]:
        waiting.put(place)

    def emit(place: int, value: T) -> None:
        events.put((place, value, None, False))

    def work() -> None:
        while (place := waiting.get()) is not None:
            try:
                result = works[place](partial(emit, place))
                events.put((place, result, None, True))
            except BaseException as error:  # raised where the results are waited for
                events.put((place, None, error, True))

    for _ in range(threads):
        start_thread(threading.Thread(target=work, name="tool", daemon=True))
    left = len(works)
    while left:
        place, value, error, is_last = take(events)
        if error is not None:
            raise error
        left -= is_last
        yield place, value  # type: ignore[misc]  # a T, as there is no error
