"""The standard streams: made safe to write to, asked what they are, let go of when nobody reads them."""

from __future__ import annotations

import errno
import io
import os
import select
import sys
from collections.abc import Callable
from pathlib import Path
from typing import IO, TextIO

UNWRITABLE = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EIO, errno.EBADF, errno.EPIPE})


def repair_streams() -> None:
    """Make text always writable: UTF-8 into pipes and files, replacements on a terminal that cannot show it.

    Of standard streams that are closed, stdin becomes one that is empty, stderr one that swallows everything, and
    stdout one that cannot be written to.
    """
    for name, mode in (("stdin", "r"), ("stdout", "w"), ("stderr", "w")):
        stream = getattr(sys, name)
        if stream is None:
            # Left open for the life of the process, as standard streams are: so no socket gets its number.
            nowhere = open(os.devnull, mode, encoding="utf-8")  # noqa: PTH123, SIM115
            setattr(sys, name, _Closed(nowhere) if name == "stdout" else nowhere)
        elif name != "stdin":
            _reconfigure(stream)


class _Closed(io.TextIOBase):
    """A stdout that was closed before the program began; *descriptor* keeps its number taken."""

    def __init__(self, descriptor: IO[str]) -> None:
        self._descriptor = descriptor

    def write(self, _text: str) -> int:
        raise OSError(errno.EBADF, "it is closed")


def discard_output(*streams: TextIO) -> None:
    """Let what *streams* cannot write go nowhere: who would read it has gone, and the interpreter complains at exit."""
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


def has_input(stream: TextIO, wait_s: float) -> bool:
    """Wait until *stream* can be read or has ended; False when nothing came in time."""
    try:
        return bool(select.select([stream], [], [], wait_s)[0])
    except (OSError, ValueError):
        return True  # not a thing that can be waited for: reading tells


def confirm(question: str, *, clean: Callable[[str], str] = str) -> bool:
    """Ask at the terminal, whatever stdin and stdout are; without a terminal, or an answer, it is no.

    *clean* takes out of a line what was not typed.
    """
    try:
        device = Path("CON" if os.name == "nt" else "/dev/tty")
        # Two files, because one for both would have to be seekable, which no terminal is.
        with device.open("w", encoding="utf-8", errors="replace") as screen, device.open(encoding="utf-8") as keyboard:
            screen.write(f"{question} [y/N] ")
            screen.flush()
            return clean(keyboard.readline()).strip().lower() in ("y", "yes")
    except (OSError, ValueError):
        return False


def is_terminal(stream: TextIO) -> bool:
    """Tell whether *stream* leads to a terminal; a closed one does not."""
    try:
        return stream.isatty()
    except ValueError:
        return False


def _reconfigure(stream: TextIO) -> None:
    reconfigure: Callable[..., None] | None = getattr(stream, "reconfigure", None)
    if reconfigure is None:
        return
    if is_terminal(stream):
        reconfigure(errors="replace", newline="\n" if os.name != "nt" else None)
    else:
        reconfigure(encoding="utf-8", errors="replace", newline="\n")
