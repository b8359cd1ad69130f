"""Explains SQLite errors to the user: what happened to which file, and what helps. No SQL is shown."""

from __future__ import annotations

import os
import sqlite3
from pathlib import Path
from typing import TypeAlias

from chatcli.errors import Hint, Remedy
from chatcli.language import N_, _

_DAMAGE = {
    "SQLITE_CORRUPT_VTAB": N_("its search index cannot be read"),
    "SQLITE_CORRUPT": N_("one of its pages cannot be read"),
    "SQLITE_NOTADB": N_("it is not a database"),
    # No statement of ours does so to a file that is sound.
    "SQLITE_CONSTRAINT": N_("its rows contradict each other"),
    "SQLITE_MISMATCH": N_("its rows contradict each other"),
}
# What the library raises: it also asks for as much memory as a damaged number says, and decodes names for its messages.
StoreError: TypeAlias = sqlite3.Error | MemoryError | UnicodeDecodeError
STORE_ERRORS = (sqlite3.Error, MemoryError, UnicodeDecodeError)


class DamagedStore(sqlite3.DatabaseError):
    """The file holds what chat never writes; the message says what that is."""


def damage(error: StoreError) -> str:
    """Return how *error* says that the file is damaged; empty where it says something else."""
    if isinstance(error, MemoryError):
        return _(_DAMAGE["SQLITE_CORRUPT_VTAB"])
    if isinstance(error, UnicodeDecodeError):
        return _("its schema cannot be read")
    if isinstance(error, DamagedStore):
        return str(error)
    name = error_name(error)
    return _(next((reason for known, reason in _DAMAGE.items() if name.startswith(known)), ""))


def is_busy(error: StoreError) -> bool:
    """Return whether another program has locked the file."""
    return error_name(error).startswith("SQLITE_BUSY")


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
        return _("the disk is full"), _("free some disk space, and unsaved messages will be saved")
    if is_busy(error):
        return _("{path} is locked by another program", path=path), _("try again once it has finished")
    if name.startswith(("SQLITE_READONLY", "SQLITE_PERM", "SQLITE_AUTH")):
        return _("{path} is read-only", path=path), _make_writable()
    if name.startswith("SQLITE_CANTOPEN"):
        return _cannot_open(path)
    if name.startswith("SQLITE_IOERR"):
        return _("cannot read or write {path}: the disk reports an error", path=path), _("check the disk")
    if name.startswith("SQLITE_TOOBIG"):
        return _("a text is too long to be saved in {path}", path=path), None
    if isinstance(error, MemoryError):
        return _("there is not enough memory to use {path}", path=path), None
    if any(missing in str(error) for missing in ("no such tokenizer", "no such module")):
        return _lacks_search(), Remedy("turn_off_storing")
    if reason := damage(error):
        return _("{path} is damaged ({reason}) and cannot be repaired", path=path, reason=reason), _("move it away")
    return _("{path} cannot be used ({name})", path=path, name=name or type(error).__name__), Remedy("run_doctor")


def _lacks_search() -> str:
    return _(
        "chats cannot be stored with SQLite {version}, to which this Python is linked: it has to be 3.34 or later, "
        "with FTS5",
        version=sqlite3.sqlite_version,
    )


def _cannot_open(path: Path) -> tuple[str, Hint]:
    if not os.access(path.parent, os.W_OK | os.X_OK):
        return _("{path} is read-only", path=path.parent), _make_writable()
    return _("{path} cannot be opened", path=path), _make_writable()


def _make_writable() -> Hint:
    return _("make it writable"), Remedy("turn_off_storing")


def error_name(error: StoreError) -> str:
    """Return SQLite's name of *error*, such as SQLITE_BUSY; empty where it has none."""
    return getattr(error, "sqlite_errorname", None) or ""
