"""The file: opened when it is first needed, made where it is missing, moved aside and salvaged where it is damaged.

Rollback journal and `synchronous=EXTRA`: a commit that has returned survives a power cut, also where the file lies on a
file system that cannot map memory. Every write begins with a write lock, so that no two programs wait for each other.
"""

from __future__ import annotations

import os
import sqlite3
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from typing import Any, TypeVar

from chatcli.errors import ChatError, ConfigError, Hint, NotSavedError, Remedy
from chatcli.files.own import create_private, ensure_private_dir
from chatcli.store.mounts import MOUNTS, network_kind
from chatcli.store.schema import APPLICATION_ID, STEPS

T = TypeVar("T")

BUSY_MS = 10_000
_KEPT_BACKUPS = 2
_DAMAGED = ("SQLITE_CORRUPT", "SQLITE_NOTADB")


class Database:
    """The connection to the file at *path*; *tell* gets a sentence for the user where something had to be done.

    Usable from several threads, one at a time.
    """

    def __init__(
        self,
        path: Path,
        *,
        tell: Callable[[str], None] = lambda _sentence: None,
        now: Callable[[], float] = time.time,
        steps: Sequence[str] = STEPS,
        mounts: Path = MOUNTS,
    ) -> None:
        self.path = path
        self.now = now
        self._tell = tell
        self._steps = steps
        self._mounts = mounts
        self._connection: sqlite3.Connection | None = None
        self._lock = threading.RLock()
        self._opened: tuple[int, int] | None = None  # which file the name meant when it was opened
        self.newer_version: int | None = None  # the file was written by a chat that knows more

    @property
    def exists(self) -> bool:
        """Whether there is a file; asking makes none."""
        return self.path.exists()

    def close(self) -> None:
        """Close the connection; the next question opens it again."""
        with self._lock:
            if self._connection:
                self._connection.close()
            self._connection = None

    def read(self, sql: str, values: Sequence[Any] = ()) -> list[sqlite3.Row]:
        """Return the rows of a query; none where there is no file. Raises NotSavedError where it cannot be read."""
        return self.call(lambda connection: connection.execute(sql, values).fetchall(), default=[])

    def call(self, ask: Callable[[sqlite3.Connection], T], *, default: T) -> T:
        """Return what *ask* reads, *default* where there is no file; raises NotSavedError where it cannot be read."""
        if not self.exists:
            return default
        with self._lock:
            return self._mended(lambda: ask(self._open()))

    def write(self, work: Callable[[sqlite3.Connection], object]) -> None:
        """Let *work* write in one transaction; raises NotSavedError, and nothing is written then."""

        def run() -> None:
            connection = self._open()
            if self.newer_version is not None:
                raise NotSavedError(f"{self.path} was written by a newer chat", hint="update chat to write to it")
            with _transaction(connection):
                work(connection)

        with self._lock:
            self._mended(run)

    def _mended(self, run: Callable[[], T]) -> T:
        """Run; a damaged file is moved aside and what can be read of it saved, once."""
        try:
            try:
                return run()
            except sqlite3.DatabaseError as error:
                if not _is_damaged(error):
                    raise
                self._start_anew(str(error))
                return run()
        except sqlite3.Error as error:
            raise NotSavedError(f"{self.path}: {error}", hint=_hint(error)) from error
        except ConfigError as error:
            raise NotSavedError(error.what, hint=error.hint) from error

    def _open(self) -> sqlite3.Connection:
        if self._connection is None:
            ensure_private_dir(self.path.parent)
            with suppress(FileExistsError):
                create_private(self.path, b"")
                if kind := network_kind(self.path, mounts=self._mounts):
                    self._tell(f"{self.path} lies on {kind}, where programs may not see each other's locks")
            self._opened = _identity(self.path)
            self._connection = self._checked(open_connection(self.path))
        return self._connection

    def _checked(self, connection: sqlite3.Connection) -> sqlite3.Connection:
        try:
            # Read before anything is locked: where it is of our version, which is nearly always, nothing else is done.
            version = _version(connection)
            newest = len(self._steps)
            if version < newest:
                self._migrate(connection, newest)
            self.newer_version = version if version > newest else None
            if self.newer_version:
                connection.execute("PRAGMA query_only = ON")
                self._tell(f"{self.path} was written by a newer chat (version {version}): it is read, not written")
        except BaseException:
            connection.close()
            raise
        return connection

    def _migrate(self, connection: sqlite3.Connection, newest: int) -> None:
        connection.execute("BEGIN EXCLUSIVE")
        version = _version(connection)
        connection.execute("ROLLBACK")
        if 0 < version < newest:
            self._back_up(connection, version)
        for number in range(version, newest):
            with _transaction(connection, "EXCLUSIVE"):
                if _version(connection) != number:
                    continue  # another program was faster
                for statement in self._steps[number].split(";"):
                    connection.execute(statement)
                connection.execute("INSERT INTO migration VALUES(?, ?)", (number + 1, self.now()))
                connection.execute(f"PRAGMA application_id = {APPLICATION_ID}")
                connection.execute(f"PRAGMA user_version = {number + 1}")
                _verify(connection)

    def _back_up(self, connection: sqlite3.Connection, version: int) -> None:
        target = self.path.with_suffix(f".v{version}.bak")
        # Under another name until it is whole: several programs may do so at once, or be killed meanwhile.
        growing = target.with_name(f".{target.name}.{os.urandom(8).hex()}")
        try:
            create_private(growing, b"")
            with closing(sqlite3.connect(growing)) as copy:
                connection.backup(copy)
            growing.replace(target)
        finally:
            growing.unlink(missing_ok=True)
        for old in self.backups()[:-_KEPT_BACKUPS]:
            old.unlink(missing_ok=True)

    def backups(self) -> list[Path]:
        """Return the copies that were put aside before steps to newer versions, oldest first."""
        return sorted(self.path.parent.glob(f"{self.path.stem}.v*.bak"), key=lambda path: path.stat().st_mtime)

    def _start_anew(self, why: str) -> None:
        """Move the damaged file aside, and take over what can be read of it."""
        from chatcli.store.salvage import salvage

        self.close()
        if _identity(self.path) != self._opened:
            return  # another program has done so already
        stamp = time.strftime("%Y%m%d-%H%M%S", time.localtime(self.now()))
        aside = self.path.with_name(f"{self.path.name}.corrupt-{stamp}-{os.getpid()}")
        self.path.rename(aside)
        with suppress(FileNotFoundError):
            self.path.with_name(f"{self.path.name}-journal").rename(f"{aside}-journal")
        saved = salvage(aside, self._open())
        self._tell(f"{self.path} was damaged ({why}): it is kept as {aside.name}, {saved} messages were saved from it")


def _identity(path: Path) -> tuple[int, int] | None:
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_dev, found.st_ino


def open_connection(path: Path) -> sqlite3.Connection:
    """Return a connection to the file at *path*, which must exist, with everything set that we rely on."""
    connection = sqlite3.connect(
        path, timeout=BUSY_MS / 1000, isolation_level=None, check_same_thread=False, cached_statements=64
    )
    connection.row_factory = sqlite3.Row
    connection.text_factory = lambda data: data.decode("utf-8", "replace")
    try:
        _set_up(connection)
    except BaseException:  # a damaged file
        connection.close()
        raise
    return connection


def _set_up(connection: sqlite3.Connection) -> None:
    for pragma in (
        "foreign_keys = ON",
        "trusted_schema = OFF",
        "cell_size_check = ON",
        "secure_delete = ON",
        "synchronous = EXTRA",
        f"busy_timeout = {BUSY_MS}",
    ):
        connection.execute(f"PRAGMA {pragma}")


def _version(connection: sqlite3.Connection) -> int:
    version: int = connection.execute("PRAGMA user_version").fetchone()[0]
    owner: int = connection.execute("PRAGMA application_id").fetchone()[0]
    tables: int = connection.execute("SELECT count(*) FROM sqlite_schema").fetchone()[0]
    if owner != APPLICATION_ID and (tables or owner or version):
        raise ConfigError("the history file is the database of another program", hint="move it away")
    return version


@contextmanager
def _transaction(connection: sqlite3.Connection, kind: str = "IMMEDIATE") -> Iterator[None]:
    connection.execute(f"BEGIN {kind}")
    try:
        yield
    except BaseException:
        with suppress(sqlite3.Error):  # it may have been rolled back already
            connection.execute("ROLLBACK")
        raise
    try:
        connection.execute("COMMIT")
    except BaseException:
        with suppress(sqlite3.Error):
            connection.execute("ROLLBACK")
        raise


def _verify(connection: sqlite3.Connection) -> None:
    broken = connection.execute("PRAGMA foreign_key_check").fetchall()
    checked = connection.execute("PRAGMA quick_check").fetchone()[0]
    if broken or checked != "ok":
        raise sqlite3.DatabaseError(f"a step left the file inconsistent: {checked}")


def _is_damaged(error: sqlite3.DatabaseError) -> bool:
    return (getattr(error, "sqlite_errorname", None) or "").startswith(_DAMAGED)


def _hint(error: sqlite3.Error) -> Hint:
    name = getattr(error, "sqlite_errorname", None) or ""
    if name.startswith("SQLITE_FULL"):
        return "make room: what is not saved yet is saved then"
    if name.startswith(("SQLITE_READONLY", "SQLITE_CANTOPEN", "SQLITE_PERM")):
        return ("make it writable", Remedy("turn_off_storing"))
    return "another program holds it" if name.startswith("SQLITE_BUSY") else None


def is_lasting(error: ChatError) -> bool:
    """Tell whether the trouble will not go away by itself: told once, and not at every turn."""
    cause = error.__cause__
    name = getattr(cause, "sqlite_errorname", None) or ""
    return isinstance(cause, ConfigError) or name.startswith(("SQLITE_READONLY", "SQLITE_CANTOPEN", "SQLITE_PERM"))
