"""Explains SQLite errors to the user: what happened to which file, and what helps. No SQL is shown."""

from __future__ import annotations

import os
import sqlite3
from pathlib import Path
from typing import TypeAlias

from chatcli.errors import Hint, Remedy

_DAMAGE = {
    "SQLITE_CORRUPT_VTAB": "its search index cannot be read",
    "SQLITE_CORRUPT": "one of its pages cannot be read",
    "SQLITE_NOTADB": "it is not a database",
    # No statement of ours does so to a file that is sound.
    "SQLITE_CONSTRAINT": "its rows contradict each other",
    "SQLITE_MISMATCH": "its rows contradict each other",
}
# What the library raises: it also asks for as much memory as a damaged number says, and decodes names for its messages.
StoreError: TypeAlias = sqlite3.Error | MemoryError | UnicodeDecodeError
STORE_ERRORS = (sqlite3.Error, MemoryError, UnicodeDecodeError)
_MAKE_WRITABLE: Hint = ("make it writable", Remedy("turn_off_storing"))


class DamagedStore(sqlite3.DatabaseError):
    """The file holds what chat never writes; the message says what that is."""


def damage(error: StoreError) -> str:
    """Return how *error* says that the file is damaged; empty where it says something else."""
    if isinstance(error, MemoryError):
        return _DAMAGE["SQLITE_CORRUPT_VTAB"]
    if isinstance(error, UnicodeDecodeError):
        return "its schema cannot be read"
    if isinstance(error, DamagedStore):
        return str(error)
    name = error_name(error)
    return next((reason for known, reason in _DAMAGE.items() if name.startswith(known)), "")


def is_moved(error: StoreError) -> bool:
    """Return whether the file that was opened has another name now, or none."""
    return error_name(error) == "SQLITE_READONLY_DBMOVED"


def lacks_tables(error: StoreError) -> bool:
    """Return whether a statement, which is right, does not fit the tables: the content was replaced meanwhile."""
    return error_name(error) in ("SQLITE_ERROR", "SQLITE_SCHEMA")


def explain(error: StoreError, path: Path) -> tuple[str, Hint]:
    """Return why *path* could not be used, and what to do where something helps."""
    name = error_name(error)
    if name.startswith("SQLITE_FULL"):
        return "the disk is full", "free some disk space, and unsaved messages will be saved"
    if name.startswith("SQLITE_BUSY"):
        return f"{path} is locked by another program", "try again once it has finished"
    if name.startswith(("SQLITE_READONLY", "SQLITE_PERM", "SQLITE_AUTH")):
        return f"{path} is read-only", _MAKE_WRITABLE
    if name.startswith("SQLITE_CANTOPEN"):
        return _cannot_open(path)
    if name.startswith("SQLITE_IOERR"):
        return f"cannot read or write {path}: the disk reports an error", "check the disk"
    if name.startswith("SQLITE_TOOBIG"):
        return f"a text is too long to be saved in {path}", None
    if isinstance(error, MemoryError):
        return f"there is not enough memory to use {path}", None
    if any(missing in str(error) for missing in ("no such tokenizer", "no such module")):
        what = f"chats cannot be stored with SQLite {sqlite3.sqlite_version}, to which this Python is linked"
        return f"{what}: it has to be 3.34 or later, with FTS5", Remedy("turn_off_storing")
    if reason := damage(error):
        return f"{path} is damaged ({reason}) and cannot be repaired", "move it away"
    return f"{path} cannot be used ({name or type(error).__name__})", Remedy("run_doctor")


def _cannot_open(path: Path) -> tuple[str, Hint]:
    if not os.access(path.parent, os.W_OK | os.X_OK):
        return f"{path.parent} is read-only", _MAKE_WRITABLE
    return f"{path} cannot be opened", _MAKE_WRITABLE


def error_name(error: StoreError) -> str:
    """Return SQLite's name of *error*, such as SQLITE_BUSY; empty where it has none."""
    return getattr(error, "sqlite_errorname", None) or ""
