"""Reads rows straight from the pages of an SQLite file, to recover what a damaged one still holds. Pure.

SQLite finds a row by walking down from the page that its schema names; a page that is lost on that way takes all below
it along. Here every page is examined on its own: those that say they are leaves (and the inner pages of indexes, which
hold rows too) give their cells, whether or not anything still leads to them. Nothing is believed: a number that leads
out of the file ends what it belongs to, and a chain of overflow pages is followed once.

Law: any bytes whatever give rows, and a sound file gives all of them. https://www.sqlite.org/fileformat2.html
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from typing import Any, NamedTuple

from chatcli.store.schema import HEADER_SIZE, PAGE_SIZE, RESERVES
from chatcli.text.patterns import pattern

_TABLE_LEAF, _INDEX_LEAF, _INDEX_INNER = 0x0D, 0x0A, 0x02
_INTEGER_SIZES = (0, 1, 2, 3, 4, 6, 8)
_REAL, _ZERO, _ONE, _FIRST_BYTES = 7, 8, 9, 12
_CLEARED = pattern("\0+")  # no text of ours holds NUL: where it stands, a page was cleared
_MOST_COLUMNS = 32  # our widest table has ten


class StoredRow(NamedTuple):
    """A row as it stands on a page; *rowid* is None for rows of an index or of a table that is one.

    Where *is_whole* is False its end is lost: text is cut, and columns behind it are None.
    """

    rowid: int | None
    values: tuple[Any, ...]
    is_whole: bool


class _Unreadable(Exception):
    """No cell stands here."""


class _File(NamedTuple):
    """A file as bytes or as a memory map, its pages of *page* bytes, of which cells take *usable*."""

    data: Any
    page: int
    usable: int


def read_rows(data: Any) -> Iterator[StoredRow]:
    """Give every row in *data*, a whole file as bytes or as a memory map."""
    told, usual = page_layout(bytes(data[:HEADER_SIZE])), (PAGE_SIZE, 0)
    if told == usual:
        return _rows(data, usual)
    # The header may be what is damaged: what gives more is right.
    count = {layout: sum(row.is_whole for row in _rows(data, layout)) for layout in (told, usual)}
    return _rows(data, max(count, key=lambda layout: count[layout]))


def page_layout(header: bytes) -> tuple[int, int]:
    """Return the size of a page and what is left free at its end, as *header* has them or else as they usually are."""
    told = int.from_bytes(header[16:18], "big") if len(header) == HEADER_SIZE else 0
    size = 65536 if told == 1 else told
    is_size = 512 <= size <= 65536 and size & (size - 1) == 0
    reserve = header[20] if is_size and header[20] in RESERVES else 0
    return (size, reserve) if is_size else (PAGE_SIZE, 0)


def _rows(data: Any, layout: tuple[int, int]) -> Iterator[StoredRow]:
    size, reserve = layout
    file = _File(data, size, size - reserve)
    for start in range(0, len(data), size):
        page = bytes(data[start : start + size])
        yield from _rows_on(page, HEADER_SIZE if start == 0 else 0, file)


def _rows_on(page: bytes, header: int, file: _File) -> Iterator[StoredRow]:
    kind = page[header] if len(page) == file.page else 0
    if kind not in (_TABLE_LEAF, _INDEX_LEAF, _INDEX_INNER):
        return
    count = int.from_bytes(page[header + 3 : header + 5], "big")
    first = header + (12 if kind == _INDEX_INNER else 8)
    pointers = page[first : first + 2 * count]
    # A pointer that stands twice would give its row twice.
    for offset in dict.fromkeys(struct.unpack(f">{len(pointers) // 2}H", pointers[: len(pointers) & ~1])):
        try:
            yield _cell(page, offset, kind, file)
        except _Unreadable:
            continue


def _cell(page: bytes, offset: int, kind: int, file: _File) -> StoredRow:
    offset += 4 if kind == _INDEX_INNER else 0
    size, offset = _varint(page, offset)
    rowid = None
    if kind == _TABLE_LEAF:
        rowid, offset = _varint(page, offset)
    if not 0 < size <= len(file.data):
        raise _Unreadable
    payload = _payload(page, offset, size, kind, file)
    return StoredRow(rowid, _record(payload, size), len(payload) == size)


def _payload(page: bytes, offset: int, size: int, kind: int, file: _File) -> bytes:
    """Return the payload of a cell as far as it can be read."""
    local = _local_size(size, kind, file.usable)
    if offset + local > file.usable:
        raise _Unreadable
    pieces, missing = [page[offset : offset + local]], size - local
    following = int.from_bytes(page[offset + local : offset + local + 4], "big") if missing else 0
    seen: set[int] = set()
    while missing > 0 and following not in seen and 1 < following <= len(file.data) // file.page:
        seen.add(following)
        start = (following - 1) * file.page
        following = int.from_bytes(file.data[start : start + 4], "big")
        piece = bytes(file.data[start + 4 : start + 4 + min(missing, file.usable - 4)])
        if following == 0 and missing > len(piece):
            break  # the chain ends too early: this page was cleared, or belongs to something else
        pieces.append(piece)
        missing -= len(piece)
    return b"".join(pieces)


def _local_size(size: int, kind: int, usable: int) -> int:
    """Return how much of a payload stands in its cell; the rest stands on overflow pages."""
    most = usable - 35 if kind == _TABLE_LEAF else (usable - 12) * 64 // 255 - 23
    if size <= most:
        return size
    least = (usable - 12) * 32 // 255 - 23
    local = least + (size - least) % (usable - 4)
    return local if local <= most else least


def _record(payload: bytes, size: int) -> tuple[Any, ...]:
    """Return the columns in *payload*, of which *size* bytes should be there."""
    header_size, position = _varint(payload, 0)
    if not position <= header_size <= min(len(payload), 9 * _MOST_COLUMNS):
        raise _Unreadable
    kinds = []
    while position < header_size:
        kind, position = _varint(payload, position)
        kinds.append(kind)
    sizes = [_size_of(kind) for kind in kinds]
    if position != header_size or header_size + sum(sizes) != size:
        raise _Unreadable
    values = []
    for kind, length in zip(kinds, sizes, strict=True):
        values.append(_value(kind, payload[position : position + length], length))
        position += length
    return tuple(values)


def _size_of(kind: int) -> int:
    if 0 <= kind < len(_INTEGER_SIZES):
        return _INTEGER_SIZES[kind]
    if kind == _REAL:
        return 8
    if kind in (_ZERO, _ONE):
        return 0
    if kind < _FIRST_BYTES:
        raise _Unreadable
    return (kind - _FIRST_BYTES) // 2


def _value(kind: int, data: bytes, length: int) -> Any:
    if kind >= _FIRST_BYTES:
        if length and not data:
            return None
        return _CLEARED.sub("\N{REPLACEMENT CHARACTER}", data.decode("utf-8", "replace")) if kind % 2 else data
    if kind in (_ZERO, _ONE):
        return kind - _ZERO
    if not length or len(data) < length:
        return None
    return struct.unpack(">d", data)[0] if kind == _REAL else int.from_bytes(data, "big", signed=True)


def _varint(data: bytes, position: int) -> tuple[int, int]:
    """Return a number of one to nine bytes and where it ends."""
    value = 0
    for index in range(9):
        if position >= len(data):
            raise _Unreadable
        byte = data[position]
        position += 1
        if index == 8:
            value = value << 8 | byte
            break
        value = value << 7 | byte & 0x7F
        if byte < 0x80:
            break
    return (value - (1 << 64) if value >= 1 << 63 else value), position
