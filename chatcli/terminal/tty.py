"""Changes the terminal's line attributes, and restores them afterwards.

Nothing else applies them. Every function does nothing without a terminal. Windows has a console instead, of which only
the echo is changed here.
Only a program in the foreground changes a terminal: in the background the shell's own settings are in force.
"""

from __future__ import annotations

import contextlib
import errno
import os
import signal
import sys
from collections.abc import Iterator
from typing import TYPE_CHECKING, Self, TextIO

from chatcli.terminal import suspension
from chatcli.terminal.line_modes import echoed, mute, silent

if TYPE_CHECKING:
    from chatcli.terminal.line_modes import Attributes

if sys.platform == "win32":
    from chatcli.process import console
else:
    import termios

# Windows sends keys and changes of size as records of its own, which prompt-toolkit reads.
SENDS_BYTES = SIGNALS_SIZE = sys.platform != "win32"
# Pastes have marks, and the terminal says when its window gets and loses the keyboard.
_REPORTS_ON, _REPORTS_OFF = "\x1b[?2004h\x1b[?1004h", "\x1b[?1004l\x1b[?2004l"


def descriptor(stream: TextIO) -> int | None:
    """Return the file descriptor of a stream that leads to a terminal, else None."""
    try:
        return stream.fileno() if stream.isatty() else None
    except (OSError, ValueError):  # not a real file, or closed
        return None


def attributes(fd: int) -> Attributes | None:
    """Return the settings of the terminal line, None without a terminal."""
    if sys.platform != "win32":
        with contextlib.suppress(termios.error):
            return termios.tcgetattr(fd)
    return None


def apply(fd: int, wanted: Attributes) -> None:
    """Set the terminal line at once, without throwing away what was typed; a terminal that is gone is left alone.

    It waits for its reader and writer again, should another program have left it in non-blocking mode.
    """
    if sys.platform != "win32":
        with contextlib.suppress(termios.error, OSError):
            os.set_blocking(fd, True)
            termios.tcsetattr(fd, termios.TCSANOW, wanted)


def wait_for_foreground(fd: int) -> None:
    """Let the system stop this program until it is in the foreground, when it was started in the background."""
    if sys.platform != "win32":
        is_stopped = True
        while is_stopped:
            try:
                # What is set is what is found each time: the shell has its own settings meanwhile.
                termios.tcsetattr(fd, termios.TCSANOW, termios.tcgetattr(fd))
                is_stopped = False
            except termios.error as error:
                is_stopped = error.args[0] == errno.EINTR  # continued, by a signal that has a handler


def has_keys(fd: int) -> bool:
    """Return whether reading gives something at once: what was waiting is gone where a shell has changed the mode.

    Raises OSError for a terminal that is gone.
    """
    if sys.platform != "win32":
        import fcntl  # only where keys are read while an answer arrives

        count = fcntl.ioctl(fd, termios.FIONREAD, b"\0" * 4)
        return any(count)
    return True


@contextlib.contextmanager
def quiet(source: TextIO, *, before: Attributes | None = None) -> Iterator[None]:
    """Let keys arrive one by one and unechoed inside, also in the moments between an answer and the next prompt.

    With *before* it is silent already, and is left like that.
    """
    with _echo(source, is_on=False, before=before):
        yield


@contextlib.contextmanager
def echoing(source: TextIO) -> Iterator[None]:
    """Let what is typed be echoed inside and arrive by lines, for others who read from the terminal."""
    with _echo(source, is_on=True):
        yield


@contextlib.contextmanager
def unechoed(screen: TextIO) -> Iterator[None]:
    """Keep what is typed off the *screen* inside, across suspensions too; the next reader gets it."""
    fd = descriptor(screen)
    before = None if fd is None else attributes(fd)
    if fd is None or before is None:
        with _console_echo(screen, is_on=False):
            yield
        return

    def set_echo(*, is_on: bool) -> None:
        if is_foreground(fd):
            apply(fd, before if is_on else mute(before))

    with suspension.handling(lambda: set_echo(is_on=True), lambda: set_echo(is_on=False)):
        set_echo(is_on=False)
        try:
            yield
        finally:
            set_echo(is_on=True)


@contextlib.contextmanager
def _echo(source: TextIO, *, is_on: bool, before: Attributes | None = None) -> Iterator[None]:
    fd, is_set = descriptor(source), before is not None
    before = before or (None if fd is None else attributes(fd))
    if fd is None or before is None or not is_foreground(fd):
        with _console_echo(source, is_on=is_on):
            yield
        return
    if not is_set:
        apply(fd, echoed(before, is_on=is_on))
    try:
        yield
    finally:
        if is_foreground(fd):
            apply(fd, before)


def _console_echo(source: TextIO, *, is_on: bool) -> contextlib.AbstractContextManager[None]:
    """Do on Windows what `_echo` does elsewhere, where this does nothing."""
    if sys.platform == "win32" and descriptor(source) is not None:
        return console.echo(sys.stdin.fileno(), is_on=is_on)
    return contextlib.nullcontext()


def discard_keys(keyboard: TextIO) -> None:
    """Forget what was typed and not read."""
    if sys.platform == "win32":
        import msvcrt

        while msvcrt.kbhit():
            msvcrt.getwch()
    else:
        with contextlib.suppress(termios.error):
            termios.tcflush(keyboard, termios.TCIFLUSH)


def is_foreground(fd: int) -> bool:
    """Return whether this program may read and set the terminal; True where that cannot be known."""
    if sys.platform == "win32":
        return True
    try:
        return os.tcgetpgrp(fd) == os.getpgrp()
    except OSError:
        return True


def refuse_background_reads() -> None:
    """Let this thread's reads fail while the program is in the background, where they would suspend it."""
    if sys.platform != "win32":
        signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGTTIN})


def write_all(stream: TextIO, codes: str) -> None:
    """Write control codes past the stream's buffer, so that a signal may do it in the middle of other output."""
    with contextlib.suppress(OSError, ValueError):
        os.write(stream.fileno(), codes.encode())


def suspend_with_terminal(outer: suspension.Handler | None = None) -> None:
    """Suspend the job with the terminal as others want it; return when it is continued.

    *outer* is what handled suspensions before an event loop did.
    """
    with echoing(sys.stdin):
        suspension.suspend_job(outer)


class Silence:
    """Keeps a terminal silent while it is entered, suspensions included; does nothing if *source* is not a terminal.

    With a *screen*, pastes are marked and the window's focus is reported meanwhile. Signals are handled where the main
    thread enters.
    """

    def __init__(self, source: TextIO, *, screen: TextIO | None = None, signals: bool = True) -> None:
        self._fd = descriptor(source)
        self._screen = screen if screen is not None and descriptor(screen) is not None else None
        self._signals = signals
        self._before: Attributes | None = None
        self._is_silent = False
        self._is_yielding = False  # about to be suspended: no other thread may take the terminal back meanwhile
        self._handling = contextlib.ExitStack()

    @property
    def fd(self) -> int | None:
        """The terminal to read from, None if there is none."""
        return self._fd if self._before is not None else None

    def __enter__(self) -> Self:
        self._before = None if self._fd is None else attributes(self._fd)
        if self._before is not None:
            self._handling.enter_context(suspension.handling(self._yield, self._resume))
            self._begin()
        return self

    def __exit__(self, *error: object) -> None:
        if self._before is not None:
            self._end()
        self._handling.close()

    def suspend(self) -> None:
        """Give the terminal back and suspend the job; take the terminal again when continued in the foreground."""
        self._yield()
        suspend_with_terminal()
        self._resume()

    def resume(self) -> None:
        """Silence the terminal where it was given back and is ours again, which no signal tells a running job."""
        if not self._is_silent and not self._is_yielding:
            self._begin()

    def _begin(self) -> None:
        self._is_silent = self._fd is not None and self._before is not None and is_foreground(self._fd)
        if self._is_silent and self._fd is not None and self._before is not None:
            apply(self._fd, silent(self._before, signals=self._signals))
            if self._screen is not None:
                write_all(self._screen, _REPORTS_ON)

    def _end(self, *, echoes: bool = False) -> None:
        self._is_silent = False
        if self._fd is not None and self._before is not None and is_foreground(self._fd):
            if self._screen is not None:
                write_all(self._screen, _REPORTS_OFF)
            apply(self._fd, echoed(self._before, is_on=True) if echoes else self._before)

    def _yield(self) -> None:
        self._is_yielding = True
        self._end(echoes=True)

    def _resume(self) -> None:
        self._is_yielding = False
        self._begin()
