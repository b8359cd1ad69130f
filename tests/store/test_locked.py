"""A file that another program keeps locked is waited for once, not at each use."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from chatcli.errors import NotSavedError
from chatcli.store import database
from chatcli.store.reading import nodes_of, outline_of
from tests.store.conftest import Shelf

WAITS = {"BUSY_MS": 20, "BUSY_ANNOUNCED_MS": 40, "BUSY_AGAIN_MS": 1, "BUSY_GLANCE_MS": 2}


@pytest.fixture
def shelf(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Shelf:
    """A store with one chat, for which nothing is waited for long."""
    for name, busy_ms in WAITS.items():
        monkeypatch.setattr(database, name, busy_ms)
    shelf = Shelf(tmp_path / "history.db")
    shelf.keep("a", "question", "answer")
    return shelf


@pytest.fixture
def lock(shelf: Shelf) -> Iterator[sqlite3.Connection]:
    """Another program with the file; nothing is locked yet."""
    with closing(sqlite3.connect(shelf.path, isolation_level=None)) as other:
        yield other


def busy_ms(shelf: Shelf) -> int:
    return int(shelf.database.read("PRAGMA busy_timeout")[0][0])


@pytest.mark.parametrize("is_open", [True, False], ids=["open", "not yet open"])
def test_a_lock_is_waited_for_once_and_announced(shelf: Shelf, lock: sqlite3.Connection, *, is_open: bool) -> None:
    if not is_open:
        shelf.database.close()
    lock.execute("BEGIN EXCLUSIVE")

    for _use in range(3):
        with pytest.raises(NotSavedError, match="locked"):
            shelf.database.write(lambda connection: connection.execute("DELETE FROM meta"))

    assert shelf.said == [f"waiting for {shelf.path}, which is locked by another program"]

    lock.execute("ROLLBACK")
    shelf.keep("b", "another question", "answer")
    assert busy_ms(shelf) == WAITS["BUSY_MS"]
    assert len(shelf.library.entries()) == 2


def test_what_is_written_meanwhile_is_written_once(shelf: Shelf, lock: sqlite3.Connection) -> None:
    """The file becomes free while it is waited for."""
    lock.execute("BEGIN EXCLUSIVE")

    def unlock(_sentence: str) -> None:
        lock.execute("ROLLBACK")

    shelf.database.notify = unlock

    shelf.keep("b", "another question", "answer")

    assert [entry.id for entry in shelf.library.entries()] == ["b", "a"]


def test_what_can_be_read_later_hardly_waits(shelf: Shelf, lock: sqlite3.Connection) -> None:
    entry = shelf.entry("a")

    glanced = shelf.database.glance(lambda connection: connection.execute("PRAGMA busy_timeout").fetchone()[0])
    assert glanced == WAITS["BUSY_GLANCE_MS"]
    assert busy_ms(shelf) == WAITS["BUSY_MS"]

    opened = shelf.library.open(entry)
    lock.execute("BEGIN EXCLUSIVE")
    assert not opened.read_ahead()
    assert (opened.tree.unread, shelf.said) == ([1, 2], [])


def test_a_lock_is_waited_for_once_by_what_reads_messages(shelf: Shelf, lock: sqlite3.Connection) -> None:
    connection = shelf.database.call(lambda connection: connection, default=None)
    assert connection
    outline = outline_of(connection, "a")
    lock.execute("BEGIN EXCLUSIVE")
    statements: list[str] = []
    connection.set_trace_callback(statements.append)

    with pytest.raises(sqlite3.OperationalError, match="locked"):
        nodes_of(connection, "a", outline, [1])

    assert len(statements) <= 1
