"""A program in a pseudo-terminal: type, press, paste, and wait until the screen shows what it should.

A thread reads all that the program writes, so it never waits for its terminal. Waiting means looking again whenever
something was written, until a deadline; what fails then tells what was expected, the screen, and the last bytes.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import select
import signal
import struct
import subprocess
import sys
import termios
import threading
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, Self, TypeAlias

from pyte.screens import Char

from tests.support.keys import encode
from tests.support.program import Process, fork
from tests.support.screen import Screen

Expectation: TypeAlias = "str | Callable[[Terminal], object]"

_DEADLINE_S = 30.0
_TAIL_BYTES = 1500
# Gives the new session its terminal and then becomes the program, under the same process id. To do this between fork
# and exec in the parent would be unsafe beside the threads that tests run.
_LEADER = """
import fcntl, os, sys, termios
fcntl.ioctl(0, termios.TIOCSCTTY, 0)
os.execvp(sys.argv[1], sys.argv[1:])
"""


class Terminal:
    """A terminal with one program in it; ends the program when it is left."""

    @classmethod
    def run(
        cls, argv: Sequence[str], env: Mapping[str, str], *, cwd: Path | None = None, columns: int = 80, rows: int = 24
    ) -> Terminal:
        """Start the program *argv* in a new terminal of that size."""
        master, slave = os.openpty()
        _set_size(master, columns, rows)
        try:
            process = fork(argv, env, cwd or Path.cwd(), [slave] * 3, in_terminal=True) or subprocess.Popen(
                [sys.executable, "-ISc", _LEADER, *argv],
                stdin=slave,
                stdout=slave,
                stderr=slave,
                env=dict(env),
                cwd=cwd,
                start_new_session=True,
            )
        finally:
            os.close(slave)
        return cls(process, master, Screen(columns, rows, answer=lambda report: _write_all(master, report)))

    def __init__(self, process: Process, master: int, screen: Screen) -> None:
        self.process = process
        self._master = master
        self._screen = screen
        self._raw = bytearray()
        self._changed = threading.Condition()
        self._closing = threading.Event()
        self._wake_reader, self._wake = os.pipe()
        self._is_over = False
        self._broken: BaseException | None = None
        self._reader = threading.Thread(target=self._read, name="terminal")
        self._reader.start()

    @property
    def screen(self) -> list[str]:
        """The visible rows, without the blanks at their ends."""
        with self._changed:
            return self._screen.rows

    @property
    def history(self) -> list[str]:
        """The scrollback and the visible rows."""
        with self._changed:
            return self._screen.history

    @property
    def text(self) -> str:
        """The visible rows as one text."""
        return "\n".join(self.screen)

    @property
    def cursor(self) -> tuple[int, int]:
        """Column and row of the cursor, from 0."""
        with self._changed:
            return self._screen.cursor

    @property
    def modes(self) -> frozenset[int]:
        """The private modes that are on: 25 the cursor is shown, 2004 bracketed paste, …"""
        with self._changed:
            return self._screen.modes

    @property
    def title(self) -> str:
        """The window title that the program has set."""
        with self._changed:
            return self._screen.title

    @property
    def raw(self) -> bytes:
        """All bytes the program has written."""
        with self._changed:
            return bytes(self._raw)

    def cell(self, column: int, row: int) -> Char:
        """Return the character at a place of the screen with its colours and attributes."""
        with self._changed:
            return self._screen.cell(column, row)

    def write(self, data: bytes) -> None:
        """Send *data* as it is, in one write."""
        _write_all(self._master, data)

    def type(self, text: str) -> None:
        """Type *text* as it is; a newline in it is no Enter."""
        self.send(text.encode())

    def send(self, data: bytes) -> None:
        """Type *data*, which may be a part of a character or a key."""
        _write_all(self._master, data)

    def press(self, *names: str) -> None:
        """Press keys, one after another: `"ctrl-c"`, `"enter"`, `"alt-enter"`, …"""
        for name in names:
            _write_all(self._master, encode(name))

    def paste(self, text: str, *, bracketed: bool = True) -> None:
        """Paste *text* as terminals do: newlines arrive as CR, between the marks of a paste where *bracketed*."""
        data = text.replace("\r\n", "\r").replace("\n", "\r").encode()
        _write_all(self._master, b"\x1b[200~" + data + b"\x1b[201~" if bracketed else data)

    def wait_for(self, expected: Expectation, *, timeout_s: float = _DEADLINE_S) -> None:
        """Wait until *expected* is on the screen, or holds of this terminal; fails at once when the program is over."""
        holds = (lambda: self._shows(expected)) if isinstance(expected, str) else (lambda: bool(expected(self)))
        with self._changed:
            self._changed.wait_for(lambda: holds() or self._is_over, timeout_s)
            assert holds(), self._report(f"{expected!r} within {timeout_s} s")

    def wait_exit(self, *, timeout_s: float = _DEADLINE_S) -> int:
        """Wait for the end of the program; return its exit code, 128 and the number where a signal ended it."""
        try:
            code = self.process.wait(timeout_s)
        except subprocess.TimeoutExpired:
            raise AssertionError(self._report(f"the program to end within {timeout_s} s")) from None
        with self._changed:  # All it wrote is on the screen when the reader has met the end.
            self._changed.wait_for(lambda: self._is_over, timeout_s)
        return code if code >= 0 else 128 - code

    def resize(self, columns: int, rows: int) -> None:
        """Change the size of the window; the program is told by SIGWINCH."""
        with self._changed:
            self._screen.resize(columns, rows)
        _set_size(self._master, columns, rows)

    def signal(self, number: signal.Signals) -> None:
        """Send a signal to the program alone, as `kill` does."""
        self.process.send_signal(number)

    def termios(self) -> list[Any]:
        """Return the settings of the terminal line, in the order of `termios.tcgetattr`."""
        return termios.tcgetattr(self._master)

    def is_cooked(self) -> bool:
        """Return whether the line echoes, edits lines and makes signals of keys, as a shell leaves it."""
        wanted = termios.ECHO | termios.ICANON | termios.ISIG
        return bool(self.termios()[3] & wanted == wanted)

    def hang_up(self) -> None:
        """Close the window: the program gets SIGHUP, and its terminal is gone."""
        self._stop_reading()
        if self._master >= 0:
            os.close(self._master)
            self._master = -1

    def close(self) -> None:
        """End the program and all it started in this terminal."""
        if self.process.poll() is None:
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.killpg(self.process.pid, signal.SIGKILL)
            self.process.kill()
        self.process.wait()
        self.hang_up()
        if self._broken is not None:
            raise self._broken

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        self.close()

    def _shows(self, text: str) -> bool:
        # A prompt ends in a blank, which only the rows in full width have.
        return text in self.text or text in "\n".join(self._screen.padded)

    def _read(self) -> None:
        try:
            while data := self._next_bytes():
                with self._changed:
                    self._raw += data
                    self._screen.feed(data)
                    self._changed.notify_all()
        except Exception as error:  # What the screen cannot show must fail the test, not vanish in a thread.
            self._broken = error
        with self._changed:
            self._is_over = True
            self._changed.notify_all()

    def _next_bytes(self) -> bytes:
        readable, _, _ = select.select([self._master, self._wake_reader], [], [])
        if self._wake_reader in readable:
            return b""
        try:
            return os.read(self._master, 1 << 16)
        except OSError:  # Linux says EIO when the last program has closed the terminal, others the end of file.
            return b""

    def _stop_reading(self) -> None:
        if self._wake >= 0:
            os.close(self._wake)
            self._reader.join(_DEADLINE_S)
            os.close(self._wake_reader)
            self._wake = -1

    def _report(self, expected: str) -> str:
        code = self.process.poll()
        state = "is running" if code is None else f"has ended with {code}"
        width = max(map(len, self.screen), default=0)
        drawn = "\n".join(f"|{row:{width}}|" for row in self.screen)
        return f"expected {expected}; the program {state}\n{drawn}\nlast bytes: {bytes(self._raw[-_TAIL_BYTES:])!r}"


def _set_size(master: int, columns: int, rows: int) -> None:
    fcntl.ioctl(master, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))


def _write_all(master: int, data: bytes) -> None:
    while data:
        data = data[os.write(master, data) :]
