"""Finds the end of a JSON value in bytes that arrive in pieces, without decoding it.

Law: any cut of the bytes finds the same end. Time is linear.
"""

from __future__ import annotations

import re

from chatcli.records import field, mutable
from chatcli.text.patterns import pattern

# What lies before the next sign that counts is passed over, whole strings and escapes too; nothing is tried twice
# (`++`, `*+`). The first quote of a torn string is such a sign, and the backslash of a torn escape.
_OUTSIDE = pattern(rb'(?:[^"{}\[\]]++|"(?:[^"\\]++|\\.)*+")*+(["{}\[\]])', re.DOTALL)
_INSIDE = pattern(rb'(?:[^"\\]++|\\.)*+(["\\])', re.DOTALL)


@mutable
class JsonValue:
    """An object or a list on its way; *is_in_string* means that the bytes so far end within a string."""

    pieces: list[bytes] = field(default_factory=list)
    is_in_string: bool = False
    is_whole: bool = False
    _depth: int = 0
    _is_escaped: bool = False

    def feed(self, data: bytes) -> bytes:
        """Take what belongs to the value, and return what follows it; nothing follows before *is_whole*."""
        end = self._end(data)
        self.pieces.append(data[:end])
        return data[end:]

    def take_text(self) -> str:
        """Return the value so far, and release its bytes: keeping both would take twice its size."""
        data = b"".join(self.pieces)
        self.pieces.clear()
        return data.decode("utf-8", "replace")

    def _end(self, data: bytes) -> int:
        at = 0
        while not self.is_whole:
            if self._is_escaped and at < len(data):
                self._is_escaped, at = False, at + 1
            found = (_INSIDE if self.is_in_string else _OUTSIDE).match(data, at)
            if found is None:
                return len(data)
            at = found.end()
            self._take(found[1])
        return at

    def _take(self, sign: bytes) -> None:
        if sign == b'"':
            self.is_in_string = not self.is_in_string
        elif sign == b"\\":
            self._is_escaped = True
        else:
            self._depth += 1 if sign in b"{[" else -1
            self.is_whole = self._depth <= 0
