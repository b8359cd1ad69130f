"""`chat` as a subprocess: `run("ask", "hi", stdin="...", home=home)` gives stdout, stderr and the exit code.

The program sees a clean environment: its home and every XDG directory below *home*, no proxy, no key, UTF-8. Only what
finds the interpreter, the package and the coverage of subprocesses comes from outside.

Where nothing speaks against it, the program is a fork of a process that has imported it, which is much faster; see
`tests.support.fork_server`. `program=FRESH` executes it in any case.
"""

from __future__ import annotations

import atexit
import contextlib
import os
import signal
import subprocess
import sys
import tempfile
import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, partial
from pathlib import Path
from typing import IO, Protocol, Self

from tests.support.fork_server import ForkServer

ROOT = Path(__file__).parents[2]
CHAT = (sys.executable, "-m", "chatcli")
FRESH = ("env", *CHAT)

_KEPT = {"PATH", "SYSTEMROOT", "TMPDIR", "VIRTUAL_ENV"}
_DEADLINE_S = 30.0


@dataclass(frozen=True, slots=True)
class Ran:
    """What a finished program left; *exit_code* is 128 and the number of the signal that ended it, as in a shell."""

    exit_code: int
    stdout_bytes: bytes
    stderr_bytes: bytes

    @property
    def stdout(self) -> str:
        """What was written to stdout, which is always UTF-8."""
        return self.stdout_bytes.decode()

    @property
    def stderr(self) -> str:
        """What was written to stderr, which is always UTF-8."""
        return self.stderr_bytes.decode()


def environment(home: Path, changes: Mapping[str, str | None] | None = None) -> dict[str, str]:
    """Return the clean environment for a program that lives in *home*; a change to None removes a variable."""
    kept = {name: value for name, value in os.environ.items() if name in _KEPT or name.startswith("COVERAGE_")}
    fixed = {
        "HOME": str(home),
        "XDG_CONFIG_HOME": str(home / ".config"),
        "XDG_DATA_HOME": str(home / ".local" / "share"),
        "XDG_STATE_HOME": str(home / ".local" / "state"),
        "XDG_CACHE_HOME": str(home / ".cache"),
        "PYTHONPATH": str(ROOT),
        "LANG": "C.UTF-8",
        "TERM": "xterm-256color",
    }
    merged: dict[str, str | None] = {**kept, **fixed, **(changes or {})}
    return {name: value for name, value in merged.items() if value is not None}


def unmeasured() -> dict[str, str | None]:
    """Return the changes that keep the coverage of subprocesses out, which imports a lot and writes a file."""
    return {name: None for name in os.environ if name.startswith("COVERAGE_")}


class Process(Protocol):
    """A program that was started: a `subprocess.Popen`, or a fork."""

    pid: int
    returncode: int | None

    @property
    def args(self) -> object:
        """The command line."""

    def poll(self) -> int | None:
        """Return the exit code, or None while it runs."""

    def wait(self, timeout: float | None = None) -> int:
        """Wait for the end; raises TimeoutExpired."""

    def send_signal(self, number: int, /) -> None:
        """Send a signal unless it has ended."""

    def kill(self) -> None:
        """End it at once."""


def fork(
    argv: Sequence[str], env: Mapping[str, str], cwd: Path, streams: Sequence[int], *, in_terminal: bool = False
) -> Process | None:
    """Start *argv* as a fork in a session of its own; return None where that is not the same, and it must be executed.

    *streams* become stdin, stdout and stderr.
    """
    if tuple(argv[: len(CHAT)]) != CHAT or not _fork_server().serves(env):
        return None
    return _fork_server().start(argv[len(CHAT) :], env=env, cwd=cwd, streams=streams, in_terminal=in_terminal)


@cache
def _fork_server() -> ForkServer:
    folder = Path(tempfile.gettempdir())
    server = ForkServer(environment(folder), folder)
    atexit.register(server.close)
    return server


def close_fork_server() -> None:
    """End the process that is forked; it has recorded its coverage then."""
    if _fork_server.cache_info().currsize:
        _fork_server().close()
        _fork_server.cache_clear()


def run(
    *arguments: str,
    home: Path,
    stdin: str | bytes | None = None,
    env: Mapping[str, str | None] | None = None,
    cwd: Path | None = None,
    stdout: int = subprocess.PIPE,
    program: Sequence[str] | ForkServer = CHAT,
    timeout_s: float = _DEADLINE_S,
) -> Ran:
    """Run `chat` to its end; *stdin* None is `/dev/null`, and *stdout* may be a file descriptor in place of a pipe."""
    source = subprocess.DEVNULL if stdin is None else subprocess.PIPE
    with start(*arguments, home=home, stdin=source, env=env, cwd=cwd, stdout=stdout, program=program) as running:
        running.write(stdin or b"")
        running.close_stdin()
        return running.wait(timeout_s=timeout_s)


def start(
    *arguments: str,
    home: Path,
    stdin: int = subprocess.PIPE,
    env: Mapping[str, str | None] | None = None,
    cwd: Path | None = None,
    stdout: int = subprocess.PIPE,
    program: Sequence[str] | ForkServer = CHAT,
) -> Running:
    """Start `chat`, in *home* unless *cwd* says otherwise; use it in `with`, which ends it in any case."""
    with contextlib.ExitStack() as theirs:
        source, writer = _input(stdin, theirs)
        sink, reader = _output(stdout, theirs)
        errors, errors_reader = _output(subprocess.PIPE, theirs)
        spawn = program.start if isinstance(program, ForkServer) else partial(_spawn, program)
        process = spawn(arguments, env=environment(home, env), cwd=cwd or home, streams=(source, sink, errors))
    return Running(process, writer, {"stdout": reader, "stderr": errors_reader})


def _spawn(
    program: Sequence[str],
    arguments: Sequence[str],
    *,
    env: Mapping[str, str],
    cwd: Path,
    streams: tuple[int, int, int],
) -> Process:
    argv = [*program, *arguments]
    if forked := fork(argv, env, cwd, streams):
        return forked
    stdin, stdout, stderr = streams
    # In a session of its own no question reaches the terminal that the tests are started from.
    return subprocess.Popen(argv, stdin=stdin, stdout=stdout, stderr=stderr, env=env, cwd=cwd, start_new_session=True)


def _input(stdin: int, theirs: contextlib.ExitStack) -> tuple[int, IO[bytes] | None]:
    """Return the end that a program reads, which *theirs* closes, and ours."""
    if stdin == subprocess.DEVNULL:
        return theirs.enter_context(Path(os.devnull).open("rb")).fileno(), None
    if stdin != subprocess.PIPE:
        return stdin, None
    reader, writer = os.pipe()
    theirs.callback(os.close, reader)
    return reader, os.fdopen(writer, "wb")


def _output(stdout: int, theirs: contextlib.ExitStack) -> tuple[int, IO[bytes] | None]:
    """Return the end that a program writes, which *theirs* closes, and ours."""
    if stdout != subprocess.PIPE:
        return stdout, None
    reader, writer = os.pipe()
    theirs.callback(os.close, writer)
    return writer, os.fdopen(reader, "rb")


class Running:
    """A started program whose output is read as it comes, so that it never waits for its reader."""

    def __init__(self, process: Process, stdin: IO[bytes] | None, streams: Mapping[str, IO[bytes] | None]) -> None:
        self.process, self._stdin = process, stdin
        self._changed = threading.Condition()
        self._output = {"stdout": b"", "stderr": b""}
        self._readers = [
            threading.Thread(target=self._read, args=(name, stream), name=name)
            for name, stream in streams.items()
            if stream is not None
        ]
        for reader in self._readers:
            reader.start()

    @property
    def stdout_bytes(self) -> bytes:
        """What has been written to stdout so far."""
        return self._output["stdout"]

    @property
    def stderr_bytes(self) -> bytes:
        """What has been written to stderr so far."""
        return self._output["stderr"]

    def wait_for(self, is_true: Callable[[Running], bool], *, timeout_s: float = _DEADLINE_S) -> None:
        """Wait until *is_true* of the output so far."""
        with self._changed:
            came = self._changed.wait_for(lambda: is_true(self), timeout_s)
        assert came, f"waited {timeout_s} s in vain; {self._seen()}"

    def write(self, data: str | bytes) -> None:
        """Write to stdin; a program that does not read all of it is no error."""
        if self._stdin is not None:
            with contextlib.suppress(BrokenPipeError):
                self._stdin.write(data.encode() if isinstance(data, str) else data)
                self._stdin.flush()

    def close_stdin(self) -> None:
        """Say that nothing more is coming."""
        if self._stdin is not None:
            with contextlib.suppress(BrokenPipeError):
                self._stdin.close()

    def signal(self, number: signal.Signals) -> None:
        """Send a signal to the program."""
        self.process.send_signal(number)

    def wait(self, *, timeout_s: float = _DEADLINE_S) -> Ran:
        """Wait for the end and return what the program left; fails, and ends the program, after *timeout_s*."""
        try:
            code = self.process.wait(timeout_s)
        except subprocess.TimeoutExpired:
            self.end()
            raise AssertionError(f"{self.process.args!r} did not end within {timeout_s} s; {self._seen()}") from None
        self._join()
        return Ran(code if code >= 0 else 128 - code, self.stdout_bytes, self.stderr_bytes)

    def end(self) -> None:
        """Kill the program if it still runs, and let go of its pipes."""
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait()
        self.close_stdin()
        self._join()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        self.end()

    def _read(self, name: str, stream: IO[bytes]) -> None:
        with stream:
            while data := os.read(stream.fileno(), 1 << 16):
                with self._changed:
                    self._output[name] += data
                    self._changed.notify_all()

    def _join(self) -> None:
        for reader in self._readers:
            reader.join(_DEADLINE_S)

    def _seen(self) -> str:
        return f"stdout so far: {self.stdout_bytes!r}; stderr so far: {self.stderr_bytes!r}"
