"""Programs in forks of a process that has imported them: `chat` starts in 20 ms instead of 300.

A fork is what a new interpreter is when it comes to `main`, and ends as soon as nothing of the program is left to run.
What happens before and after is not in it: a test of the start-up, of imports, or of what Python itself reads from the
environment executes the program instead. Permissions count in a fork also where root runs the tests.
"""

from __future__ import annotations

import atexit
import ctypes
import fcntl
import gc
import importlib
import io
import marshal
import os
import pkgutil
import select
import signal
import socket
import subprocess
import sys
import termios
import threading
import time
import traceback
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from types import ModuleType
from typing import Any, NoReturn, Self, TypeAlias

# Variables that are read before `main`, by the interpreter or by a library as it is loaded.
READ_AT_START = ("PYTHON", "LANG", "LC_", "LD_", "DYLD_", "MALLOC_", "OPENSSL_")

_SERVE = "from tests.support.fork_server import serve; serve()"
_LATE = (  # imported by functions of the program, or of its libraries
    *("encodings.ascii", "encodings.idna", "encodings.utf_8_sig", "resource"),
    *("fastjsonschema", "pypdf", "tiktoken", "tomlkit", "typer", "typer.completion", "typer._click.decorators"),
    *("prompt_toolkit.input.vt100", "prompt_toolkit.key_binding.bindings.search", "prompt_toolkit.patch_stdout"),
    *("anyio._backends._asyncio", "httpcore2", "truststore"),
)
_PRCTL_DROP = 24  # of the capabilities that what is executed may have
_RIGHTS_OF_ROOT = (0, 1, 2, 3)  # to change owners, pass all permissions, read everything, act as the owner
_NUMBER = 8  # bytes of a number between the two processes

Job: TypeAlias = tuple[list[str], dict[str, str], str, bool]  # arguments, environment, folder, whether in a terminal


class Fork:
    """A program that was forked; it is waited for and signalled like a `subprocess.Popen`."""

    def __init__(self, args: Sequence[str], pid: int, ended: int) -> None:
        """Watch process *pid*; the server writes its wait status to the pipe *ended*, which is closed here."""
        self.args, self.pid = args, pid
        self.returncode: int | None = None
        self._ended = ended

    def poll(self) -> int | None:
        """Return the exit code, minus the number of the signal that ended it, or None while it runs."""
        return self._wait(0)

    def wait(self, timeout: float | None = None) -> int:
        """Wait for the end; raises TimeoutExpired."""
        if (code := self._wait(timeout)) is None:
            raise subprocess.TimeoutExpired(list(self.args), timeout or 0)
        return code

    def send_signal(self, number: int) -> None:
        """Send a signal unless it has ended."""
        if self.poll() is None:
            with suppress(ProcessLookupError):  # it ended in between
                os.kill(self.pid, number)

    def kill(self) -> None:
        """End it at once."""
        self.send_signal(signal.SIGKILL)

    def _wait(self, timeout: float | None) -> int | None:
        if self.returncode is None and select.select([self._ended], [], [], timeout)[0]:
            status = os.read(self._ended, _NUMBER)
            os.close(self._ended)
            assert status, "the fork server has ended"
            self.returncode = os.waitstatus_to_exitcode(int.from_bytes(status))
        return self.returncode


class ForkServer:
    """The process that is forked; used in `with`. *env* is in force before anything is imported, such as a preload.

    *program* is the module whose `main` a fork runs.
    """

    def __init__(self, env: Mapping[str, str], folder: Path, program: str = "chatcli.__main__") -> None:
        self._env, self._lock = env, threading.Lock()
        self._socket, its = socket.socketpair()
        with its:
            self._process = subprocess.Popen(
                [sys.executable, "-Pc", _SERVE, program, str(its.fileno())],
                stdin=subprocess.DEVNULL,
                env=env,
                cwd=folder,
                pass_fds=[its.fileno()],
                preexec_fn=_drop_rights,
                start_new_session=True,
            )

    def serves(self, env: Mapping[str, str]) -> bool:
        """Return whether a program with that environment can be a fork."""
        return starts_alike(env, self._env)

    def start(
        self,
        argv: Sequence[str],
        *,
        env: Mapping[str, str],
        cwd: Path,
        streams: Sequence[int],
        in_terminal: bool = False,
    ) -> Fork:
        """Start the program in a session of its own; *streams* become its stdin, stdout and stderr."""
        job = marshal.dumps(([*argv], {**env}, str(cwd), in_terminal))
        ended, tell = os.pipe()
        with self._lock:
            socket.send_fds(self._socket, [len(job).to_bytes(_NUMBER)], [*streams, tell])
            self._socket.sendall(job)
            pid = int.from_bytes(_receive(self._socket, _NUMBER))
        os.close(tell)
        return Fork(argv, pid, ended)

    def close(self) -> None:
        """End the server; programs that still run are left alone."""
        self._socket.close()
        self._process.wait()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        self.close()


def starts_alike(env: Mapping[str, str], other: Mapping[str, str]) -> bool:
    """Return whether an interpreter is the same when it comes to `main`, whichever of the two is its environment."""
    names = {name for name in env.keys() | other.keys() if name.startswith(READ_AT_START)}
    return all(env.get(name) == other.get(name) for name in names)


def serve() -> None:
    """Fork for each job until the socket is closed."""
    program = _import(sys.argv[1])
    gc.freeze()  # spares each fork a collection of all that is imported
    jobs = socket.socket(fileno=int(sys.argv[2]))
    ended, wake = os.pipe()
    os.set_blocking(wake, False)
    signal.set_wakeup_fd(wake)
    signal.signal(signal.SIGCHLD, lambda _number, _frame: None)
    running: dict[int, int] = {}
    while True:
        if ended in (ready := select.select([jobs.fileno(), ended], [], [])[0]):
            os.read(ended, 1 << 10)
            _reap(running)
        if jobs.fileno() in ready:
            length, streams, _, _ = socket.recv_fds(jobs, _NUMBER, 4)
            if not length:
                sys.exit()
            job = marshal.loads(_receive(jobs, int.from_bytes(length)))
            if not (pid := os.fork()):
                _be(program, job, streams)
            running[pid] = streams.pop()
            for stream in streams:
                os.close(stream)
            jobs.sendall(pid.to_bytes(_NUMBER))


def _import(program: str) -> ModuleType:
    """Import the module *program*, and all of the package that it is the entry of."""
    package, _, name = program.rpartition(".")
    if name == "__main__":
        found = pkgutil.walk_packages(importlib.import_module(package).__path__, f"{package}.")
        for module in (*(module.name for module in found), *_LATE):
            importlib.import_module(module)
    return importlib.import_module(program)


def _reap(running: dict[int, int]) -> None:
    for child in list(running):
        pid, status = os.waitpid(child, os.WNOHANG)
        if pid:
            os.write(running[pid], status.to_bytes(_NUMBER))
            os.close(running.pop(pid))


def _be(program: ModuleType, job: Job, streams: Sequence[int]) -> NoReturn:
    """Be the program until its end."""
    code = 1
    try:
        _begin(job, streams)
        sys.argv[0] = str(program.__file__)
        program.main()
        code = 0
    except SystemExit as end:
        if isinstance(end.code, str):
            sys.stderr.write(f"{end.code}\n")
        else:
            code = end.code or 0
    except BaseException:
        traceback.print_exc()
    finally:
        for thread in threading.enumerate():
            if not (thread.daemon or thread is threading.current_thread()):
                thread.join()
        atexit._run_exitfuncs()
        os._exit(code)


def _begin(job: Job, streams: Sequence[int]) -> None:
    """Arrange all as it is where a new interpreter comes to `main`."""
    argv, env, folder, in_terminal = job
    signal.set_wakeup_fd(-1)
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    os.setsid()
    if in_terminal:
        fcntl.ioctl(streams[0], termios.TIOCSCTTY, 0)
    for number in range(3):
        os.dup2(streams[number], number)
    os.closerange(3, 1 << 12)
    os.chdir(folder)
    os.environ.clear()
    os.environ.update(env)
    time.tzset()
    sys.argv[1:] = argv
    _open_streams()
    _measure()


def _measure() -> None:
    """Record coverage for the environment of the fork, not for that of the server."""
    atexit._clear()
    if coverage := sys.modules.get("coverage"):
        if inherited := coverage.Coverage.current():
            inherited.stop()
        coverage.process_startup(force=True)


def _open_streams() -> None:
    for number, name, mode in ((0, "stdin", "r"), (1, "stdout", "w"), (2, "stderr", "w")):
        old = getattr(sys, name)
        stream: Any = io.TextIOWrapper(
            open(number, f"{mode}b", closefd=False),  # noqa: SIM115  # it stays open to the end
            encoding=old.encoding,
            errors=old.errors,
            newline="\n",
            line_buffering=os.isatty(number) or number == 2,
        )
        stream.mode = mode
        setattr(sys, name, stream)
        setattr(sys, f"__{name}__", stream)


def _receive(connection: socket.socket, size: int) -> bytes:
    data = b""
    while len(data) < size:
        part = connection.recv(size - len(data))
        assert part, "the fork server has ended"
        data += part
    return data


def _drop_rights() -> None:
    """Let permissions count for what is executed next, also where root runs it."""
    if sys.platform == "linux" and os.geteuid() == 0:
        for right in _RIGHTS_OF_ROOT:
            ctypes.CDLL(None).prctl(_PRCTL_DROP, right, 0, 0, 0)
