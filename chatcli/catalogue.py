"""Looks up messages in a compiled catalogue of gettext, one by one where they lie.

The standard library parses a catalogue as a whole, which takes longer than all else that a language costs at the start.
The format: https://www.gnu.org/software/gettext/manual/html_node/MO-Files.html; the table of originals is sorted.
"""

from __future__ import annotations

from bisect import bisect_left
from struct import Struct

_LITTLE_ENDIAN = b"\xde\x12\x04\x95"


class MessageCatalogue:
    """The messages in *data*, the content of a `.mo` file."""

    def __init__(self, data: bytes) -> None:
        order = "<" if data.startswith(_LITTLE_ENDIAN) else ">"
        self._data = data
        self._count, self._originals, self._translations = Struct(f"{order}3I").unpack_from(data, 8)
        self._place = Struct(f"{order}2I")  # the length of a text, and where it begins
        self._found: dict[str, str] = {}

    def gettext(self, message: str) -> str:
        """Return the translation of *message*, or *message* itself if it has none."""
        return self._find(message) or message

    def ngettext(self, one: str, many: str, count: int) -> str:
        """Return the form for *count* of a message that has several, the English one if it has no translation."""
        forms = self._find(f"{one}\0{many}").split("\0")
        if not forms[0]:
            return one if count == 1 else many
        return forms[0] if len(forms) == 1 else forms[self._form(count)]

    def _form(self, count: int) -> int:
        from gettext import c2py  # few languages have several forms

        header = self._find("")
        number: int = c2py(header.partition("plural=")[2].partition(";")[0])(count)
        return number

    def _find(self, original: str) -> str:
        if original not in self._found:
            wanted = original.encode()
            row = bisect_left(range(self._count), wanted, key=self._original)
            is_there = row < self._count and self._original(row) == wanted
            self._found[original] = self._text(self._translations, row).decode() if is_there else ""
        return self._found[original]

    def _original(self, row: int) -> bytes:
        return self._text(self._originals, row)

    def _text(self, table: int, row: int) -> bytes:
        length, start = self._place.unpack_from(self._data, table + row * self._place.size)
        return self._data[start : start + length]
