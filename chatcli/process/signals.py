"""The signals of the process. Nothing else in the program touches them.

- Ctrl-C raises KeyboardInterrupt, but while a `Gate` is installed only where the gate is open, and once for each
  opening: what keeps an answer can then never be torn in two, however often the key is pressed.
- SIGTERM, SIGHUP and SIGQUIT raise Stopped in the main thread, so that everything is put in order on the way out.
- Neither raises in a bad moment: where the interpreter would swallow it, or where a library may just have taken a lock
  that nobody would give back. The signal is sent again a moment later.
- SIGPIPE stays ignored, as Python has it: a reader that has gone shows as BrokenPipeError where it matters.
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

_MOMENT_S = 0.01  # how long a signal waits that came in a bad moment
_MOMENTS = 10  # as often it waits for a library that computes; what takes a lock is over sooner
# Where libraries wait for the world, in their own words: there they expect to be interrupted.
_WAITS = frozenset(
    {"wait", "read", "recv", "recv_into", "send", "sendall", "write", "do_handshake", "start_tls", "_create", "select"}
    | {"connect", "connect_tcp", "create_connection", "getaddrinfo", "sleep", "communicate", "join"}
)
_OURS = str(Path(__file__).parent.parent)
_STANDARD = str(Path(threading.__file__).parent)


class InterruptGate:
    """Decides where Ctrl-C may raise. Install it with `closed`; open it with `open` where waiting is done."""

    def __init__(self) -> None:
        self._is_open = False
        self._is_pressed = False

    @contextmanager
    def hold(self) -> Iterator[None]:
        """Hold Ctrl-C back inside, but for where the gate is opened."""
        previous = signal.signal(signal.SIGINT, self._press)
        try:
            yield
        finally:
            signal.signal(signal.SIGINT, previous)

    @contextmanager
    def allow(self) -> Iterator[None]:
        """Let one Ctrl-C raise KeyboardInterrupt inside; one that came before, at the door, raises at once."""
        self._is_open = True
        try:
            if self._is_pressed:
                raise KeyboardInterrupt
            yield
            if self._is_pressed:  # where it could not be raised, and all was over before it was sent again
                raise KeyboardInterrupt
        finally:
            self._is_open = self._is_pressed = False
            _postponed.forget(signal.SIGINT)

    def forget(self) -> None:
        """Let what was pressed so far mean nothing."""
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
    """Do as if Ctrl-C had been pressed; for other threads."""
    if hasattr(signal, "pthread_kill"):
        # To the main thread itself: a signal that another thread takes would leave it waiting for bytes.
        signal.pthread_kill(threading.main_thread().ident or 0, signal.SIGINT)
    else:
        import _thread  # Windows delivers signals to no thread

        _thread.interrupt_main()


def raise_on_signals() -> None:
    """Make SIGTERM, SIGHUP and SIGQUIT raise Stopped, and Ctrl-C KeyboardInterrupt, so that `with` does its work.

    What is ignored stays ignored, as `nohup` and shells want it for what runs in the background.
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
    # A second signal must not tear the tidying up that the first began.
    signal.signal(number, signal.SIG_IGN)
    raise Stopped(number)


class _Postponed:
    """The signals that came in a bad moment, and how often each has been put off; SIGALRM is theirs."""

    def __init__(self) -> None:
        self._times: dict[int, int] = {}

    def takes(self, number: int, frame: FrameType | None) -> bool:
        """Put the signal off, and tell so, where it must not raise in *frame*."""
        times = self._times.get(number, 0)
        if _swallows(frame):
            times = -1  # however long an import takes, it says nothing of locks
        elif times >= _MOMENTS or not _may_hold_a_lock(frame):
            self.forget(number)
            return False
        self._times[number] = times + 1
        if sys.platform != "win32":
            signal.signal(signal.SIGALRM, self._send)
            signal.setitimer(signal.ITIMER_REAL, _MOMENT_S)
        return True

    def forget(self, number: int) -> None:
        """Send *number* no more: it has been heeded."""
        self._times.pop(number, None)

    def _send(self, _alarm: int, frame: FrameType | None) -> None:
        for number in list(self._times):
            handler = signal.getsignal(number)
            if callable(handler):
                handler(number, frame)  # sent anew, it would come in this frame and not in the one it interrupts


_postponed = _Postponed()


def _swallows(frame: FrameType | None) -> bool:
    """Tell whether an exception that is raised in *frame* would be printed and forgotten.

    The callbacks of an import and destructors are called by the interpreter itself, which has nobody to hand it to.
    """
    while frame is not None:
        if frame.f_code.co_filename.startswith("<frozen importlib") or frame.f_code.co_name == "__del__":
            return True
        frame = frame.f_back
    return False


def _may_hold_a_lock(frame: FrameType | None) -> bool:
    """Tell whether *frame* is a library at work: such as between a lock taken and its `try`."""
    if frame is None or frame.f_code.co_name in _WAITS:
        return False
    filename = frame.f_code.co_filename
    is_library = filename.startswith(_STANDARD) or "site-packages" in filename or "dist-packages" in filename
    return is_library and not filename.startswith(_OURS)


def ignore_signals() -> None:
    """Ignore every signal that would raise: the process ends, and its code is settled."""
    try:
        for name in ("SIGALRM", "SIGINT", "SIGTERM", "SIGHUP", "SIGQUIT"):
            if hasattr(signal, name):
                signal.signal(getattr(signal, name), signal.SIG_IGN)
    except (KeyboardInterrupt, Stopped):
        ignore_signals()
