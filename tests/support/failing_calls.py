"""System calls that fail when a test wants it: `FailingCalls(folder).run("ask", "hi", home=home, at=7, error=ENOSPC)`.

A small library is compiled and preloaded, so what fails is the call itself, whether Python, SQLite or OpenSSL
makes it.
That needs a C compiler, as most systems have that Python packages are built on; without one the tests fail and say so.
"""

from __future__ import annotations

import errno
import shutil
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple, Self

from tests.support.fork_server import ForkServer
from tests.support.program import Ran, environment, run, unmeasured

HALFWAY = 0  # no error: the call reads or writes less than it was asked to
_SOURCE = Path(__file__).with_suffix(".c")
_ALWAYS = (errno.EIO, errno.EINTR)
_OPENING = (errno.EACCES, errno.EMFILE, errno.ELOOP, errno.ENAMETOOLONG, errno.ESTALE)
_FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EROFS)
# What each call may fail with, the likeliest first.
ERRORS: Mapping[str, tuple[int, ...]] = {
    "open": (errno.EACCES, errno.ENOSPC, errno.ENOENT, errno.EROFS, *_OPENING[1:], *_ALWAYS),
    "read": (errno.EIO, HALFWAY, errno.EINTR, errno.ESTALE),
    "write": (errno.ENOSPC, HALFWAY, *_FULL[1:3], *_ALWAYS),
    "sync": (errno.EIO, errno.ENOSPC),
    "truncate": (errno.EIO, errno.EFBIG),
    "seek": (errno.EIO,),
    "stat": (errno.EACCES, errno.ELOOP, errno.ESTALE, errno.EIO),
    "chmod": (errno.EPERM, errno.EROFS),
    "lock": (errno.ENOLCK, errno.EAGAIN, errno.EIO),
    "list": (errno.EACCES, errno.EMFILE, errno.EIO),
    "mkdir": (errno.EACCES, *_FULL, errno.EEXIST),
    "unlink": (errno.EACCES, errno.EROFS, errno.EBUSY, errno.ENOENT),
    "rename": (errno.ENOSPC, errno.EACCES, errno.EROFS, errno.EXDEV),
    "link": (errno.EPERM, errno.ENOSPC),
    "close": (errno.EIO, errno.ENOSPC),
    "getcwd": (errno.ENOENT, errno.EACCES),
    "connect": (errno.ECONNREFUSED, errno.ENETUNREACH, errno.ETIMEDOUT, errno.EACCES),
    "socket": (errno.EMFILE, errno.EAFNOSUPPORT, errno.ENOBUFS),
    "send": (errno.EPIPE, errno.ECONNRESET, HALFWAY, errno.EINTR),
    "recv": (errno.ECONNRESET, HALFWAY, errno.ETIMEDOUT, errno.EINTR),
    "thread": (errno.EAGAIN,),
}


class Call(NamedTuple):
    """A system call that a run made: its kind, and what it touched."""

    kind: str
    what: str


class FailingCalls:
    """Runs of `chat` in which one call fails; used in `with`. Files in *folder* are its own."""

    def __init__(self, folder: Path) -> None:
        compiler = shutil.which("cc") or shutil.which("gcc") or shutil.which("clang")
        assert compiler, "a C compiler is needed to make system calls fail: install cc"
        library = folder / "failing_calls.so"
        subprocess.run([compiler, "-shared", "-fPIC", "-o", library, _SOURCE, "-ldl"], check=True)
        self._log = folder / "calls"
        self._server = ForkServer(environment(folder, unmeasured() | {"LD_PRELOAD": str(library)}), folder)
        self.no_threads = {"LD_PRELOAD": str(library), "FAIL_THREADS": "1"}  # of a program that can start none

    def calls(self, *arguments: str, home: Path, stdin: bytes | None = None) -> list[Call]:
        """Return the calls of a run in which none fails."""
        self._log.unlink(missing_ok=True)
        ran = self._run(arguments, home, stdin, {"FAIL_LOG": str(self._log)})
        assert ran.exit_code == 0, ran.stderr
        return [Call(*line.split(" ", 1)) for line in self._log.read_text().splitlines()]

    def run(self, *arguments: str, home: Path, at: int, error: int, stdin: bytes | None = None) -> Ran:
        """Run with the call of number *at*, from 1, ending in *error*."""
        return self._run(arguments, home, stdin, {"FAIL_AT": f"{at} {error}"})

    def _run(self, arguments: tuple[str, ...], home: Path, stdin: bytes | None, env: Mapping[str, str]) -> Ran:
        changes = unmeasured() | {"FAIL_BELOW": str(home), **env}
        return run(*arguments, home=home, stdin=stdin, env=changes, program=self._server)

    def __enter__(self) -> Self:
        self._server.__enter__()
        return self

    def __exit__(self, *error: object) -> None:
        self._server.__exit__(*error)
