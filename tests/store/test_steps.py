"""A file of an older version is brought to the newest: as a whole or not at all, and never without a copy."""

from __future__ import annotations

import gzip
import sqlite3
import stat
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from chatcli.errors import NotSavedError
from chatcli.store.database import Database
from chatcli.store.library import Library
from chatcli.store.schema import STEPS, VERSION
from tests.store.conftest import HERE, Shelf
from tests.support.program import ROOT

NEXT = "CREATE TABLE next(x); INSERT INTO next VALUES(1)"
WRONG = "CREATE TABLE next(x); INSERT INTO nowhere VALUES(1)"
ENDLESS = "CREATE TABLE next(x); INSERT INTO next WITH RECURSIVE n(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n) SELECT x FROM n"  # noqa: E501  # one statement
ENDLESS_PROGRAM = f"""
import sys
from pathlib import Path
from chatcli.store.database import Database
from chatcli.store.schema import STEPS
Database(Path(sys.argv[1]), steps=(*STEPS, {ENDLESS!r})).read("SELECT 1")
"""
GOLDEN = Path(__file__).parent.parent / "data" / "history"


def version(path: Path) -> int:
    connection = sqlite3.connect(path)
    try:
        return int(connection.execute("PRAGMA user_version").fetchone()[0])
    finally:
        connection.close()


def take_steps(path: Path, *more: str) -> Database:
    database = Database(path, steps=(*STEPS, *more))
    database.write(lambda _connection: None)
    database.close()
    return database


def test_a_copy_is_put_aside_before_a_step(shelf: Shelf) -> None:
    shelf.keep("01A0", "a", "A")
    shelf.database.close()

    backups = take_steps(shelf.path, NEXT).backups()

    assert version(shelf.path) == VERSION + 1
    assert [(path.name, stat.S_IMODE(path.stat().st_mode)) for path in backups] == [(f"history.v{VERSION}.bak", 0o600)]
    assert version(backups[0]) == VERSION
    assert Shelf(backups[0]).texts("01A0") == ["a", "A"]


def test_an_update_and_its_copy_are_announced(tmp_path: Path) -> None:
    path, said = tmp_path / "history.db", list[str]()
    path.write_bytes(gzip.decompress((GOLDEN / "v1.db.gz").read_bytes()))
    for _ in range(2):
        database = Database(path, notify=said.append)
        database.read("SELECT 1")
        database.close()

    assert len(said) == 1
    assert f"version {VERSION}" in said[0]
    assert said[0].endswith("history.v1.bak")
    assert (tmp_path / "history.v1.bak").exists()


def test_the_two_newest_copies_are_kept(shelf: Shelf) -> None:
    shelf.keep("01A0", "a", "A")
    shelf.database.close()
    steps = [f"CREATE TABLE t{number}(x)" for number in range(4)]

    for count in range(1, 5):
        database = take_steps(shelf.path, *steps[:count])

    assert len(database.backups()) == 2
    assert sorted(path.name for path in shelf.path.parent.iterdir()) == [
        "history.db", *(f"history.v{VERSION + number}.bak" for number in (2, 3)),
    ]  # fmt: skip


def test_a_step_that_fails_leaves_the_file_as_it_was(shelf: Shelf) -> None:
    shelf.keep("01A0", "a", "A")
    shelf.database.close()
    before = shelf.path.read_bytes()

    with pytest.raises(NotSavedError, match="cannot be used"):
        take_steps(shelf.path, WRONG)

    assert shelf.path.read_bytes() == before


def test_a_step_that_was_killed_is_taken_again(shelf: Shelf) -> None:
    shelf.keep("01A0", "a", "A")
    shelf.database.close()
    with subprocess.Popen([sys.executable, "-c", ENDLESS_PROGRAM, str(shelf.path)], cwd=ROOT) as program:
        journal = shelf.path.with_name("history.db-journal")
        while not (journal.exists() and shelf.path.stat().st_size > 500_000):
            assert program.poll() is None
        program.kill()

    take_steps(shelf.path, NEXT)

    database = Database(shelf.path, steps=(*STEPS, NEXT))
    assert [tuple(row) for row in database.read("SELECT x FROM next")] == [(1,)]
    database.close()
    assert version(shelf.path) == VERSION + 1


def test_eight_at_once_take_a_step_once(shelf: Shelf) -> None:
    shelf.keep("01A0", "a", "A")
    shelf.database.close()
    errors: list[BaseException] = []
    start = threading.Barrier(8)

    def run() -> None:
        start.wait()
        try:
            take_steps(shelf.path, NEXT)
        except BaseException as error:
            errors.append(error)

    threads = [threading.Thread(target=run) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert errors == []
    assert version(shelf.path) == VERSION + 1


@pytest.mark.parametrize("number", range(1, VERSION + 1))
def test_a_file_of_every_version_is_read(tmp_path: Path, number: int) -> None:
    path = tmp_path / "history.db"
    path.write_bytes(gzip.decompress((GOLDEN / f"v{number}.db.gz").read_bytes()))
    library = Library(database := Database(path), HERE)

    opened = library.read(library.find("C++"))
    texts = [node.message.text for node in opened.tree.path(opened.state.head)]
    found = [hit.snippet for hit in library.search("字")]
    damaged = library.damaged()
    database.close()

    assert texts == ["How do I write a parser in C++?", "Begin with a lexer.", "and in 漢字?", "The same."]
    assert (found, damaged) == (["and in 漢字?"], [])
    assert len(opened.tree) == 6


def test_a_step_that_was_published_is_not_changed(tmp_path: Path) -> None:
    """Files in the world have been made by it: what is new is a step of its own."""
    golden, fresh = tmp_path / "golden.db", tmp_path / "fresh.db"
    golden.write_bytes(gzip.decompress((GOLDEN / f"v{VERSION}.db.gz").read_bytes()))
    take_steps(fresh)

    assert schema(golden) == schema(fresh)


def schema(path: Path) -> list[tuple[str, str]]:
    connection = sqlite3.connect(path)
    try:
        return connection.execute("SELECT name, sql FROM sqlite_schema ORDER BY name").fetchall()
    finally:
        connection.close()
