"""Opens connections with all required settings, and runs transactions that always end."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from chatcli.store.schema import PAGE_SIZE

# How long a lock of another program is waited for: in silence, then announced, and for each use after that in vain.
BUSY_MS, BUSY_ANNOUNCED_MS, BUSY_AGAIN_MS = 3_000, 7_000, 250
BUSY_GLANCE_MS = 50  # while somebody may be typing

FileIdentity = tuple[int, int]


def open_connection(path: Path, *, busy_ms: int = BUSY_MS) -> sqlite3.Connection:
    """Return a connection to the file at *path*, which must exist, with everything set that we rely on."""
    connection = sqlite3.connect(
        path, timeout=busy_ms / 1000, isolation_level=None, check_same_thread=False, cached_statements=64
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
        f"page_size = {PAGE_SIZE}",
    ):
        connection.execute(f"PRAGMA {pragma}")


@contextmanager
def transaction(connection: sqlite3.Connection, kind: str = "IMMEDIATE") -> Iterator[None]:
    """Commit what is done inside, or roll it back where anything is raised."""
    connection.execute(f"BEGIN {kind}")
    try:
        yield
        connection.execute("COMMIT")
    except BaseException:
        with suppress(sqlite3.Error):  # it may have been rolled back already
            connection.execute("ROLLBACK")
        raise


def journal_of(path: Path) -> Path:
    """Return the file beside *path* that takes back what was not committed."""
    real = Path(os.path.realpath(path))
    return real.with_name(f"{real.name}-journal")


def identity(path: Path) -> FileIdentity | None:
    """Return which file *path* names, None if there is none or it cannot be known."""
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_dev, found.st_ino
