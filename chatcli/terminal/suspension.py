"""Suspends and continues this job; no other module handles SIGTSTP and SIGCONT.

Code that changes the terminal registers here how to restore it before a stop and how to take it over again afterwards.
If the parent has no job control and made us ignore the key, it stays ignored. Where there are no jobs nothing happens.
"""

from __future__ import annotations

import contextlib
import os
import signal
import sys
import threading
from collections.abc import Callable, Iterator
from types import FrameType
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import asyncio

CAN_SUSPEND = sys.platform != "win32"  # Windows has no jobs


def request() -> None:
    """Ask for what Ctrl+Z does; for keyboards that send it as a key, and from any thread."""
    if sys.platform != "win32":
        os.kill(0, signal.SIGTSTP)


def suspend_job(outer: Handler | None = None) -> None:
    """Suspend this program and the others of its job; return when it is continued.

    *outer*, else the handler in force, gives back and takes again what it has of the terminal.
    """
    if sys.platform != "win32":
        handler = outer or _handler_in_force()
        previous = signal.signal(signal.SIGTSTP, signal.SIG_IGN)
        if handler:
            handler.give_back()
        os.kill(0, signal.SIGTSTP)
        _stop_here()
        signal.signal(signal.SIGTSTP, previous)


@contextlib.contextmanager
def handling(before: Callable[[], None], after: Callable[[], None]) -> Iterator[None]:
    """Call *before* when the job is suspended inside and *after* when it is continued; only the main thread can.

    Within another such block, its *before* comes later and its *after* earlier. *after* may be called twice.
    """
    if sys.platform == "win32" or threading.current_thread() is not threading.main_thread():
        yield
        return
    handler = Handler(before, after, outer=_handler_in_force())
    wanted = {signal.SIGTSTP: handler.stop, signal.SIGCONT: handler.resume}
    with _restored(*wanted):
        for number, handle in wanted.items():
            if signal.getsignal(number) is not signal.SIG_IGN:
                signal.signal(number, handle)
        yield


class Handler:
    """Gives the terminal back and takes it again, for itself and those outside of it."""

    def __init__(self, before: Callable[[], None], after: Callable[[], None], *, outer: Handler | None) -> None:
        self._before = before
        self._after = after
        self._outer = outer

    def stop(self, number: int, _frame: FrameType | None) -> None:
        """Stop here, without the terminal."""
        self.give_back()
        _stop_here()
        signal.signal(number, self.stop)
        self._take_again()

    def resume(self, _number: int, _frame: FrameType | None) -> None:
        """Take the terminal again."""
        self._take_again()

    def give_back(self) -> None:
        """Give the terminal back, the innermost part first."""
        self._before()
        if self._outer is not None:
            self._outer.give_back()

    def _take_again(self) -> None:
        if self._outer is not None:
            self._outer._take_again()
        self._after()


def _handler_in_force() -> Handler | None:
    if sys.platform == "win32":
        return None
    owner = getattr(signal.getsignal(signal.SIGTSTP), "__self__", None)
    return owner if isinstance(owner, Handler) else None


@contextlib.contextmanager
def kept() -> Iterator[Handler | None]:
    """Put back afterwards what a stop meant before; gives the handler for `suspend_job` meanwhile."""
    if sys.platform == "win32":
        yield None
    else:
        with _restored(signal.SIGTSTP):
            yield _handler_in_force()


def handle_in_loop(loop: asyncio.AbstractEventLoop, stop: Callable[[], object]) -> None:
    """Let *loop*, which runs inside of `kept`, call *stop* when the job is to be suspended."""
    if sys.platform != "win32" and signal.getsignal(signal.SIGTSTP) is not signal.SIG_IGN:
        loop.add_signal_handler(signal.SIGTSTP, stop)


def _stop_here() -> None:
    """Stop this very thread: a signal to the process may be taken by another one, and this one would run on a while."""
    if sys.platform != "win32":
        signal.signal(signal.SIGTSTP, signal.SIG_DFL)
        signal.raise_signal(signal.SIGTSTP)


@contextlib.contextmanager
def _restored(*numbers: int) -> Iterator[None]:
    previous = {number: signal.getsignal(number) for number in numbers}
    try:
        yield
    finally:
        for number, handler in previous.items():
            signal.signal(number, handler)
