"""Whatever SQLite reports is explained without its words: what happened to which file, and what helps."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest

from chatcli.errors import Remedy
from chatcli.store.failures import DamagedStore, StoreError, damage, explain, is_moved, lacks_tables

PATH = Path("/x/chats.db")


def reported(name: str) -> sqlite3.OperationalError:
    """Return the error that the library raises with this name."""
    error = sqlite3.OperationalError("near SELECT: some SQL")
    error.sqlite_errorname = name
    return error


@pytest.mark.parametrize(
    ("error", "reason", "remedy"),
    [
        (reported("SQLITE_FULL"), "disk is full", "disk space"),
        (reported("SQLITE_BUSY"), f"{PATH} is locked", "try again"),
        (reported("SQLITE_BUSY_RECOVERY"), f"{PATH} is locked", "try again"),
        (reported("SQLITE_READONLY_DIRECTORY"), f"{PATH} is read-only", "writable"),
        (reported("SQLITE_PERM"), f"{PATH} is read-only", "writable"),
        (reported("SQLITE_AUTH"), f"{PATH} is read-only", "writable"),
        (reported("SQLITE_IOERR_READ"), f"cannot read or write {PATH}", "check the disk"),
        (reported("SQLITE_TOOBIG"), "too long", ""),
        (MemoryError(), "not enough memory", ""),
        (reported("SQLITE_CORRUPT"), "one of its pages", "move it away"),
        (reported("SQLITE_CORRUPT_VTAB"), "its search index", "move it away"),
        (reported("SQLITE_NOTADB"), "not a database", "move it away"),
        (reported("SQLITE_CONSTRAINT_PRIMARYKEY"), "contradict each other", "move it away"),
        (DamagedStore("its header is damaged"), "its header is damaged", "move it away"),
        (sqlite3.OperationalError("no such tokenizer: trigram"), "3.34 or later", "turn_off_storing"),
        (reported("SQLITE_NOMEM"), "SQLITE_NOMEM", "run_doctor"),
        (sqlite3.ProgrammingError("a bug"), "ProgrammingError", "run_doctor"),
    ],
    ids=lambda value: getattr(value, "sqlite_errorname", type(value).__name__),
)
def test_every_error_is_explained_and_has_its_remedy(error: StoreError, reason: str, remedy: str) -> None:
    said, hint = explain(error, PATH)

    assert reason in said
    assert "SELECT" not in said
    assert remedy in (hint.kind if isinstance(hint, Remedy) else str(hint or ""))


def test_a_folder_that_cannot_be_written_is_named_instead_of_the_file(tmp_path: Path) -> None:
    missing = tmp_path / "nowhere" / "chats.db"

    assert explain(reported("SQLITE_CANTOPEN"), missing)[0] == f"{missing.parent} is read-only"
    assert explain(reported("SQLITE_CANTOPEN"), tmp_path / "chats.db")[0] == f"{tmp_path / 'chats.db'} cannot be opened"


def test_only_damage_is_called_damage() -> None:
    decoding = UnicodeDecodeError("utf-8", b"\xff", 0, 1, "invalid start byte")

    assert damage(decoding)
    assert damage(MemoryError())
    assert [name for name in ("SQLITE_BUSY", "SQLITE_FULL", "SQLITE_ERROR") if damage(reported(name))] == []


def test_a_file_that_was_moved_or_replaced_is_told_from_others() -> None:
    assert is_moved(reported("SQLITE_READONLY_DBMOVED"))
    assert not is_moved(reported("SQLITE_READONLY"))
    assert lacks_tables(reported("SQLITE_SCHEMA"))
    assert not lacks_tables(reported("SQLITE_CORRUPT"))
