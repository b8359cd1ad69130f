"""Runs a command of the user's in their shell, and keeps its output, which may be attached later."""

from __future__ import annotations

import codecs
import subprocess
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, suppress

from chatcli.commands.ports import ShellOutput
from chatcli.errors import UsageError
from chatcli.language import _
from chatcli.process.groups import describe_exit, interrupt_group, kill_group, shell_command, start_group
from chatcli.process.pipes import read_output
from chatcli.text.system_errors import system_reason
from chatcli.tools.results import BoundedOutput

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
                _show_lines(_kept(read_output(process), kept), show)
        except KeyboardInterrupt:
            is_stopped = True
            _end(process)
        finally:
            if process.stdout is not None:
                process.stdout.close()
        self._last = ShellOutput(command, kept.text())
        return _("stopped by you") if is_stopped else describe_exit(process.wait())

    def _start(self, command: str) -> subprocess.Popen[bytes]:
        argv = shell_command(command, self._environ)
        try:
            return start_group(argv, self._environ, stdin=subprocess.DEVNULL, stderr=subprocess.STDOUT)
        except (OSError, ValueError) as error:
            reason = system_reason(error)
            raise UsageError(
                _("cannot start the shell `{program}`: {reason}", program=argv[0], reason=reason),
                kept=_("nothing was run"),
            ) from error


def _kept(chunks: Iterator[bytes], output: BoundedOutput) -> Iterator[bytes]:
    for chunk in chunks:
        output.feed(chunk)
        yield chunk


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
