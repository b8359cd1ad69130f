"""Which program has a conversation open: no two write to one, and what a dead one left unfinished is found."""

from __future__ import annotations

import os
import sqlite3
import sys
from functools import cache
from pathlib import Path

from chatcli.core.values import value


@value
class Owner:
    """A program: its process, and the run of the system in which that number means it."""

    pid: int
    boot: str

    @classmethod
    def here(cls) -> Owner:
        """Return this program."""
        return cls(os.getpid(), boot_id())

    def is_alive(self) -> bool:
        """Tell whether it still runs, as far as this machine can know."""
        return self.boot == boot_id() and _runs(self.pid)


@cache
def boot_id() -> str:
    """Return what tells this run of the system from others; empty where the system does not say."""
    if sys.platform == "linux":
        try:
            return Path("/proc/sys/kernel/random/boot_id").read_text(encoding="ascii").strip()
        except (OSError, ValueError):
            return ""
    return ""


def _runs(pid: int) -> bool:
    if sys.platform == "win32":
        return True  # asking would mean more than it does elsewhere
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except (OSError, OverflowError):
        return True  # it belongs to somebody else
    return True


def claim(connection: sqlite3.Connection, id: str, owner: Owner, now_s: float) -> None:
    """Say that *owner* has the conversation open."""
    connection.execute(
        "UPDATE conversation SET lease_pid = ?, lease_boot = ?, lease_at = ? WHERE id = ?",
        (owner.pid, owner.boot, now_s, id),
    )


def release(connection: sqlite3.Connection, id: str, owner: Owner) -> None:
    """Say that *owner* has closed it."""
    connection.execute(
        "UPDATE conversation SET lease_pid = NULL WHERE id = ? AND lease_pid = ? AND lease_boot = ?",
        (id, owner.pid, owner.boot),
    )


def owner_of(row: sqlite3.Row) -> Owner | None:
    """Return who has the conversation of *row* open, alive or not."""
    pid, boot = row["lease_pid"], row["lease_boot"]
    return Owner(pid, boot or "") if isinstance(pid, int) else None
