"""Checks a whole file for damage SQLite detects, impossible rows, and altered texts.

A byte that changed in a text passes the file's own check, so each message has a hash.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress

from chatcli.language import _
from chatcli.store.failures import DamagedStore, error_name
from chatcli.store.reading import has_changed, rows_with_parts
from chatcli.store.rows import hashes_of, read_blob
from chatcli.store.sound_rows import Row, sound_conversation, sound_message, sound_part, unsound_column
from chatcli.store.wholeness import is_message_number, mend_parents
from chatcli.text.phrases import shorten

_MOST_LETTERS = 40  # of a value that is named


def check_file(connection: sqlite3.Connection) -> None:
    """Look through the file; raises DamagedStore, as wherever damage is met."""
    if connection.execute("PRAGMA integrity_check(1)").fetchone()[0] != "ok":
        raise DamagedStore(_("its pages contradict each other"))
    if connection.execute("PRAGMA foreign_key_check").fetchone():
        raise DamagedStore(_("it contains orphaned rows"))
    try:
        for index in ("words", "trigrams"):
            connection.execute(f"INSERT INTO {index}({index}) VALUES('integrity-check')")
    except sqlite3.OperationalError as error:
        if not error_name(error).startswith("SQLITE_READONLY"):
            raise
    with suppress(StopIteration):
        raise DamagedStore(next(_impossible_rows(connection)))


def _impossible_rows(connection: sqlite3.Connection) -> Iterator[str]:
    checks: Sequence[tuple[str, Callable[[Row], dict[str, object]]]] = (
        ("conversation", sound_conversation),
        ("message", sound_message),
        ("part", sound_part),
    )
    for table, sound in checks:
        for row in connection.execute(f"SELECT * FROM {table}"):
            if column := unsound_column(row, sound(row)):
                yield _("a {table} whose {column} is {value}", table=table, column=column, value=_short(row[column]))
    yield from _broken_trees(connection)


def _broken_trees(connection: sqlite3.Connection) -> Iterator[str]:
    trees: dict[str, dict[int, object]] = {}
    for home, seq, parent in connection.execute("SELECT conversation_id, seq, parent_seq FROM message"):
        if not is_message_number(seq):
            yield _("a message whose number is {number}", number=_short(seq))
        trees.setdefault(home, {})[seq] = parent
    for id, head in connection.execute("SELECT id, head FROM conversation"):
        tree = trees.get(id, {})
        if mend_parents(tree) != tree or not (head is None or head in tree):
            yield _("a chat with missing messages")


def _short(value: object) -> str:
    return shorten(repr(value), _MOST_LETTERS)


def find_damaged(connection: sqlite3.Connection) -> list[tuple[str, int]]:
    """Return conversation and number of every message that is not what was written, or whose attachment is lost."""
    attached = {blob.sha256 for row in connection.execute("SELECT * FROM blob") if (blob := read_blob(row))}
    return [
        (head["conversation_id"], head["seq"])
        for head, parts in rows_with_parts(connection, "ORDER BY message.id, ord")
        if has_changed(head, parts) or not attached.issuperset(name for part in parts for name in hashes_of(part))
    ]
