"""Writes output rows to a file, or to stdout."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Protocol, TextIO

from chatcli.batch.journal import lost
from chatcli.errors import Remedy, UsageError
from chatcli.files.own import NAMED_FLAGS
from chatcli.language import _

_STDOUT = (Path("/dev/stdout"), Path("/dev/fd/1"))


class Sink(Protocol):
    """Where output rows go."""

    def write(self, text: str, /) -> object:
        """Write *text*, perhaps later."""
        ...

    def flush(self) -> object:
        """Write everything now."""
        ...


class OutputFile:
    """The file at *path*; it is emptied when its first row comes, because all are written again from the journal.

    Raises OutputLostError.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._file: TextIO | None = None

    def write(self, text: str, /) -> None:
        """Write *text*, perhaps later."""
        with self._explained():
            self._opened().write(text)

    def flush(self) -> None:
        """Write everything now."""
        with self._explained():
            self._opened().flush()

    def close(self) -> None:
        """Write everything and close the file, if it was opened."""
        with self._explained():
            if self._file:
                self._file.close()

    def _opened(self) -> TextIO:
        if self._file is None:
            descriptor = os.open(self._path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | NAMED_FLAGS, 0o600)
            self._file = os.fdopen(descriptor, "w", encoding="utf-8", errors="replace", newline="")
        return self._file

    @contextmanager
    def _explained(self) -> Iterator[None]:
        try:
            yield
        except OSError as error:
            raise lost(self._path, error) from error


def journal_path(path: Path) -> Path:
    """Return the path of the journal of the output at *path*."""
    return path.with_name(f"{path.name}.journal")


def check_output(path: Path, source: Path | None, *, restart: bool) -> None:
    """Raise UsageError if *path* cannot be the output of a run whose input is *source*."""
    if path.name == "-" or path in _STDOUT:
        raise UsageError(
            _("{path} is not a file", path=path.name), kept=_("nothing was sent"), hint=Remedy("print_rows")
        )
    other = _("choose another output file")
    for file in (path, journal_path(path)):
        if not file.exists():
            continue
        if source and source.exists() and file.samefile(source):
            raise UsageError(_("{path} is the input", path=file), kept=_("nothing was sent"), hint=other)
        if not file.is_file():
            raise UsageError(_("{path} is not a file", path=file), kept=_("nothing was sent"), hint=other)
    if journal_path(path).is_symlink():
        what = _("{path} is a symbolic link", path=journal_path(path))
        raise UsageError(what, kept=_("nothing was sent"), hint=_("remove it"))
    if not path.exists():
        return
    if not restart and path.stat().st_size and not journal_path(path).exists():
        what = _("{path} exists, and it is not the output of a batch", path=path)
        raise UsageError(what, kept=_("nothing was sent"), hint=Remedy("restart_batch"))
