"""Tracks which program has a conversation open, so that two never write to one and crashes are detected."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from chatcli.process.identity import is_running, start_of
from chatcli.records import frozen
from chatcli.text.json_values import as_int, as_text

if TYPE_CHECKING:
    import sqlite3


@frozen
class Owner:
    """A program: its process, and what tells it from others that had or will have the same number."""

    pid: int
    boot: str

    @classmethod
    def here(cls) -> Owner:
        """Return this program."""
        return cls(os.getpid(), start_of(os.getpid()))

    def is_alive(self) -> bool:
        """Return whether it still runs, as far as this machine can know."""
        return self.boot == start_of(self.pid) and is_running(self.pid)


def claim(connection: sqlite3.Connection, id: str, owner: Owner, now_s: float) -> bool:
    """Say that *owner* has the conversation open; False where another program has it open that still runs."""
    row = connection.execute("SELECT lease_pid, lease_boot FROM conversation WHERE id = ?", (id,)).fetchone()
    other = owner_of(row) if row else None
    if other and other != owner and other.is_alive():
        return False
    connection.execute(
        "UPDATE conversation SET lease_pid = ?, lease_boot = ?, lease_at = ? WHERE id = ?",
        (owner.pid, owner.boot, now_s, id),
    )
    return True


def release(connection: sqlite3.Connection, id: str, owner: Owner) -> None:
    """Say that *owner* has closed it."""
    connection.execute(
        "UPDATE conversation SET lease_pid = NULL WHERE id = ? AND lease_pid = ? AND lease_boot = ?",
        (id, owner.pid, owner.boot),
    )


def owner_of(row: sqlite3.Row) -> Owner | None:
    """Return who has the conversation of *row* open, alive or not."""
    pid = as_int(row["lease_pid"])
    return Owner(pid, as_text(row["lease_boot"])) if pid and pid > 0 else None
