"""The file of past prompts: one JSON string a line, appended to and never rewritten.

Each record is written at once to a file opened for appending, so several programs share it without losing or mixing
anything. Every record begins its own line, so one that was cut by a full disk does not take its successor with it.
A file that cannot be read or written is no reason to fail: the program then remembers only what it has seen itself.
"""

from __future__ import annotations

import json
import os
import stat
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from chatcli.files.own import SAFE_FLAGS
from chatcli.text.json_values import parse_json

MAX_ENTRIES = 10_000
MAX_BYTES = 5_000_000
MAX_ENTRY_BYTES = 256_000  # one prompt beyond this would crowd out the others; it stays in the chat itself


class HistoryFile:
    """Past prompts at *path*, readable by their owner alone."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def append(self, text: str) -> None:
        """Add *text* as the newest entry."""
        record = f"\n{json.dumps(text, ensure_ascii=False)}\n".encode()
        if len(record) > MAX_ENTRY_BYTES:
            return
        try:
            self._path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            with _opened(self._path, os.O_WRONLY | os.O_APPEND | os.O_CREAT) as file:
                _keep_private(file)
                os.write(file, record)
        except OSError:
            return

    def read(self) -> list[str]:
        """Return the entries, oldest first, as many of the newest as the bounds allow; damaged lines are left out."""
        try:
            with _opened(self._path, os.O_RDONLY) as file:
                lines = _tail(file).split(b"\n")
        except OSError:
            return []
        entries = (_text(line) for line in lines if line)
        return [text for text in entries if text][-MAX_ENTRIES:]


@contextmanager
def _opened(path: Path, flags: int) -> Iterator[int]:
    file = os.open(path, flags | SAFE_FLAGS, 0o600)
    try:
        yield file
    finally:
        os.close(file)


def _keep_private(file: int) -> None:
    if sys.platform != "win32" and os.fstat(file).st_mode & 0o077:
        os.fchmod(file, 0o600)


def _tail(file: int) -> bytes:
    """Return the end of a regular file, from the beginning of a line on; anything else counts as empty."""
    state = os.fstat(file)
    if not stat.S_ISREG(state.st_mode):
        return b""
    start = max(state.st_size - MAX_BYTES, 0)
    os.lseek(file, start, os.SEEK_SET)
    data = b"".join(iter(lambda: os.read(file, 1 << 20), b""))
    return data if start == 0 else data.partition(b"\n")[2]


def _text(line: bytes) -> str:
    try:
        text = parse_json(line.decode())  # from bytes, json would guess the encoding of every line
    except UnicodeDecodeError:
        return ""
    return text if isinstance(text, str) else ""  # as it was typed, whatever it holds
