"""A small process that starts programs and measures them: `Launcher().run(Job(...))` gives a `Sample`.

A program's peak memory includes that of the process it was forked from, until it has grown beyond it. So programs are
not started by the benchmark, which is large, but by `starter`, a bare interpreter: figures under its own 10 MB or so
cannot be seen. It is spoken to in marshalled tuples, because that needs no import.
"""

from __future__ import annotations

import marshal
import os
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Self


@dataclass(frozen=True, slots=True)
class Job:
    """A program to be started, in a terminal if it draws a prompt there.

    A key is typed at that, and the program ended when the key is echoed and the last bytes of the prompt are *drawn*.
    """

    argv: Sequence[str]
    env: Mapping[str, str] = field(default_factory=dict)
    drawn: bytes = b""


@dataclass(frozen=True, slots=True)
class Sample:
    """One run: moments are `time.monotonic()`, and None where they did not come; *peak_mb* is 10^6 bytes.

    *ready_at* is when the terminal was taken out of line mode, *echoed_at* when the typed key came back, *complete_at*
    when the prompt was drawn.
    """

    started_at: float
    first_byte_at: float | None
    ready_at: float | None
    echoed_at: float | None
    complete_at: float | None
    ended_at: float
    cpu_s: float
    peak_mb: float
    exit_code: int
    output: bytes


class Launcher:
    """The small process; used in `with`."""

    def __init__(self) -> None:
        command = [sys.executable, "-IS", str(Path(__file__).with_name("starter.py"))]
        self._process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE)

    def run(self, job: Job) -> Sample:
        """Run *job* to its end."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        marshal.dump((list(job.argv), dict(job.env), job.drawn), self._process.stdin)
        self._process.stdin.flush()
        answer: tuple[Any, ...] = marshal.load(self._process.stdout)
        *moments, cpu_s, peak, status, output = answer
        unit = 1 if sys.platform == "darwin" else 1024  # macOS counts bytes, Linux kibibytes
        figures: list[Any] = [*moments, cpu_s, peak * unit / 1e6, os.waitstatus_to_exitcode(status), output]
        return Sample(*figures)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        self._process.communicate()
