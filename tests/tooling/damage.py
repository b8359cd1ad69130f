"""Tries every way in which a file of chats can be damaged in one place: `python -m tests.tooling.damage [KIND...]`.

Kinds: pages (each zeroed), header (each byte changed in eight ways), rows (each column given what it cannot hold),
blocks (overwritten anywhere), many (thirty bytes at once), cuts (the end is missing, or something follows it), schema
(letters of names and types changed). Prints what fails and how many were tried.
"""

from __future__ import annotations

import os
import random
import sqlite3
import sys
import tempfile
import traceback
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

from tests.store.damage import PAGE, columns, fill, judge, use

Damage = tuple[str, Callable[[Path], None]]
IMPOSSIBLE = ("NULL", "'x'", "x'00ff'", "-1", "0", "1e300", "9223372036854775807", "''", "2.5", "'[1'", "x'80'")


def _changed(at: int, to: Callable[[bytes], bytes], size: int) -> Callable[[Path], None]:
    def change(path: Path) -> None:
        data = bytearray(path.read_bytes())
        data[at : at + size] = to(bytes(data[at : at + size]))
        path.write_bytes(data)

    return change


def pages(path: Path) -> Iterator[Damage]:
    """Zero each page."""
    for number in range(path.stat().st_size // PAGE):
        yield f"page {number + 1}", _changed(number * PAGE, lambda old: bytes(len(old)), PAGE)


def header(_path: Path) -> Iterator[Damage]:
    """Change each byte of the header: each bit, all bits, and to zero."""
    for at in range(100):
        for mask in (*(1 << bit for bit in range(8)), 0xFF):
            yield f"byte {at} ^ {mask:#x}", _changed(at, lambda old, mask=mask: bytes([old[0] ^ mask]), 1)  # type: ignore[misc]
        yield f"byte {at} = 0", _changed(at, lambda _old: b"\0", 1)


def rows(path: Path) -> Iterator[Damage]:
    """Put into each column, in one row and in all, what is never written there."""
    for table, column in columns(path):
        for value in IMPOSSIBLE:
            if (column, value) == ("head", "NULL"):
                continue  # that is a chat of which all was taken back
            for where in ("", " WHERE rowid % 5 = 2") if table != "part" else ("", " WHERE message_id % 5 = 2"):
                statement = f"UPDATE OR IGNORE {table} SET {column} = {value}{where}"
                yield statement, lambda path, statement=statement: _execute(path, statement)  # type: ignore[misc]


def _execute(path: Path, statement: str) -> None:
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        try:
            connection.execute(statement)
        except sqlite3.IntegrityError:
            return  # the table itself refuses it


def blocks(path: Path, count: int = 400) -> Iterator[Damage]:
    """Overwrite a block anywhere."""
    chance = random.Random(11)
    for _ in range(count):
        at, size = chance.randrange(path.stat().st_size), chance.choice((1, 16, 512, PAGE, 3 * PAGE))
        junk = chance.choice((chance.randbytes(size), b"\xff" * size, bytes(size)))
        yield f"{size} bytes at {at}", _changed(at, lambda old, junk=junk: junk[: len(old)], size)  # type: ignore[misc]


def many(path: Path, count: int = 200) -> Iterator[Damage]:
    """Change thirty bytes anywhere at once."""
    chance = random.Random(12)
    for number in range(count):
        places = [chance.randrange(path.stat().st_size) for _ in range(30)]
        yield f"thirty bytes {number}", lambda path, places=places: _spoil(path, places)  # type: ignore[misc]


def _spoil(path: Path, places: list[int]) -> None:
    data = bytearray(path.read_bytes())
    for at in places:
        data[at] = at * 7 & 0xFF
    path.write_bytes(data)


def cuts(path: Path) -> Iterator[Damage]:
    """Leave the file shorter or longer than it was."""
    content = path.read_bytes()
    for at in (*range(0, 200, 20), *range(512, len(content), len(content) // 60), len(content) - 1):
        yield f"cut at {at}", lambda path, at=at: _write(path, content[:at])  # type: ignore[misc]
    for more in (b"x", bytes(PAGE), b"\r" * PAGE, content):
        yield f"{len(more)} bytes behind", lambda path, more=more: _write(path, content + more)  # type: ignore[misc]


def _write(path: Path, content: bytes) -> None:
    path.write_bytes(content)
    os.utime(path, (1, 1))  # else a file without a byte could be one that is being made


def schema(path: Path) -> Iterator[Damage]:
    """Change each letter of the first page that stands for a name or a type."""
    data = path.read_bytes()[:PAGE]
    for at in range(100, PAGE):
        if data[at : at + 1].isalpha() and at % 7 == 0:
            yield f"schema byte {at}", _changed(at, lambda old: bytes([old[0] ^ 1]), 1)


KINDS: dict[str, Callable[[Path], Iterator[Damage]]] = {
    "pages": pages, "header": header, "rows": rows, "blocks": blocks, "many": many, "cuts": cuts, "schema": schema,
}  # fmt: skip


def try_all(kinds: list[str]) -> int:
    """Try all damages of *kinds*; return how many of them did harm."""
    with tempfile.TemporaryDirectory() as folder:
        sound = Path(folder) / "sound" / "history.db"
        before = fill(sound)
        content, tried, failed = sound.read_bytes(), 0, 0
        for kind in kinds:
            for name, damage in KINDS[kind](sound):
                path = Path(folder) / f"{kind}-{tried}" / "history.db"
                path.parent.mkdir(mode=0o700)
                path.write_bytes(content)
                tried += 1
                damage(path)
                try:
                    judge(path, before, use(path))
                except Exception:
                    failed += 1
                    print(f"{kind}: {name}\n{traceback.format_exc(limit=-3)}", flush=True)
                for left in path.parent.iterdir():
                    left.unlink()
        print(f"{tried - failed} of {tried} hold")
    return failed


if __name__ == "__main__":
    sys.exit(bool(try_all(sys.argv[1:] or list(KINDS))))
