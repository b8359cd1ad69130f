"""Rows are read from pages as SQLite itself reads them, and any bytes whatever give rows without an error."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chatcli.store.pages import page_layout, read_rows
from chatcli.store.schema import HEADER_SIZE, PAGE_SIZE

VALUES = st.one_of(
    st.none(),
    st.integers(-(2**63), 2**63 - 1),
    st.floats(allow_nan=False),
    st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=30),
    st.binary(max_size=30),
    st.integers(1, 30_000).map(lambda size: "long " * (size // 5)),
    st.integers(1, 30_000).map(bytes),
)


def made(path: Path, rows: list[tuple[Any, ...]], *, size: int = PAGE_SIZE, kind: str = "") -> bytes:
    path.unlink(missing_ok=True)
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        connection.execute(f"PRAGMA page_size = {size}")
        connection.execute("BEGIN")
        connection.execute(f"CREATE TABLE t(n INTEGER PRIMARY KEY, a, b){kind}")
        connection.executemany("INSERT INTO t VALUES(?, ?, ?)", rows)
        connection.execute("COMMIT")
    return path.read_bytes()


@given(st.lists(st.tuples(VALUES, VALUES), max_size=40))
def test_a_sound_table_gives_all_of_its_rows(tmp_path_factory: pytest.TempPathFactory, values: list[Any]) -> None:
    rows = [(number, *pair) for number, pair in enumerate(values, 1)]

    data = made(tmp_path_factory.mktemp("t") / "t.db", rows)

    found = [row for row in read_rows(data) if row.rowid and len(row.values) == 3 and row.values[0] is None]
    # A real number without a fraction is stored as a whole one, and read as equal.
    assert sorted((row.rowid, *row.values[1:]) for row in found if row.rowid) == rows or not rows
    assert all(row.is_whole for row in found)


@pytest.mark.parametrize("size", [512, 1024, 8192, 65536])
@pytest.mark.parametrize("kind", ["", " WITHOUT ROWID"])
def test_every_size_of_page_is_read(tmp_path: Path, size: int, kind: str) -> None:
    rows = [(number, f"text {number} " * (number % 300), number * 1.5) for number in range(1, 400)]

    found = list(read_rows(made(tmp_path / "t.db", rows, size=size, kind=kind)))

    texts = {value for row in found for value in row.values if isinstance(value, str)}
    assert {text for _, text, _ in rows} <= texts


@given(st.binary(max_size=3 * PAGE_SIZE), st.sampled_from([0x0D, 0x0A, 0x02]))
def test_any_bytes_give_rows(junk: bytes, kind: int) -> None:
    page = bytes([kind, 0, 0, 0, 200]) + junk

    assert all(isinstance(row.values, tuple) for row in read_rows(bytes(PAGE_SIZE) + page + bytes(PAGE_SIZE)))


def test_a_text_whose_last_page_is_lost_is_cut(tmp_path: Path) -> None:
    data = made(tmp_path / "t.db", [(1, "start " + "x" * 20_000, "behind")])
    last = max(at for at in range(0, len(data), PAGE_SIZE) if b"xxx" in data[at : at + PAGE_SIZE])

    found = [row for row in read_rows(data[:last] + bytes(PAGE_SIZE) + data[last + PAGE_SIZE :]) if row.rowid == 1]

    text = next(row.values[1] for row in found if len(row.values) == 3)
    assert text.startswith("start xxx")
    assert 10_000 < len(text) < 20_000
    assert text.endswith("x\N{REPLACEMENT CHARACTER}")


def test_a_chain_of_pages_that_bites_its_tail_ends(tmp_path: Path) -> None:
    data = bytearray(made(tmp_path / "t.db", [(1, "x" * 20_000, "behind")]))
    for at in range(2 * PAGE_SIZE, len(data), PAGE_SIZE):
        data[at : at + 4] = (at // PAGE_SIZE + 1).to_bytes(4, "big")  # each page names itself as the next

    found = [row for row in read_rows(bytes(data)) if row.rowid == 1 and len(row.values) == 3]

    assert [row.is_whole for row in found] == [False]


def test_a_header_that_makes_no_sense_counts_as_the_usual_one() -> None:
    assert page_layout(bytes(HEADER_SIZE)) == page_layout(b"") == (PAGE_SIZE, 0)
