"""Handles the signals of the process; no other module touches them.

- Ctrl+C raises KeyboardInterrupt; while a `Gate` is installed, only when the gate is open, and once per opening. So
  saving an answer is never interrupted, however often the key is pressed.
- SIGTERM, SIGHUP and SIGQUIT raise Stopped in the main thread, so that everything is cleaned up on the way out.
- Neither raises at a bad moment: where the interpreter would swallow the exception, or where a library may hold a lock
  that would not be released. The signal is sent again a moment later.
- SIGPIPE stays ignored, as is Python's default: a closed pipe raises BrokenPipeError where it matters.
"""

from __future__ import annotations

import signal
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType

from chatcli.errors import Stopped

_MOMENT_S = 0.01  # how long a signal is deferred at a bad moment
_MOMENTS = 10  # maximum number of deferrals for a library that computes; a lock is released sooner
# Functions in which libraries block, and expect to be interrupted.
_WAITS = frozenset(
    {"wait", "read", "recv", "recv_into", "send", "sendall", "write", "do_handshake", "start_tls", "_create", "select"}
    | {"connect", "connect_tcp", "create_connection", "getaddrinfo", "sleep", "communicate", "join"}
)
_OURS = str(Path(__file__).parent.parent)
_STANDARD = str(Path(threading.__file__).parent)


class InterruptGate:
    """Decides when Ctrl+C may raise. Install it with `closed`; open it with `open` while waiting."""

    def __init__(self) -> None:
        self._is_open = False
        self._is_pressed = False

    @contextmanager
    def hold(self) -> Iterator[None]:
        """Hold Ctrl+C back inside, except while the gate is open."""
        previous = signal.signal(signal.SIGINT, self._press)
        try:
            yield
        finally:
            signal.signal(signal.SIGINT, previous)

    @contextmanager
    def allow(self) -> Iterator[None]:
        """Let one Ctrl+C raise KeyboardInterrupt inside; one that is pending raises at once."""
        self._is_open = True
        try:
            if self._is_pressed:
                raise KeyboardInterrupt
            yield
            if self._is_pressed:  # it could not be raised, and the wait ended before it was sent again
                raise KeyboardInterrupt
        finally:
            self._is_open = self._is_pressed = False
            _postponed.forget(signal.SIGINT)

    def forget(self) -> None:
        """Discard pending presses of Ctrl+C."""
        self._is_pressed = False

    def _press(self, number: int, frame: FrameType | None) -> None:
        self._is_pressed = True
        if not self._is_open:
            return
        if _postponed.takes(number, frame):
            return
        self._is_open = False
        raise KeyboardInterrupt


def interrupt_main_thread() -> None:
    """Simulate Ctrl+C, from another thread."""
    if hasattr(signal, "pthread_kill"):
        # Sent to the main thread: a signal taken by another thread would leave it waiting for bytes.
        signal.pthread_kill(threading.main_thread().ident or 0, signal.SIGINT)
    else:
        import _thread  # Windows cannot deliver signals to a thread

        _thread.interrupt_main()


def raise_on_signals() -> None:
    """Make SIGTERM, SIGHUP and SIGQUIT raise Stopped, and Ctrl+C KeyboardInterrupt, so that `with` blocks clean up.

    Ignored signals stay ignored, as `nohup` and shells require for background processes.
    """
    for name in ("SIGTERM", "SIGHUP", "SIGQUIT", "SIGINT"):
        number = getattr(signal, name, None)
        if number is not None and signal.getsignal(number) is not signal.SIG_IGN:
            signal.signal(number, _interrupt if name == "SIGINT" else _stop)


def _interrupt(number: int, frame: FrameType | None) -> None:
    if not _postponed.takes(number, frame):
        raise KeyboardInterrupt


def _stop(number: int, frame: FrameType | None) -> None:
    if _postponed.takes(number, frame):
        return
    # A second signal must not interrupt the cleanup that the first started.
    signal.signal(number, signal.SIG_IGN)
    raise Stopped(number)


class _Postponed:
    """The deferred signals, and how often each was deferred; they use SIGALRM."""

    def __init__(self) -> None:
        self._times: dict[int, int] = {}

    def takes(self, number: int, frame: FrameType | None) -> bool:
        """Defer the signal if it must not raise in *frame*; return whether it was deferred."""
        times = self._times.get(number, 0)
        if _swallows(frame):
            times = -1  # a long import does not indicate a lock
        elif times >= _MOMENTS or not _may_hold_a_lock(frame):
            self.forget(number)
            return False
        self._times[number] = times + 1
        if sys.platform != "win32":
            signal.signal(signal.SIGALRM, self._send)
            signal.setitimer(signal.ITIMER_REAL, _MOMENT_S)
        return True

    def forget(self, number: int) -> None:
        """Stop resending *number*, which has been handled."""
        self._times.pop(number, None)

    def _send(self, _alarm: int, frame: FrameType | None) -> None:
        for number in list(self._times):
            handler = signal.getsignal(number)
            if callable(handler):
                handler(number, frame)  # resent, it would arrive in this frame instead of the interrupted one


_postponed = _Postponed()


def _swallows(frame: FrameType | None) -> bool:
    """Return whether an exception raised in *frame* would be printed and ignored.

    Import callbacks and destructors are called by the interpreter itself, which has no caller to propagate to.
    """
    while frame is not None:
        if frame.f_code.co_filename.startswith("<frozen importlib") or frame.f_code.co_name == "__del__":
            return True
        frame = frame.f_back
    return False


def _may_hold_a_lock(frame: FrameType | None) -> bool:
    """Return whether *frame* is inside a library, for example between taking a lock and its `try`."""
    if frame is None or frame.f_code.co_name in _WAITS:
        return False
    filename = frame.f_code.co_filename
    is_library = filename.startswith(_STANDARD) or "site-packages" in filename or "dist-packages" in filename
    return is_library and not filename.startswith(_OURS)


def ignore_signals() -> None:
    """Ignore every signal that would raise: the process is exiting, and its exit code is final."""
    try:
        for name in ("SIGALRM", "SIGINT", "SIGTERM", "SIGHUP", "SIGQUIT"):
            if hasattr(signal, name):
                signal.signal(getattr(signal, name), signal.SIG_IGN)
    except (KeyboardInterrupt, Stopped):
        ignore_signals()


@contextmanager
def quit_key_ignored() -> Iterator[None]:
    """Let Ctrl+\\ mean nothing to this program inside, as `system` does; a child gets it as it is.

    A handler is not inherited, as being ignored is.
    """
    if sys.platform == "win32" or threading.current_thread() is not threading.main_thread():
        yield
        return
    previous = signal.signal(signal.SIGQUIT, lambda _number, _frame: None)
    try:
        yield
    finally:
        signal.signal(signal.SIGQUIT, previous)
