"""`chat doctor` looks at the stored chats: whether they can be read, written and believed."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest

from chatcli.text.units import format_size
from tests.conftest import Chat
from tests.store.conftest import Shelf


@pytest.fixture
def shelf(home: Path) -> Iterator[Shelf]:
    """The store of `chat` with two chats in it."""
    shelf = Shelf(home / ".local" / "share" / "chatcli" / "history.db")
    shelf.keep("01AAAA", "How do I write a parser?", "Begin with a lexer.")
    shelf.keep("01BBBB", "a", "A")
    shelf.database.close()
    yield shelf
    shelf.database.close()


def findings(stdout: str) -> list[str]:
    """Return the lines about stored chats."""
    return [line.partition(": ")[2] for line in stdout.splitlines() if " stored chats: " in line]


def test_where_nothing_was_stored_that_is_said_and_nothing_made(chat: Chat, home: Path) -> None:
    ran = chat("doctor")

    assert findings(ran.stdout)[0].endswith("history.db does not exist yet")
    assert not (home / ".local" / "share").exists()


def test_chats_that_are_well_are_counted(chat: Chat, shelf: Shelf) -> None:
    ran = chat("doctor")

    assert (ran.exit_code, findings(ran.stdout)) == (
        0,
        [f"2 chats, {format_size(shelf.path.stat().st_size)}, intact"],
    )


def test_h83_a_byte_that_changed_in_a_message_is_named(chat: Chat, shelf: Shelf) -> None:
    data = shelf.path.read_bytes()
    shelf.path.write_bytes(data.replace(b"Begin with a lexer.", b"Begin with a laxer."))

    ran = chat("doctor")

    assert ran.exit_code == 3
    assert "message 2 of “How do I write a parser?” (01AAAA) is corrupted" in findings(ran.stdout)[1]


def test_h82_a_damaged_file_is_moved_aside_and_told_of(chat: Chat, shelf: Shelf) -> None:
    shelf.path.write_bytes(b"garbage" * 1000)

    told = findings(chat("doctor").stdout)

    assert told[0].startswith("0 chats")
    assert "was damaged" in told[1]
    assert told[2].endswith("is a damaged database, kept for safety - delete it once no chats are missing")


def test_a_file_of_another_program_is_a_fault(chat: Chat, shelf: Shelf) -> None:
    connection = sqlite3.connect(shelf.path)
    connection.execute("PRAGMA application_id = 1")
    connection.close()

    ran = chat("doctor")

    assert ran.exit_code == 3
    assert "a database of another program - move it away" in findings(ran.stdout)[0]


def test_a_folder_that_is_open_to_others_is_closed_on_request(chat: Chat, shelf: Shelf) -> None:
    shelf.path.parent.chmod(0o755)
    shelf.path.chmod(0o644)

    noted = chat("doctor").stdout
    chat("doctor", "--fix")

    assert f"chats folder: {shelf.path.parent} is accessible to other users" in noted
    assert [path.stat().st_mode & 0o777 for path in (shelf.path.parent, shelf.path)] == [0o700, 0o600]
