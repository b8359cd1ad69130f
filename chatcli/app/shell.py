"""Runs a command of the user's in their shell, and keeps its output for when it is to be attached."""

from __future__ import annotations

import codecs
import os
import select
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, suppress

from chatcli.commands.ports import ShellOutput
from chatcli.errors import UsageError
from chatcli.process.groups import interrupt_group, kill_group
from chatcli.tools.results import BoundedOutput

_READ_BYTES = 1 << 16
_LOOK_S = 0.1  # how often to see whether the shell has ended while others keep its output open
_ENDING_S = 1.0  # how long a command has to end after Ctrl+C before it is made to
_MOST_BYTES = 100_000


class UserShell:
    """The shell of the user; *interruptible* is entered while a command runs, so that Ctrl+C can end it."""

    def __init__(self, environ: Mapping[str, str], interruptible: Callable[[], AbstractContextManager[object]]) -> None:
        self._environ = environ
        self._interruptible = interruptible
        self._last: ShellOutput | None = None

    @property
    def last(self) -> ShellOutput | None:
        """The command that ran last, with its output."""
        return self._last

    def run(self, command: str, show: Callable[[str], None]) -> str:
        """Run *command* and *show* each line of its output; return how it ended, "" if with success.

        It has a process group of its own and nothing to read. Raises UsageError if there is no shell.
        """
        kept = BoundedOutput(_MOST_BYTES)
        process = self._start(command)
        is_stopped = False
        try:
            with self._interruptible():
                _show_lines(_chunks(process, kept), show)
        except KeyboardInterrupt:
            is_stopped = True
            _end(process)
        finally:
            if process.stdout is not None:
                process.stdout.close()
        self._last = ShellOutput(command, kept.text())
        return "stopped by you" if is_stopped else _describe(process.wait())

    def _start(self, command: str) -> subprocess.Popen[bytes]:
        shell = self._environ.get("COMSPEC" if sys.platform == "win32" else "SHELL") or "/bin/sh"
        try:
            return subprocess.Popen(
                [shell, "/c" if sys.platform == "win32" else "-c", command],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                env=dict(self._environ),
                start_new_session=True,
            )
        except (OSError, ValueError) as error:
            reason = getattr(error, "strerror", None) or str(error)
            raise UsageError(f"cannot start the shell `{shell}`: {reason}", kept="nothing was run") from error


def _chunks(process: subprocess.Popen[bytes], kept: BoundedOutput) -> Iterator[bytes]:
    """Yield the output as it comes, until the shell has ended and nothing more is there."""
    assert process.stdout is not None
    pipe = process.stdout.fileno()
    while True:
        has_ended = process.poll() is not None
        if not select.select([pipe], [], [], 0 if has_ended else _LOOK_S)[0]:
            if has_ended:
                return
            continue
        data = os.read(pipe, _READ_BYTES)
        if not data:
            process.wait()
            return
        kept.feed(data)
        yield data


def _show_lines(chunks: Iterator[bytes], show: Callable[[str], None]) -> None:
    decoder = codecs.getincrementaldecoder("utf-8")("replace")
    rest = ""
    for chunk in chunks:
        *lines, rest = (rest + decoder.decode(chunk)).split("\n")
        for line in lines:
            show(_last_version(line))
    if rest:
        show(_last_version(rest))


def _last_version(line: str) -> str:
    """Return what a terminal would show of a line that was written over."""
    return line.removesuffix("\r").rpartition("\r")[2]


def _end(process: subprocess.Popen[bytes]) -> None:
    """End the whole group: first as Ctrl+C does, then for certain."""
    with suppress(KeyboardInterrupt, subprocess.TimeoutExpired):
        interrupt_group(process)
        process.wait(_ENDING_S)
    kill_group(process)
    process.wait()


def _describe(code: int) -> str:
    if code < 0:
        return f"ended by {signal.Signals(-code).name}"
    return f"exit status {code}" if code else ""
