"""Reads what child programs write while they run; a pipe that others keep open holds nothing up."""

from __future__ import annotations

import os
import select
import sys
from collections.abc import Iterator
from contextlib import suppress
from typing import IO, TYPE_CHECKING

from chatcli.process.threads import start_thread

if TYPE_CHECKING:
    import subprocess

_READ_BYTES = 1 << 16
_LOOK_S = 0.1  # how often to see whether the program has ended while others keep its output open


def read_output(process: subprocess.Popen[bytes]) -> Iterator[bytes]:
    """Yield the stdout of *process* as it comes, until it has ended and nothing more is there."""
    assert process.stdout is not None
    chunks = read_by_thread if sys.platform == "win32" else read_by_select
    yield from chunks(process, process.stdout)


def read_by_select(process: subprocess.Popen[bytes], pipe: IO[bytes]) -> Iterator[bytes]:
    """Read in this thread, which signals interrupt."""
    while True:
        has_ended = process.poll() is not None
        if not select.select([pipe], [], [], 0 if has_ended else _LOOK_S)[0]:
            if has_ended:
                return
            continue
        data = os.read(pipe.fileno(), _READ_BYTES)
        if not data:
            process.wait()
            return
        yield data


def read_by_thread(process: subprocess.Popen[bytes], pipe: IO[bytes]) -> Iterator[bytes]:
    """Read in another thread, for systems that can wait for sockets but not for pipes."""
    from queue import Empty, SimpleQueue
    from threading import Thread

    chunks = SimpleQueue[bytes]()

    def read() -> None:
        with suppress(OSError, ValueError):  # closed meanwhile
            while data := os.read(pipe.fileno(), _READ_BYTES):
                chunks.put(data)
        chunks.put(b"")

    start_thread(Thread(target=read, name="output", daemon=True))
    while True:
        has_ended = process.poll() is not None
        try:
            data = chunks.get(timeout=_LOOK_S)
        except Empty:
            if has_ended:
                return
            continue
        if not data:
            process.wait()
            return
        yield data
