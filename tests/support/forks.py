"""`chat` in forks of a process that has imported it: `Forks().run("ask", "hi", home=home)` takes 20 ms instead of 300.

What a fork does begins with `main`: what Python and the imports do before that is not in it. Permissions count in it
also where the tests are run by root, who would be let in everywhere.
"""

from __future__ import annotations

import ctypes
import importlib
import marshal
import os
import pkgutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import IO, Any, Self

from tests.support.program import Ran, environment, unmeasured

DEADLINE_S = 20.0
_PRCTL_DROP = 24  # of the capabilities that what is executed may have
_RIGHTS_OF_ROOT = (0, 1, 2, 3)  # to change owners, pass all permissions, read everything, act as the owner

Job = tuple[list[str], dict[str, str], str, bytes | None, list[int]]


class Forks:
    """The process that is forked; used in `with`. *env* is in force before anything is imported, such as a preload."""

    def __init__(self, home: Path, *, env: Mapping[str, str | None] | None = None) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-c", "from tests.support.forks import serve; serve()"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            env=environment(home, unmeasured() | dict(env or {})),
            cwd=home,
            preexec_fn=drop_rights,
            start_new_session=True,
        )

    def run(
        self,
        *arguments: str,
        home: Path,
        stdin: bytes | None = None,
        env: Mapping[str, str | None] | None = None,
        cwd: Path | None = None,
        closed: Sequence[int] = (),
    ) -> Ran:
        """Run `chat` to its end; the descriptors in *closed* are closed before. A run that does not end fails."""
        job = (list(arguments), environment(home, env), str(cwd or home), stdin, list(closed))
        assert self._process.stdin
        assert self._process.stdout
        marshal.dump(job, self._process.stdin)
        self._process.stdin.flush()
        code, stdout, stderr = marshal.load(self._process.stdout)
        assert code is not None, f"{arguments} did not end within {DEADLINE_S} s; {stdout!r} {stderr!r}"
        return Ran(code, stdout, stderr)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        self._process.communicate()


def drop_rights() -> None:
    """Let permissions count for what is executed next, also where root runs it."""
    if sys.platform == "linux" and os.geteuid() == 0:
        for right in _RIGHTS_OF_ROOT:
            ctypes.CDLL(None).prctl(_PRCTL_DROP, right, 0, 0, 0)


def serve() -> None:
    """Take jobs from stdin and put what they left on stdout until there are no more."""
    import chatcli

    for module in pkgutil.walk_packages(chatcli.__path__, "chatcli."):
        if not module.name.endswith("__main__"):
            importlib.import_module(module.name)
    jobs, results = os.fdopen(os.dup(0), "rb"), os.fdopen(os.dup(1), "wb")
    while True:
        try:
            job = marshal.load(jobs)
        except EOFError:
            return
        marshal.dump(_run(job), results)
        results.flush()


def _run(job: Job) -> tuple[int | None, bytes, bytes]:
    with tempfile.TemporaryFile() as stdin, tempfile.TemporaryFile() as stdout, tempfile.TemporaryFile() as stderr:
        stdin.write(job[3] or b"")
        stdin.seek(0)
        streams = (stdin if job[3] is not None else None, stdout, stderr)
        child = os.fork()
        if not child:
            _be_chat(job, streams)
        code = _wait(child)
        return code, _content(stdout), _content(stderr)


def _wait(child: int) -> int | None:
    def too_late(_number: int, _frame: Any) -> None:
        os.kill(child, signal.SIGKILL)

    signal.signal(signal.SIGALRM, too_late)
    signal.setitimer(signal.ITIMER_REAL, DEADLINE_S)
    status = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    signal.setitimer(signal.ITIMER_REAL, 0)
    return None if status == -signal.SIGKILL else status if status >= 0 else 128 - status


def _content(file: IO[bytes]) -> bytes:
    file.seek(0)
    return file.read()


def _be_chat(job: Job, streams: Sequence[IO[bytes] | None]) -> None:
    """Become the program, and never return."""
    arguments, environ, directory, _, closed = job
    code = 70
    try:
        os.chdir(directory)
        nothing = os.open(os.devnull, os.O_RDWR)
        for number, stream in enumerate(streams):
            os.dup2(stream.fileno() if stream else nothing, number)
        os.closerange(3, 256)
        for number in closed:
            os.close(number)
        sys.stdin, sys.stdout, sys.stderr = (
            None if number in closed else open(number, mode, closefd=False)  # noqa: SIM115
            for number, mode in enumerate(("r", "w", "w"))
        )
        sys.argv = ["chat", *arguments]
        os.environ.clear()
        os.environ.update(environ)
        from chatcli.cli.main import main

        main()
    except SystemExit as end:
        code = end.code if isinstance(end.code, int) else 0
    except BaseException:
        import traceback

        traceback.print_exc()
    finally:
        for written in (sys.stdout, sys.stderr):
            if written:
                written.flush()
        os._exit(code)
