"""Writes output rows to a file, or to stdout."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Protocol, TextIO

from chatcli.batch.journal import lost
from chatcli.errors import Remedy, UsageError
from chatcli.files.faults import file_error
from chatcli.files.own import SAFE_FLAGS


class Sink(Protocol):
    """Where output rows go."""

    def write(self, text: str, /) -> object:
        """Write *text*, perhaps later."""
        ...

    def flush(self) -> object:
        """Write everything now."""
        ...


class OutputFile:
    """The file at *path*, which is emptied: its rows are written again from the journal. Raises OutputLostError."""

    def __init__(self, path: Path) -> None:
        self._path = path
        try:
            descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | SAFE_FLAGS, 0o600)
        except OSError as error:
            raise file_error("write", path, error) from error
        self._file: TextIO = os.fdopen(descriptor, "w", encoding="utf-8", errors="replace", newline="")

    def write(self, text: str, /) -> None:
        """Write *text*, perhaps later."""
        try:
            self._file.write(text)
        except OSError as error:
            raise lost(self._path, error) from error

    def flush(self) -> None:
        """Write everything now."""
        try:
            self._file.flush()
        except OSError as error:
            raise lost(self._path, error) from error

    def close(self) -> None:
        """Write everything and close the file."""
        try:
            self._file.close()
        except OSError as error:
            raise lost(self._path, error) from error


def journal_path(path: Path) -> Path:
    """Return the path of the journal of the output at *path*."""
    return path.with_name(f"{path.name}.journal")


def check_output(path: Path, source: Path | None, *, restart: bool) -> None:
    """Raise UsageError if *path* cannot be the output of a run whose input is *source*."""
    if not path.exists():
        return
    if source and source.exists() and path.samefile(source):
        raise UsageError(f"{path} is the input", kept="nothing was sent", hint="choose another output file")
    if not path.is_file():
        raise UsageError(f"{path} is not a file", kept="nothing was sent", hint="choose another output file")
    if not restart and path.stat().st_size and not journal_path(path).exists():
        raise UsageError(
            f"{path} exists, and it is not the output of a batch", kept="nothing was sent", hint=Remedy("restart_batch")
        )
