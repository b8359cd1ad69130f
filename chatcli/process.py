"""The door to the process: its signals, its standard streams, its umask. Nothing else in the program touches them.

- Ctrl-C raises KeyboardInterrupt, but while a `Gate` is installed only where the gate is open, and once for each
  opening: what keeps an answer can then never be torn in two, however often the key is pressed.
- SIGTERM and SIGHUP raise Stopped in the main thread, so that everything is put in order on the way out.
- Neither raises in a bad moment: where the interpreter would swallow it, or where a library may just have taken a lock
  that nobody would give back. The signal is sent again a moment later.
- SIGPIPE stays ignored, as Python has it: a reader that has gone shows as BrokenPipeError where it matters.
"""

from __future__ import annotations

import errno
import gc
import io
import os
import select
import signal
import sys
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from types import FrameType
from typing import IO, TextIO

from chatcli.core.values import value
from chatcli.errors import Stopped

_MOMENT_S = 0.01  # how long a signal waits that came in a bad moment
_MOMENTS = 10  # as often it waits for a library that computes; what takes a lock is over sooner
# Where libraries wait for the world, in their own words: there they expect to be interrupted.
_WAITS = frozenset(
    {"wait", "read", "recv", "recv_into", "send", "sendall", "write", "do_handshake", "start_tls", "_create", "select"}
    | {"connect", "connect_tcp", "create_connection", "getaddrinfo", "sleep", "communicate", "join"}
)
_OURS = str(Path(__file__).parent)
_STANDARD = str(Path(threading.__file__).parent)
UNWRITABLE = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EIO, errno.EBADF, errno.EPIPE})


@value
class World:
    """What surrounds the program, as one value."""

    environ: Mapping[str, str]
    directory: Path
    stdin: TextIO
    stdout: TextIO
    stderr: TextIO

    @classmethod
    def here(cls) -> World:
        """Return the world of this process; its streams have been repaired."""
        return cls(os.environ, Path.cwd(), sys.stdin, sys.stdout, sys.stderr)

    @property
    def is_conversation(self) -> bool:
        """Whether somebody sits at both ends."""
        return is_terminal(self.stdin) and is_terminal(self.stdout)


def settle() -> None:
    """Begin to look for garbage, but not among what is there: the start is over, and what it made stays."""
    gc.freeze()
    gc.enable()


class Gate:
    """Decides where Ctrl-C may raise. Install it with `closed`; open it with `open` where waiting is done."""

    def __init__(self) -> None:
        self._is_open = False
        self._is_pressed = False

    @contextmanager
    def closed(self) -> Iterator[None]:
        """Hold Ctrl-C back inside, but for where the gate is opened."""
        previous = signal.signal(signal.SIGINT, self._press)
        try:
            yield
        finally:
            signal.signal(signal.SIGINT, previous)

    @contextmanager
    def open(self) -> Iterator[None]:
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


def press_stop() -> None:
    """Do as if Ctrl-C had been pressed; for other threads."""
    if hasattr(signal, "pthread_kill"):
        # To the main thread itself: a signal that another thread takes would leave it waiting for bytes.
        signal.pthread_kill(threading.main_thread().ident or 0, signal.SIGINT)
    else:
        import _thread  # Windows delivers signals to no thread

        _thread.interrupt_main()


def die_in_order() -> None:
    """Make SIGTERM and SIGHUP raise Stopped, and Ctrl-C KeyboardInterrupt: so `finally` and `with` do their work.

    What is ignored stays ignored, as `nohup` and shells want it for what runs in the background.
    """
    for name in ("SIGTERM", "SIGHUP", "SIGINT"):
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
    place = frame.f_code.co_filename
    is_library = place.startswith(_STANDARD) or "site-packages" in place or "dist-packages" in place
    return is_library and not place.startswith(_OURS)


def hear_no_more() -> None:
    """Ignore every signal that would raise: the process ends, and its code is settled."""
    try:
        for name in ("SIGALRM", "SIGINT", "SIGTERM", "SIGHUP"):
            if hasattr(signal, name):
                signal.signal(getattr(signal, name), signal.SIG_IGN)
    except (KeyboardInterrupt, Stopped):
        hear_no_more()


def keep_private() -> None:
    """Make every file that is created from now on readable by its owner alone."""
    os.umask(0o077)


def repair_streams() -> None:
    """Make text always writable: UTF-8 into pipes and files, replacements on a terminal that cannot show it.

    Of standard streams that are closed, stdin becomes one that is empty, stderr one that swallows everything, and
    stdout one that cannot be written to.
    """
    for name, mode in (("stdin", "r"), ("stdout", "w"), ("stderr", "w")):
        stream = getattr(sys, name)
        if stream is None:
            # Left open for the life of the process, as standard streams are: so no socket gets its number.
            nowhere = open(os.devnull, mode, encoding="utf-8")  # noqa: PTH123, SIM115
            setattr(sys, name, _Closed(nowhere) if name == "stdout" else nowhere)
        elif name != "stdin":
            _reconfigure(stream)


class _Closed(io.TextIOBase):
    """A stdout that was closed before the program began; *place* keeps its number taken."""

    def __init__(self, place: IO[str]) -> None:
        self._place = place

    def write(self, _text: str) -> int:
        raise OSError(errno.EBADF, "it is closed")


def abandon(*streams: TextIO) -> None:
    """Let what *streams* cannot write go nowhere: who would read it has gone, and the interpreter complains at exit."""
    for stream in streams:
        try:
            stream.flush()
        except (OSError, ValueError):
            _lead_nowhere(stream)


def _lead_nowhere(stream: TextIO) -> None:
    try:
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, stream.fileno())
        os.close(nowhere)
    except (OSError, ValueError):
        pass


def has_input(stream: TextIO, wait_s: float) -> bool:
    """Wait until *stream* can be read or has ended; False when nothing came in time."""
    try:
        return bool(select.select([stream], [], [], wait_s)[0])
    except (OSError, ValueError):
        return True  # not a thing that can be waited for: reading tells


def confirm(question: str) -> bool:
    """Ask at the terminal, whatever stdin and stdout are; without a terminal, or an answer, it is no."""
    try:
        place = Path("CON" if os.name == "nt" else "/dev/tty")
        # Two files, because one for both would have to be seekable, which no terminal is.
        with place.open("w", encoding="utf-8", errors="replace") as screen, place.open(encoding="utf-8") as keyboard:
            screen.write(f"{question} [y/N] ")
            screen.flush()
            return keyboard.readline().strip().lower() in ("y", "yes")
    except (OSError, ValueError):
        return False


def is_terminal(stream: TextIO) -> bool:
    """Tell whether *stream* leads to a terminal; a closed one does not."""
    try:
        return stream.isatty()
    except ValueError:
        return False


def _reconfigure(stream: TextIO) -> None:
    reconfigure: Callable[..., None] | None = getattr(stream, "reconfigure", None)
    if reconfigure is None:
        return
    if is_terminal(stream):
        reconfigure(errors="replace", newline="\n" if os.name != "nt" else None)
    else:
        reconfigure(encoding="utf-8", errors="replace", newline="\n")
