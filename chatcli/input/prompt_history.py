"""Keeps past prompts in a file: one JSON value per line, appended and never rewritten.

A prompt of which nothing was typed is a string; any other an object of its text and the spans of it that were typed.

Each record is written at once to a file opened for appending, so several programs share it without losing or mixing
anything. Every record begins its own line, so one that was cut by a full disk does not take its successor with it.
An unreadable or unwritable file is not an error: only the history of this run is then remembered.
"""

from __future__ import annotations

import json
import os
import stat
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from itertools import pairwise
from pathlib import Path
from typing import TypeGuard

from chatcli.files.own import SAFE_FLAGS, close_descriptor_to_others
from chatcli.text.draft import Draft, Span
from chatcli.text.json_values import parse_json

MAX_ENTRIES = 10_000
MAX_BYTES = 5_000_000
MAX_ENTRY_BYTES = 256_000  # one prompt beyond this would crowd out the others; it stays in the chat itself


class HistoryFile:
    """Past prompts at *path*, readable by their owner alone."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._end = 0  # of the part that has been read

    def append(self, draft: Draft) -> None:
        """Add *draft* as the newest entry."""
        value = {"text": draft.text, "typed": draft.typed} if draft.typed else draft.text
        record = f"\n{json.dumps(value, ensure_ascii=False)}\n".encode()
        if len(record) > MAX_ENTRY_BYTES:
            return
        try:
            self._path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            with _opened(self._path, os.O_WRONLY | os.O_APPEND | os.O_CREAT) as file:
                close_descriptor_to_others(file)
                os.write(file, record)
        except OSError:
            return

    def read(self) -> list[Draft]:
        """Return the entries, oldest first, as many of the newest as the bounds allow; damaged lines are left out."""
        self._end = 0
        return self.read_new()

    def read_new(self) -> list[Draft]:
        """Return the entries that were added since the file was last read, by whomever; all of a file that shrank."""
        try:
            with _opened(self._path, os.O_RDONLY) as file:
                begin = self._end if os.fstat(file).st_size >= self._end else 0
                data = _tail(file, begin)
                # A record that is just being written is read when its line is whole.
                self._end = os.lseek(file, 0, os.SEEK_CUR) - len(data) + data.rfind(b"\n") + 1
        except OSError:
            return []
        entries = (_draft(line) for line in data.split(b"\n") if line)
        return [draft for draft in entries if draft.text][-MAX_ENTRIES:]


@contextmanager
def _opened(path: Path, flags: int) -> Iterator[int]:
    file = os.open(path, flags | SAFE_FLAGS, 0o600)
    try:
        yield file
    finally:
        os.close(file)


def _tail(file: int, begin: int) -> bytes:
    """Return the end of a regular file from *begin*, where a line begins, on; anything else counts as empty."""
    state = os.fstat(file)
    if not stat.S_ISREG(state.st_mode):
        return b""
    start = max(state.st_size - MAX_BYTES, begin)
    os.lseek(file, start, os.SEEK_SET)
    data = b"".join(iter(lambda: os.read(file, 1 << 20), b""))
    return data if start == begin else data.partition(b"\n")[2]


def _draft(line: bytes) -> Draft:
    try:
        value = parse_json(line.decode())  # from bytes, json would guess the encoding of every line
    except UnicodeDecodeError:
        return Draft()
    match value:
        case str(text):
            return Draft(text)
        case {"text": str(text), "typed": [*spans]}:
            return Draft(text, _sound(spans, len(text)))
    return Draft()


def _sound(spans: Sequence[object], size: int) -> tuple[Span, ...]:
    """Return *spans* of a text of that *size*; where one cannot be right, nothing counts as typed."""
    sound = [(begin, end) for begin, end in filter(_is_span, spans)]
    ends = [-1, *(end for span in sound for end in span)]
    is_sound = len(sound) == len(spans) and all(one < other for one, other in pairwise(ends))
    return tuple(sound) if is_sound and ends[-1] <= size else ()


def _is_span(value: object) -> TypeGuard[Span]:
    return isinstance(value, list) and len(value) == 2 and all(type(end) is int for end in value)
