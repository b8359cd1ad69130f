"""Reads the whole input once before anything is asked: how many rows it has, and what is wrong with which lines."""

from __future__ import annotations

from array import array
from collections.abc import Callable, Iterable, Iterator
from hashlib import blake2b, sha256
from typing import BinaryIO

from chatcli.batch.rows import BadLine, BadRowError, Row
from chatcli.language import _
from chatcli.records import frozen

_CHUNK = 1 << 20
_MIN_SLOTS = 1 << 10


@frozen
class Survey:
    """What an input holds: *rows* rows, of which *expecting* expect something, and *bad* lines that are none."""

    rows: int
    bad: int
    expecting: int


def survey_rows(
    rows: Iterable[Row | BadLine], check: Callable[[Row], None], report: Callable[[BadLine], None]
) -> Survey:
    """Survey *rows*; *check* and *report* are those of `good_rows`."""
    bad = count = expecting = 0

    def count_bad(line: BadLine) -> None:
        nonlocal bad
        bad += 1
        report(line)

    for row in good_rows(rows, check, count_bad):
        count += 1
        expecting += row.expect is not None
    return Survey(count, bad, expecting)


def good_rows(
    rows: Iterable[Row | BadLine], check: Callable[[Row], None], report: Callable[[BadLine], None]
) -> Iterator[Row]:
    """Yield the rows that can be asked, each id once; *report* gets every other line.

    *check* raises BadRowError for a row that cannot be asked.
    """
    ids = IdSet()
    for row in rows:
        fault = row if isinstance(row, BadLine) else _fault(row, check, ids)
        if fault:
            report(fault)
        elif isinstance(row, Row):
            yield row


def _fault(row: Row, check: Callable[[Row], None], ids: IdSet) -> BadLine | None:
    try:
        check(row)
    except BadRowError as error:
        return BadLine(row.line, 1, error.reason)
    if not ids.add(row.id):
        return BadLine(row.line, 1, _("the id `{id}` occurs twice", id=row.id))
    return None


def digest_of(file: BinaryIO) -> str:
    """Return the digest of the rest of *file*."""
    digest = sha256()
    while data := file.read(_CHUNK):
        digest.update(data)
    return digest.hexdigest()


class IdSet:
    """A set of texts in some 16 bytes each: it keeps 64 bits of a digest, which two texts share once in 10^19 pairs.

    A hash table with open addressing; a slot of 0 is free.
    """

    def __init__(self) -> None:
        self._slots = array("Q", [0]) * _MIN_SLOTS
        self._count = 0

    def add(self, text: str) -> bool:
        """Add *text* and return True, or return False if it is there."""
        if 2 * self._count >= len(self._slots):
            self._grow()
        digest = int.from_bytes(blake2b(text.encode("utf-8", "replace"), digest_size=8).digest()) or 1
        return self._put(digest)

    def _put(self, digest: int) -> bool:
        slots, mask = self._slots, len(self._slots) - 1
        place = digest & mask
        while slots[place]:
            if slots[place] == digest:
                return False
            place = (place + 1) & mask
        slots[place] = digest
        self._count += 1
        return True

    def _grow(self) -> None:
        known = self._slots
        self._slots, self._count = array("Q", [0]) * (2 * len(known)), 0
        for digest in known:
            if digest:
                self._put(digest)
