"""Starts threads, which the system may refuse."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from threading import Thread
from typing import TYPE_CHECKING, TypeVar

from chatcli.errors import ConfigError
from chatcli.language import _

if TYPE_CHECKING:
    from queue import SimpleQueue

T = TypeVar("T")

_LOOK_S = 0.1


def start_thread(thread: Thread) -> Thread:
    """Start *thread* and return it; raises ConfigError where the system refuses another one."""
    try:
        thread.start()
    except RuntimeError as error:
        raise ConfigError(_("the system cannot start another thread"), hint=_("quit other programs")) from error
    return thread


def take(queue: SimpleQueue[T]) -> T:
    """Return the next of *queue*, which other threads fill.

    It is not waited for at a stretch: Ctrl+C may come in the moment before the wait, which it would not end.
    """
    from queue import Empty  # most questions have no thread to wait for

    while True:
        try:
            return queue.get(timeout=_LOOK_S)
        except Empty:
            continue


def run_at_once(works: Sequence[Callable[[], T]]) -> list[T]:
    """Return the results of all *works* in their order; raises the first error.

    Each runs on a thread of its own, and on this one where the system refuses another.
    """
    results = dict[int, T]()
    errors = dict[int, BaseException]()

    def run(number: int) -> None:
        try:
            results[number] = works[number]()
        except BaseException as error:  # raised in the calling thread
            errors[number] = error

    threads, refused = list[Thread](), list[int]()
    for number in range(len(works)):
        try:
            threads.append(start_thread(Thread(target=partial(run, number), daemon=True)))
        except ConfigError:
            refused.append(number)
    for number in refused:
        run(number)
    for thread in threads:
        thread.join()
    if errors:
        raise errors[min(errors)]
    return [results[number] for number in range(len(works))]
