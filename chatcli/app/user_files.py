"""Reads and writes the user's files relative to the working directory; known keys are masked when writing."""

from __future__ import annotations

import stat
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path

from chatcli.errors import ConfigError, UsageError
from chatcli.files.faults import file_error
from chatcli.files.foreign import TEXT_BYTES, ForeignReader
from chatcli.files.own import app_dirs, create_private, expand_user
from chatcli.language import _
from chatcli.records import field, frozen, mutable
from chatcli.text.redactor import Redactor, Secret


@mutable
class FileWait:
    """Hooks for slow reads: *guard* is entered while waiting, *notice* is called for a silent pipe."""

    guard: Callable[[], AbstractContextManager[object]] = nullcontext
    notice: Callable[[str], None] = lambda _sentence: None


@frozen
class UserFiles:
    """Names are relative to *directory*; *secrets* is a shared list of the keys known so far."""

    directory: Path
    environ: Mapping[str, str]
    secrets: list[Secret] = field(default_factory=list)
    waiting: FileWait = field(default_factory=FileWait)

    def path(self, name: str, *, base: Path | None = None) -> Path:
        """Return the path that *name* means, from *base* or the directory of the run."""
        return (base or self.directory) / expand_user(name, self.environ)

    def reader(self, *, is_named: bool) -> ForeignReader:
        """Return a file reader; it waits for pipes only if the file *is_named* on the command line."""
        notice = (lambda sentence: self.waiting.notice(sentence)) if is_named else None
        return ForeignReader(app_dirs(self.environ), lambda: self.waiting.guard(), notice)

    def exists(self, name: str) -> bool:
        """Return whether the file or folder exists."""
        try:
            return self.reader(is_named=True).kind(self.path(name)) != "missing"
        except ConfigError:  # not a valid file name
            return False

    def read_text(
        self, name: str, *, base: Path | None = None, is_named: bool = True, max_bytes: int = TEXT_BYTES
    ) -> str:
        """Return the text of the file *name*; raises ConfigError or UsageError naming it.

        *is_named*: it is named on the command line, so a pipe is waited for.
        """
        return self.reader(is_named=is_named).read_text(self.path(name, base=base), max_bytes=max_bytes)

    def write_text(self, name: str, text: str) -> str:
        """Write the new file *name*, or into a pipe, and return its path. Errors leave no file.

        Raises UsageError for any other file that exists.
        """
        path = self.path(name)
        data = Redactor(self.secrets).redact(text).encode("utf-8", "replace")
        try:
            if _is_pipe(path):
                self._feed(path, data)
            else:
                create_private(path, data)
        except FileExistsError as error:
            raise UsageError(
                _("{path} exists", path=path), kept=_("it was left unchanged"), hint=_("choose another name")
            ) from error
        except OSError as error:
            raise file_error("write", path, error) from error
        return str(path)

    def _feed(self, path: Path, data: bytes) -> None:
        with self.waiting.guard(), path.open("wb") as pipe:
            pipe.write(data)


def _is_pipe(path: Path) -> bool:
    """Return whether *path* is a pipe, such as /dev/stdout may be: it holds nothing that could be overwritten."""
    try:
        return stat.S_ISFIFO(path.stat().st_mode)
    except (OSError, ValueError):
        return False
