"""Manages the database file: opened on first use, created if missing, repaired if damaged.

Rollback journal and `synchronous=EXTRA`: a commit that has returned survives a power cut, also where the file lies on a
file system that cannot map memory. Every write begins with a write lock, so that no two programs wait for each other.

The name may come to mean another file while this one is open: moved aside by a program that found damage, removed, or
put back from a copy. So each use first looks which file the name means, and opens that one.

Another program may keep the file locked. It is waited for, which is announced after a while; once it was waited for in
vain, each use waits only briefly, until one succeeds.
"""

from __future__ import annotations

import sqlite3
import stat
import threading
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path
from typing import TypeVar

from chatcli.errors import ChatError, ConfigError, NotSavedError
from chatcli.files.faults import FileAction, file_error
from chatcli.files.own import close_to_others, create_private, ensure_private_dir, may_exist
from chatcli.language import _
from chatcli.store.connection import (
    BUSY_AGAIN_MS,
    BUSY_ANNOUNCED_MS,
    BUSY_GLANCE_MS,
    BUSY_MS,
    FileIdentity,
    identity,
    open_connection,
    transaction,
)
from chatcli.store.examination import check_header, examine
from chatcli.store.failures import STORE_ERRORS, damage, explain, is_busy, is_moved, lacks_tables
from chatcli.store.migration import backups, migrate
from chatcli.store.mounts import MOUNTS, network_kind
from chatcli.store.schema import STEPS
from chatcli.text.redactor import Redactor
from chatcli.text.system_errors import system_reason

T = TypeVar("T")

_ATTEMPTS = 9  # a file that moves all the time is given up
_MAKING_S = 10.0
_MOST_REPAIRS = 3  # each leaves a copy: what a repair does not mend is another trouble


class Database:
    """The connection to the file at *path*; *notify* gets a sentence for the user where something had to be done.

    *redactor* knows the keys that must not be written. Usable from several threads, one at a time.
    """

    def __init__(
        self,
        path: Path,
        *,
        notify: Callable[[str], None] = lambda _sentence: None,
        redactor: Callable[[], Redactor] = lambda: Redactor(()),
        now: Callable[[], float] = time.time,
        steps: Sequence[str] = STEPS,
        mounts: Path = MOUNTS,
    ) -> None:
        self.path = path
        self.now = now
        self.notify = notify
        self.redactor = redactor
        self._steps = steps
        self._mounts = mounts
        self._connection: sqlite3.Connection | None = None
        self._lock = threading.RLock()
        self._repairs = 0
        self._busy_ms = BUSY_MS
        self._is_doubted = False  # it seemed damaged, and is looked at once more
        self.opened: FileIdentity | None = None  # which file the name meant when it was opened
        self.newer_version: int | None = None  # the file was written by a chat that knows more

    @property
    def exists(self) -> bool:
        """Whether there may be a file; asking makes none."""
        return may_exist(self.path)

    def close(self) -> None:
        """Close the connection; the next question opens it again."""
        with self._lock:
            if self._connection:
                self._connection.close()
            self._connection = None

    def read(self, sql: str, values: Sequence[object] = ()) -> list[sqlite3.Row]:
        """Return the rows of a query; none without a file. Raises ConfigError if it cannot be read."""
        return self.call(lambda connection: connection.execute(sql, values).fetchall(), default=[])

    def call(self, ask: Callable[[sqlite3.Connection], T], *, default: T) -> T:
        """Return what *ask* reads, *default* without a file; raises ConfigError if it cannot be read."""
        if not self.exists:
            return default
        with self._lock:
            return self._use(lambda: ask(self._open()) if self.exists else default, ConfigError, "read")

    def glance(self, ask: Callable[[sqlite3.Connection], T]) -> T | None:
        """Return what *ask* reads from the file that is open, None if anything is in the way.

        Nothing is repaired, and a lock is hardly waited for.
        """
        with self._lock:
            if self._connection is None or identity(self.path) != self.opened:
                return None
            usual_ms = self._busy_ms
            try:
                self._wait(BUSY_GLANCE_MS)
                return ask(self._connection)
            except STORE_ERRORS:
                return None
            finally:
                self._wait(usual_ms)

    def write(self, work: Callable[[sqlite3.Connection], object]) -> None:
        """Let *work* write in one transaction; raises NotSavedError, and nothing is written then.

        Where the file was moved or damaged, *work* is called again for the one that is there now.
        """

        def run() -> None:
            connection = self._open()
            if self.newer_version is not None:
                raise NotSavedError(
                    _("{path} was written by a newer version of chat", path=self.path),
                    hint=_("update chat to write to it"),
                )
            with transaction(connection):
                work(connection)

        with self._lock:
            self._use(run, NotSavedError, "write")

    def backups(self) -> list[Path]:
        """Return the copies that were put aside before steps to newer versions, oldest first."""
        return backups(self.path)

    def damaged_copies(self) -> list[Path]:
        """Return the files that were put aside because they were damaged, oldest first."""
        from chatcli.store.replacement import damaged_copies

        return damaged_copies(self.path)

    def _use(self, run: Callable[[], T], failure: type[ChatError], action: FileAction) -> T:
        """Run with the file that the name means, at the beginning and at the end; a damaged one is repaired before."""
        try:
            for _attempt in range(_ATTEMPTS):
                if self._connection and identity(self.path) != self.opened:
                    self.close()
                with suppress(_Again):
                    return self._run(run)
        except STORE_ERRORS as error:
            if is_busy(error):
                self._wait(BUSY_AGAIN_MS)
            what, hint = explain(error, self.path)
            raise failure(what, hint=hint) from error
        except ConfigError as error:
            raise failure(error.what, hint=error.hint) from error
        except OSError as error:
            told = file_error(action, error.filename or self.path, error)
            raise failure(told.what, hint=told.hint) from error
        raise failure(_("another program keeps replacing {path}", path=self.path), hint=_("quit that program"))

    def _run(self, run: Callable[[], T]) -> T:
        """Run; raises _Again where that has to be done once more."""
        was_open = self._connection is not None
        try:
            result = run()
        except STORE_ERRORS as error:
            if is_busy(error) and self._busy_ms == BUSY_MS:
                self.notify(_("waiting for {path}, which is locked by another program", path=self.path))
                self._wait(BUSY_ANNOUNCED_MS)
                raise _Again from error
            if is_moved(error) or (was_open and lacks_tables(error)):
                self.close()
                raise _Again from error
            reason = damage(error)
            if not reason or self.newer_version is not None or self._repairs == _MOST_REPAIRS:
                raise
            if self._is_doubted:
                self._repair(reason)
            self.close()
            self._is_doubted = not self._is_doubted  # SQLite says the same of a disk that failed once
            raise _Again from error
        if identity(self.path) != self.opened:
            raise _Again  # what was written is in a file that will not be opened again
        self._is_doubted = False
        self._wait(BUSY_MS)
        return result

    def _wait(self, busy_ms: int) -> None:
        """Wait at most so long for other programs, from now on."""
        if self._connection and busy_ms != self._busy_ms:
            self._connection.execute(f"PRAGMA busy_timeout = {busy_ms}")
        self._busy_ms = busy_ms

    def _open(self) -> sqlite3.Connection:
        if self._connection is None:
            self._make()
            self.opened = identity(self.path)
            check_header(self.path)
            self._connection = self._prepare(open_connection(self.path, busy_ms=self._busy_ms))
        return self._connection

    def _make(self) -> None:
        """Make the file where it is missing, and its directory private in any case, where that can be done."""
        try:
            ensure_private_dir(self.path.parent)
        except ConfigError:
            if not self.exists:
                raise
        if _is_cleared(self.path, self.now()):
            self.notify(_("{path} was empty and has been recreated", path=self.path))
        close_to_others(self.path)
        with suppress(FileExistsError):
            create_private(self.path, b"")
            if kind := network_kind(self.path, mounts=self._mounts):
                self.notify(
                    _(
                        "{path} is on a network file system ({kind}), where file locks may not work",
                        path=self.path,
                        kind=kind,
                    )
                )

    def _prepare(self, connection: sqlite3.Connection) -> sqlite3.Connection:
        try:
            # Read before anything is locked: where it is of our version, which is nearly always, nothing else is done.
            version, newest = examine(connection, self._steps), len(self._steps)
            if version < newest:
                migrate(connection, self.path, self._steps, self.now(), announce=self.notify)
            self.newer_version = version if version > newest else None
            if self.newer_version:
                connection.execute("PRAGMA query_only = ON")
                self.notify(
                    _(
                        "{path} was written by a newer version of chat (schema version {version}): opened read-only",
                        path=self.path,
                        version=version,
                    )
                )
        except BaseException:
            connection.close()
            raise
        return connection

    def _repair(self, reason: str) -> None:
        """Move the damaged file aside, and take over what can be read of it."""
        from chatcli.store.replacement import replace_damaged  # imported only for a damaged file

        self.close()
        self._repairs += 1
        try:
            replaced = replace_damaged(self.path, self.opened, self._steps, self.now())
        except (OSError, *STORE_ERRORS) as error:
            why = system_reason(error) if isinstance(error, OSError) else explain(error, self.path)[0]
            what = _(
                "{path} is damaged ({reason}) and cannot be repaired: {why}", path=self.path, reason=reason, why=why
            )
            raise ConfigError(what, hint=_("free some disk space, or move the file away")) from error
        if replaced:
            saved = replaced.salvaged.sentence()
            self.notify(
                _(
                    "{path} was damaged ({reason}): it was renamed to {name}, and {saved}",
                    path=self.path,
                    reason=reason,
                    name=replaced.aside.name,
                    saved=saved,
                )
            )


def _is_cleared(path: Path, now_s: float) -> bool:
    """Return whether a file without a byte is there, other than one that a program is making at this moment."""
    try:
        found = path.stat()
    except OSError:
        return False
    return stat.S_ISREG(found.st_mode) and found.st_size == 0 and now_s - found.st_mtime > _MAKING_S


class _Again(Exception):
    """It has to be done once more: the name means another file now, or the file may be free."""
