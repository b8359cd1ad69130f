"""Shows the prompt's mark and echoes the first keys while the rest of the program is still being imported.

It is only a picture. Every byte that arrives is kept with its time, and the prompt reads all of them when it is there,
as if they were typed then: what a key means is decided in one place, whenever it is pressed. So Ctrl+C, Ctrl+D and
Ctrl+Z, pastes and keys of any kind are the prompt's business; the row only stops echoing at the first of them.

- It is shown where plain `chat`, or `chat -c`, is known to end at the usual prompt, with no other program at the
  terminal before that: see `files.prompt_stamp`. If it does not after all, the row goes away, and nothing has happened.
- Nothing is written beside it. The first text on stdout or stderr, a question, a signal, and the end of the program
  end the line: the row is erased and the terminal is set as it was found. The bytes stay for the prompt, and never
  answer a question.
- The prompt takes over without a gap: the line erases its row and leaves the terminal silent.
- A thread reads, echoes and does nothing else; it imports nothing, and has every signal blocked. What ends the line
  waits for it, may do so twice, and may be interrupted by itself.
- Where a start hangs, Ctrl+C twice leaves, as it would at the prompt, unless that is there within a second.

Quick to import: `signal`, `threading` and `typing` would each take longer than all that is done here.
"""

from __future__ import annotations

import _signal  # type: ignore[import-not-found]  # `signal` without its enumerations, which take 4 ms
import _thread
import os
import select
import sys
import time

from chatcli.files.prompt_stamp import is_stamped
from chatcli.terminal.first_echo import MARK, FirstEcho
from chatcli.terminal.line_modes import echoed, silent

if sys.platform != "win32":
    import termios

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from types import FrameType
    from typing import Self, TextIO

    from chatcli.terminal.key_reader import Arrival
    from chatcli.terminal.line_modes import Attributes

_KEYS, _SCREEN = 0, 1  # descriptors
_READ_BYTES = 1 << 16
_MIN_COLUMNS = 10  # below, the prompt has no mark
_BEGIN, _END = f"\x1b[?2004h\x1b[0;1m{MARK}\x1b[0m", "\x1b[?2004l"  # pastes have marks meanwhile
_OVER_ECHO = "\r\x1b[K"  # over keys that the terminal itself has echoed: they come again
_SIGNALS = ("SIGHUP", "SIGINT", "SIGQUIT", "SIGTERM", "SIGTSTP", "SIGCONT")
_LEAVE, _LEAVE_S = b"\x03\x03", 1.0
_JOIN_S = 0.05
_SWITCH_S = 0.001  # imports make way for the reader that soon


class FirstLine:
    """The line; entered around the whole run. *arrivals* are the keys so far, in pieces as they came.

    *base* is how the prompt has to leave the terminal that was handed over to it. Until it reads, Ctrl+C and Ctrl+Z
    stay keys among the others, in their order.
    """

    def __init__(self) -> None:
        self.arrivals: list[Arrival] = []
        self.base: Attributes | None = None
        self._found: Attributes | None = None  # how the terminal was set
        self._echo = FirstEcho(0)
        self._is_shown = self._is_drawn = self._is_reading = False
        self._reader_ends = _thread.allocate_lock()
        self._wake: tuple[int, int] | None = None  # a pipe that stops the reader
        self._switch_s = sys.getswitchinterval()

    def __enter__(self) -> Self:
        if sys.platform != "win32" and _is_wanted(os.environ) and (found := _attributes()):
            self._begin(found, os.get_terminal_size(_SCREEN).columns)
        return self

    def __exit__(self, *_error: object) -> None:
        self.end()
        self._give_back()  # also where the prompt had taken over

    def end(self) -> None:
        """Erase the row and set the terminal as it was found."""
        if self._is_shown:
            self._stop()
            self._give_back()
            self._is_shown = False

    def hand_over(self) -> Attributes | None:
        """Erase the row, leave the terminal silent, and return how it was found; None if no line is shown."""
        if not self._is_shown or self._found is None:
            return None
        self._stop()
        self._is_shown = False
        self.base = echoed(self._found, is_on=False)
        return self._found

    def _begin(self, found: Attributes, columns: int) -> None:
        self._found, self._echo = found, FirstEcho(columns)
        self._handle_signals()
        for stream in _written():
            self._watch(stream)
        self._is_shown = True
        _apply(silent(found, signals=False))
        self._is_drawn = True
        _write((_OVER_ECHO if select.select([_KEYS], [], [], 0)[0] else "") + _BEGIN)
        self._start_reader()

    def _handle_signals(self) -> None:
        for name in _SIGNALS:
            number = getattr(_signal, name)
            if _signal.getsignal(number) is not _signal.SIG_IGN:
                _signal.signal(number, self._end_by_signal)

    def _end_by_signal(self, number: int, _frame: FrameType | None) -> None:
        """End the line, and do what the signal does to any program."""
        self.end()
        if number != _signal.SIGCONT:
            _signal.signal(number, _signal.SIG_DFL)
            _signal.raise_signal(number)

    def _watch(self, stream: TextIO) -> None:
        """Let the first text on *stream* end the line."""
        write = stream.write

        def write_alone(text: str) -> int:
            self.end()
            return write(text)

        stream.write = write_alone  # type: ignore[method-assign]  # others have the stream, too

    def _start_reader(self) -> None:
        self._wake, self._is_reading = os.pipe(), True
        self._reader_ends.acquire()
        sys.setswitchinterval(_SWITCH_S)
        # A thread begins with the mask of the one that starts it.
        before = _signal.pthread_sigmask(_signal.SIG_BLOCK, _signal.valid_signals())
        try:
            _thread.start_new_thread(self._read, (self._wake[0],))
        except RuntimeError:
            self._is_reading = False
        finally:
            _signal.pthread_sigmask(_signal.SIG_SETMASK, before)

    def _read(self, wake: int) -> None:
        leave_at: float | None = None
        last = b""
        try:
            while True:
                wait_s = None if leave_at is None else max(leave_at - time.monotonic(), 0)
                ready = select.select([_KEYS, wake], [], [], wait_s)[0]
                if wake in ready:
                    return
                if not ready:
                    os.kill(os.getpid(), _signal.SIGINT)
                    return
                data, now = os.read(_KEYS, _READ_BYTES), time.monotonic()
                if not data:
                    return
                self.arrivals.append((now, data))
                _write(self._echo.feed(data, os.get_terminal_size(_SCREEN).columns))
                last = (last + data)[-len(_LEAVE) :]
                leave_at = (leave_at or now + _LEAVE_S) if last == _LEAVE else None
        except OSError:
            pass  # the terminal is gone, or another job has it: the prompt will see
        finally:
            self._is_reading = False
            self._reader_ends.release()

    def _stop(self) -> None:
        """Stop the reader, let others write, and erase the row."""
        if self._wake is not None:
            os.write(self._wake[1], b".")
            while self._is_reading:
                self._reader_ends.acquire(timeout=_JOIN_S)
            for end in self._wake:
                os.close(end)
            self._wake = None
            sys.setswitchinterval(self._switch_s)
        for stream in _written():
            vars(stream).pop("write", None)
        if self._is_drawn:
            _write(_erasing(self._echo.cells, os.environ))
            self._is_drawn = False

    def _give_back(self) -> None:
        if self._found is not None and _is_foreground():
            _write(_END)
            _apply(self._found)


def _is_wanted(environ: Mapping[str, str]) -> bool:
    """Return whether plain `chat` will end at the usual prompt, on one terminal that speaks UTF-8."""
    if environ.get("TERM", "") in ("", "dumb") or "_CHAT_COMPLETE" in environ:
        return False
    return is_stamped(environ) and _is_terminal() and _is_foreground() and _speaks_utf8(sys.stdin, sys.stdout)


def _is_terminal() -> bool:
    """Return whether stdin and stdout are one terminal that is wide enough."""
    if not (os.isatty(_KEYS) and os.isatty(_SCREEN)):
        return False
    return os.path.sameopenfile(_KEYS, _SCREEN) and os.get_terminal_size(_SCREEN).columns >= _MIN_COLUMNS


def _speaks_utf8(*streams: TextIO | None) -> bool:
    return all(stream is not None and (stream.encoding or "").lower() == "utf-8" for stream in streams)


def _written() -> list[TextIO]:
    """Return the streams that text may be written to; one that was closed from the start is None."""
    streams: list[TextIO | None] = [sys.stdout, sys.stderr]
    return [stream for stream in streams if stream is not None]


def _is_foreground() -> bool:
    if sys.platform != "win32":
        try:
            return os.tcgetpgrp(_KEYS) == os.getpgrp()
        except OSError:
            return False
    return False


def _erasing(cells: int, environ: Mapping[str, str]) -> str:
    """Return what erases the row of *cells* that ends at the cursor; a narrower window may have broken it."""
    try:
        columns = os.get_terminal_size(_SCREEN).columns
    except OSError:
        return ""
    if cells < columns:
        return f"\x1b[{cells}D\x1b[K"
    from chatcli.terminal.reflow import ERASE_DOWN, breaks_rows, height

    above = height([cells], columns) - 1 if breaks_rows(environ) else 0
    return (f"\x1b[{above}A" if above else "") + "\r" + ERASE_DOWN


def _attributes() -> Attributes | None:
    if sys.platform != "win32":
        try:
            return termios.tcgetattr(_KEYS)
        except termios.error:
            return None
    return None


def _apply(wanted: Attributes) -> None:
    if sys.platform != "win32":
        try:
            termios.tcsetattr(_KEYS, termios.TCSANOW, wanted)
        except termios.error:
            return  # the terminal is gone


def _write(text: str) -> None:
    try:
        os.write(_SCREEN, text.encode())
    except OSError:
        return  # the terminal is gone
