"""Runs functions at once, each on a thread, so that Ctrl+C can leave them behind."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Sequence
from queue import SimpleQueue
from typing import TypeVar

from chatcli.process.threads import start_thread

T = TypeVar("T")

MOST_AT_ONCE = 8


def run_all(works: Sequence[Callable[[], T]]) -> Iterator[tuple[int, T]]:
    """Yield the place and the result of each of *works* as it ends; raises what one of them raises.

    The caller waits where a signal can interrupt it. Threads that are left behind end with their work.
    """
    waiting: SimpleQueue[int | None] = SimpleQueue()
    ended: SimpleQueue[tuple[int, T | None, BaseException | None]] = SimpleQueue()
    threads = min(len(works), MOST_AT_ONCE)
    for place in [*range(len(works)), *[None] * threads]:
        waiting.put(place)

    def work() -> None:
        while (place := waiting.get()) is not None:
            try:
                ended.put((place, works[place](), None))
            except BaseException as error:  # raised where the results are waited for
                ended.put((place, None, error))

    for _ in range(threads):
        start_thread(threading.Thread(target=work, name="tool", daemon=True))
    for _ in works:
        place, result, error = ended.get()
        if error is not None:
            raise error
        yield place, result  # type: ignore[misc]  # a T, as there is no error
