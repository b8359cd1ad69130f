"""Checks a file before use: whether it is ours, its version, and whether its schema is as created.

SQLite notices what it stumbles over. What it takes as it comes is looked at here: bytes of the header that change the
meaning of all others, a schema that is not the one we made, a version that no chat has, and times that cannot be.
"""

from __future__ import annotations

import os
import sqlite3
import stat
from collections.abc import Sequence
from pathlib import Path

from chatcli.errors import ConfigError
from chatcli.files.own import READ_FLAGS, status_of
from chatcli.language import _
from chatcli.store.connection import journal_of
from chatcli.store.failures import DamagedStore, error_name
from chatcli.store.ids import MOST_TIME_S
from chatcli.store.migration import version_of
from chatcli.store.schema import APPLICATION_ID, HEADER_SIZE, RESERVES
from chatcli.text.json_values import as_number
from chatcli.text.patterns import pattern

_MAGIC = b"SQLite format 3\0"
# What stands in the header of every file of ours, by its place. https://www.sqlite.org/fileformat2.html#the_database_header
_CONSTANT = {
    21: b"\x40\x20\x20",  # shares of a page, fixed by the format
    44: b"\0\0\0\4",  # the format of the schema
    52: b"\0\0\0\0",  # no pages are moved by themselves
    56: b"\0\0\0\1",  # UTF-8
    64: b"\0\0\0\0",
    72: bytes(20),  # kept free
}
_JOURNAL_KINDS = (b"\1\1", b"\2\2")  # ours, and what another tool may have switched it to
_OURS = {"conversation", "message", "part"}
_INDEX_TABLES = ("data", "idx", "docsize", "config")  # FTS5 makes them for each index
_MADE = pattern(r"CREATE (VIRTUAL )?(?:TABLE|INDEX) (\w+)")
_IMPLAUSIBLE = 1000  # no chat will ever have so many versions


def check_header(path: Path) -> None:
    """Raise DamagedStore where the file at *path* begins as none of ours can; raises OSError where it cannot be read.

    To be called while this process has no connection to it: closing a file lets go of all locks on it.
    """
    descriptor = os.open(path, READ_FLAGS)
    try:
        if not stat.S_ISREG(os.fstat(descriptor).st_mode):
            raise ConfigError(_("{path} is not a regular file", path=path), hint=_("move it away"))
        header = os.read(descriptor, HEADER_SIZE)
    finally:
        os.close(descriptor)
    _check_beside(path)
    is_ours = header[68:72] == APPLICATION_ID.to_bytes(4, "big")
    if header[:16] != _MAGIC or not is_ours or journal_of(path).exists():
        return  # SQLite says so itself, or takes back what was being written
    as_made = all(header[at : at + len(bytes_)] == bytes_ for at, bytes_ in _CONSTANT.items())
    if not as_made or header[18:20] not in _JOURNAL_KINDS or header[20] not in RESERVES:
        raise DamagedStore(_("its header is damaged"))


def _check_beside(path: Path) -> None:
    """Raise ConfigError for anything but a regular file: SQLite would wait for a pipe forever."""
    journal = journal_of(path)
    for beside in (journal, journal.with_name(f"{journal.name.removesuffix('-journal')}-wal")):
        found = status_of(beside)
        if found and not stat.S_ISREG(found.st_mode):
            raise ConfigError(_("{path} is not a regular file", path=beside), hint=_("move it away"))


def examine(connection: sqlite3.Connection, steps: Sequence[str]) -> int:
    """Return the version of the file, 0 for a new one.

    Raises ConfigError for the file of another program, DamagedStore for one of ours that is not as we make it.
    """
    try:
        version, owner = version_of(connection), connection.execute("PRAGMA application_id").fetchone()[0]
        schema = dict(connection.execute("SELECT name, sql FROM sqlite_schema").fetchall())
    except sqlite3.OperationalError as error:
        if error_name(error) == "SQLITE_ERROR":  # the statements are right, so the file is not
            raise DamagedStore(_("its header is damaged")) from error
        raise
    if not (schema or owner or version):
        return 0
    if owner != APPLICATION_ID:
        if not (schema.keys() >= _OURS and _is_nearly_ours(owner)):
            raise ConfigError(_("the history file is a database of another program"), hint=_("move it away"))
        raise DamagedStore(_("its header is damaged"))
    if version < 1:
        raise DamagedStore(_("it says that its version is {version}", version=version))
    recorded = connection.execute("SELECT max(n) FROM migration").fetchone()[0] if "migration" in schema else None
    if recorded != version and (version <= len(steps) or _is_flipped(version, recorded)):
        raise DamagedStore(_("it says that its version is {version}", version=version))
    if version <= len(steps):  # a newer version may make others
        _check_schema(schema, steps[:version])
        _check_times(connection)
    return version


def _is_nearly_ours(owner: int) -> bool:
    """Return whether the mark of a file is ours with a byte changed, or was cleared, rather than that of another."""
    changed = [byte for byte in ((owner ^ APPLICATION_ID) & 0xFFFFFFFF).to_bytes(4, "big") if byte]
    return owner == 0 or len(changed) <= 1


def _is_flipped(version: int, recorded: object) -> bool:
    """Return whether *version* is the *recorded* one with a bit flipped, not that of a newer program."""
    bits = version ^ recorded if isinstance(recorded, int) else 0
    return version >= _IMPLAUSIBLE or bits & (bits - 1) == 0


def _check_schema(schema: dict[str, str], steps: Sequence[str]) -> None:
    made = [(found, part.strip()) for step in steps for part in step.split(";") if (found := _MADE.search(part))]
    wrong = next((found[2] for found, sql in made if schema.get(found[2]) != sql), None)
    wrong = wrong or _wrong_index_table(schema, [found[2] for found, _sql in made if found[1]])
    if wrong:
        raise DamagedStore(_("its table {table} has an unexpected definition", table=wrong))


def _wrong_index_table(schema: dict[str, str], indexes: Sequence[str]) -> str | None:
    """Return the name of a table of an index that is missing, or not defined as it is for the other indexes."""
    for table in _INDEX_TABLES:
        made = [(name, schema.get(name)) for name in (f"{index}_{table}" for index in indexes)]
        like = [sql and sql.replace(name, "") for name, sql in made]
        if not all(like) or len(set(like)) > 1:
            return made[-1][0]
    return None


def _check_times(connection: sqlite3.Connection) -> None:
    """Look at both ends of the index of times: what cannot be a time stands at one of them."""
    ends = [
        row[0]
        for order in ("ASC", "DESC")
        for row in connection.execute(f"SELECT updated_at FROM conversation ORDER BY updated_at {order} LIMIT 1")
    ]
    times = [as_number(end) for end in ends]
    if not all(time is not None and 0 <= time < MOST_TIME_S for time in times) or ends != sorted(ends):
        raise DamagedStore(_("it contains an impossible timestamp"))
