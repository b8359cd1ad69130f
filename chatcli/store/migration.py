"""Migrates a file to the newest version step by step, each atomic and after a backup."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Callable, Sequence
from contextlib import closing
from pathlib import Path

from chatcli.files.own import create_private
from chatcli.language import _
from chatcli.store.connection import transaction
from chatcli.store.schema import APPLICATION_ID

_KEPT_BACKUPS = 2


def migrate(
    connection: sqlite3.Connection,
    path: Path,
    steps: Sequence[str],
    now_s: float,
    *,
    announce: Callable[[str], None] = lambda _sentence: None,
) -> None:
    """Take those of *steps* that the file at *path* has not seen yet; other programs may do so at the same time."""
    # Behind a lock: of programs that start at the same moment, one takes the steps and the others wait.
    with transaction(connection, "EXCLUSIVE"):
        version = version_of(connection)
    if 0 < version < len(steps):
        copy = _back_up(connection, path, version)
        announce(
            _(
                "{path} is being updated to schema version {version}; the old version is kept as {name}",
                path=path,
                version=len(steps),
                name=copy.name,
            )
        )
    for number in range(version, len(steps)):
        with transaction(connection, "EXCLUSIVE"):
            if version_of(connection) == number:  # else another program was faster
                _take_step(connection, steps[number], number + 1, now_s)


def _take_step(connection: sqlite3.Connection, step: str, version: int, now_s: float) -> None:
    for statement in step.split(";"):
        connection.execute(statement)
    connection.execute("INSERT INTO migration VALUES(?, ?)", (version, now_s))
    connection.execute(f"PRAGMA application_id = {APPLICATION_ID}")
    connection.execute(f"PRAGMA user_version = {version}")
    broken = connection.execute("PRAGMA foreign_key_check").fetchall()
    checked = connection.execute("PRAGMA quick_check").fetchone()[0]
    if broken or checked != "ok":
        message = f"the migration to version {version} left the file inconsistent: {checked}"
        raise sqlite3.DatabaseError(message)


def version_of(connection: sqlite3.Connection) -> int:
    """Return the version that the file says it has."""
    return int(connection.execute("PRAGMA user_version").fetchone()[0])


def _back_up(connection: sqlite3.Connection, path: Path, version: int) -> Path:
    target = path.with_suffix(f".v{version}.bak")
    # Under another name until it is whole: several programs may do so at once, or be killed meanwhile.
    growing = target.with_name(f".{target.name}.{os.urandom(8).hex()}")
    try:
        create_private(growing, b"")
        with closing(sqlite3.connect(growing)) as copy:
            connection.backup(copy)
        growing.replace(target)
    finally:
        growing.unlink(missing_ok=True)
    for old in backups(path)[:-_KEPT_BACKUPS]:
        old.unlink(missing_ok=True)
    return target


def backups(path: Path) -> list[Path]:
    """Return the copies that were put aside before steps to newer versions, oldest first."""
    return sorted(path.parent.glob(f"{path.stem}.v*.bak"), key=_modified_s)


def _modified_s(path: Path) -> float:
    try:
        return path.stat().st_mtime
    except FileNotFoundError:  # another program has removed it
        return 0.0
