"""Runs other programs for tools: without keys, in a process group of their own, with limits of time and output.

The environment is an allow-list, so that no key in a variable reaches the code of others. The group gets no signal from
the terminal; it is killed as a whole when its time is up, when the round is cancelled, and when its first process ends,
together with all that it started in sessions of their own.
"""

from __future__ import annotations

import os
import subprocess
import threading
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from typing import IO

from chatcli.language import _
from chatcli.process.descendants import kill_tree, new_mark
from chatcli.process.groups import kill_group, start_group
from chatcli.process.threads import start_thread
from chatcli.records import frozen
from chatcli.text.system_errors import system_reason
from chatcli.text.units import format_duration
from chatcli.tools.results import MOST_BYTES, BoundedOutput
from chatcli.tools.tool import Cancellation, ToolError

_PASSED = frozenset(
    {"HOME", "LOGNAME", "USER", "USERNAME", "SHELL", "PATH", "TERM", "LANG", "LANGUAGE", "TZ", "TMPDIR", "TEMP", "TMP"}
    | {"SYSTEMROOT", "WINDIR", "COMSPEC", "PATHEXT", "APPDATA", "LOCALAPPDATA", "PROGRAMFILES", "VIRTUAL_ENV"}
    | {"SSL_CERT_FILE", "SSL_CERT_DIR", "XDG_RUNTIME_DIR", "XDG_CACHE_HOME", "XDG_DATA_HOME"}
)
_CHUNK = 65536
_LAST_WORDS_S = 0.5  # how long output may still come from a pipe that grandchildren keep open


@frozen
class ChildResult:
    """How a program ended: its exit *code*, negative for a signal, and its output."""

    code: int
    stdout: str
    stderr: str


def child_environment(environ: Mapping[str, str]) -> dict[str, str]:
    """Return the variables that a child may see: what programs need to run, and nothing that may be a key."""
    return {name: value for name, value in environ.items() if name in _PASSED or name.startswith("LC_")}


@frozen
class Child:
    """A program with its arguments; *stdin* is what it reads. *merges* puts both outputs into one, as a terminal does.

    *most_bytes* limits each output. *holds_stdin* keeps stdin open until the program ends, so that it sees our end.
    """

    argv: Sequence[str]
    environ: Mapping[str, str]
    timeout_s: float
    stdin: bytes = b""
    directory: str | None = None
    merges: bool = False
    holds_stdin: bool = False
    most_bytes: int = MOST_BYTES

    def run(self, cancellation: Cancellation) -> ChildResult:
        """Run the program to its end; raises ToolError if it cannot start, takes too long, or is cancelled."""
        mark = new_mark()
        process = self._start(mark)
        outputs = [BoundedOutput(self.most_bytes), BoundedOutput(self.most_bytes)]
        pipes = [(process.stdout, outputs[0]), (process.stderr, outputs[1])]
        readers = [_in_background(_read, pipe, output) for pipe, output in pipes if pipe]
        _in_background(_write, process.stdin, self.stdin, self.holds_stdin)
        try:
            with cancellation.stopping(lambda: kill_group(process)):
                code = process.wait(self.timeout_s)
        except subprocess.TimeoutExpired:
            raise ToolError(
                _("It was stopped after {duration}, its time limit.", duration=format_duration(self.timeout_s))
            ) from None
        finally:
            kill_tree(process, mark)
            process.wait()
            if process.stdin and self.holds_stdin:
                with suppress(OSError):
                    process.stdin.close()
            for reader in readers:
                reader.join(_LAST_WORDS_S)
        if cancellation.is_cancelled:
            raise ToolError(_("It was stopped by the user."))
        return ChildResult(code, outputs[0].text(), outputs[1].text())

    def _start(self, mark: Mapping[str, str]) -> subprocess.Popen[bytes]:
        try:
            stderr = subprocess.STDOUT if self.merges else subprocess.PIPE
            return start_group(
                self.argv, {**self.environ, **mark}, stdin=subprocess.PIPE, stderr=stderr, directory=self.directory
            )
        except (OSError, ValueError) as error:
            reason = system_reason(error)
            raise ToolError(
                _("`{program}` cannot be started: {reason}.", program=self.argv[0], reason=reason)
            ) from error


def _in_background(work: Callable[..., None], *arguments: object) -> threading.Thread:
    return start_thread(threading.Thread(target=work, args=arguments, name="tool", daemon=True))


def _read(pipe: IO[bytes], output: BoundedOutput) -> None:
    with suppress(OSError, ValueError), pipe:
        while data := os.read(pipe.fileno(), _CHUNK):
            output.feed(data)


def _write(pipe: IO[bytes], data: bytes, holds: object) -> None:
    with suppress(OSError, ValueError):  # it need not read
        pipe.write(data)
        pipe.flush()
        if not holds:
            pipe.close()
