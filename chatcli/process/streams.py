"""Handles the standard streams: makes them safe to write, inspects them, and silences closed ones."""

from __future__ import annotations

import errno
import io
import os
import select
import sys
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import IO, TextIO

from chatcli.language import _

if sys.platform == "win32":
    from chatcli.process import console

# Of the terminal that the program has, whatever its standard streams are.
_KEYS = Path("CONIN$" if sys.platform == "win32" else "/dev/tty")

UNWRITABLE = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EIO, errno.EBADF, errno.EPIPE})


def repair_streams() -> None:
    """Make all text writable: UTF-8 in pipes and files, replacement characters on limited terminals.

    A stdin that cannot be read, such as `nohup` gives, is like a closed one. Streams that a parent process left in
    non-blocking mode, as Node.js does, block again: Python would take a silent pipe for its end, and give up on a full
    one. Of closed standard streams, stdin becomes an empty stream, stderr one that discards everything, and stdout one
    that cannot be written.
    """
    for name, mode in (("stdin", "r"), ("stdout", "w"), ("stderr", "w")):
        stream = getattr(sys, name)
        if stream is None or (name == "stdin" and not _may_be_read(stream)):
            # Left open for the life of the process, like standard streams, so that no socket gets its number.
            nowhere = open(os.devnull, mode, encoding="utf-8")  # noqa: PTH123, SIM115
            setattr(sys, name, _Closed(nowhere) if name == "stdout" else nowhere)
            continue
        _make_blocking(stream)
        if name != "stdin":
            _reconfigure(stream)


class _Closed(io.TextIOBase):
    """A stdout that was closed before the program started; *descriptor* keeps its number in use."""

    def __init__(self, descriptor: IO[str]) -> None:
        self._descriptor = descriptor

    def write(self, _text: str) -> int:
        raise OSError(errno.EBADF, _("it is closed"))


def discard_output(*streams: TextIO) -> None:
    """Redirect *streams* to nowhere: their reader is gone, and the interpreter would complain at exit."""
    for stream in streams:
        try:
            stream.flush()
        except (OSError, ValueError):
            _lead_nowhere(stream)


def _lead_nowhere(stream: TextIO) -> None:
    try:
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, stream.fileno())
        os.close(nowhere)
    except (OSError, ValueError):
        pass


def has_input(stream: TextIO | int, wait_s: float) -> bool:
    """Wait until *stream* is readable or has ended; return False on timeout."""
    try:
        return bool(select.select([stream], [], [], wait_s)[0])
    except (OSError, ValueError):
        return True  # cannot be waited for: reading will show


def has_terminal() -> bool:
    """Return whether there is a terminal to ask at, regardless of stdin and stdout."""
    try:
        with _KEYS.open(encoding="utf-8"):
            return True
    except OSError:
        return False


def is_terminal(stream: TextIO) -> bool:
    """Return whether *stream* is a terminal; a closed stream is not."""
    try:
        return stream.isatty()
    except ValueError:
        return False


def _may_be_read(stream: TextIO) -> bool:
    if sys.platform == "win32":
        return True
    import fcntl  # Windows has none

    try:
        return fcntl.fcntl(stream.fileno(), fcntl.F_GETFL) & os.O_ACCMODE != os.O_WRONLY
    except (OSError, ValueError):
        return True


def _make_blocking(stream: TextIO) -> None:
    if hasattr(os, "set_blocking"):
        with suppress(OSError, ValueError):  # a stream of a test, or one that is broken already
            os.set_blocking(stream.fileno(), True)


def can_show(text: str) -> bool:
    """Return whether the terminal, where there is one, has the characters of *text*."""
    try:
        for stream in (sys.stdout, sys.stderr):
            if is_terminal(stream):
                text.encode(stream.encoding or "ascii")
    except UnicodeEncodeError:
        return False
    return True


def _reconfigure(stream: TextIO) -> None:
    reconfigure: Callable[..., None] | None = getattr(stream, "reconfigure", None)
    if reconfigure is None:
        return
    if is_terminal(stream):
        reconfigure(errors="replace", newline=None if sys.platform == "win32" else "\n")
        if sys.platform == "win32":
            console.obey_sequences(stream.fileno())
    else:
        with suppress(OSError):  # a stream that is broken already; writing tells
            reconfigure(encoding="utf-8", errors="replace", newline="\n")
