"""Undoes a compression that nobody asked for, in bounded pieces, and notices when its end is missing."""

from __future__ import annotations

import zlib

from chatcli.errors import IncompleteAnswerError, ServerError

PIECE_BYTES = 1024 * 1024
RATIO = 200  # Text does not shrink further than this past the first piece; a bomb does.
_CODINGS = ("gzip", "x-gzip", "deflate")
_ENVELOPED, _BARE = 47, -15  # zlib's numbers: gzip or zlib by its first bytes, or neither
_GZIP_BEGINS = 0x1F
_ZLIB_BEGINS = 8  # the lower half of its first byte; bare data that is compressed at all never begins so


class Inflater:
    """Compressed bytes in, plain bytes out; `identity` passes everything through.

    *feed* raises IncompleteAnswerError for a bomb or broken data, *close* for an end that is missing; an unknown coding
    is a ServerError at once.
    """

    def __init__(self, coding: str) -> None:
        coding = coding.strip().lower()
        self._plain = coding in ("", "identity")
        if not self._plain and coding not in _CODINGS:
            raise ServerError(f"the server answers in the coding `{coding}`, which was not asked for and is not known")
        self._machine = zlib.decompressobj(_ENVELOPED)
        self._is_new = True
        self._in = self._out = 0

    def feed(self, data: bytes) -> list[bytes]:
        """Return the plain bytes of *data*, in pieces of at most a mebibyte."""
        if self._plain:
            return [data]
        pieces = []
        self._in += len(data)
        while data and self._is_wanted(data):
            pieces.append(self._inflate(data))
            data = self._machine.unconsumed_tail or self._machine.unused_data
        return pieces

    def close(self) -> None:
        """Check that the end has come."""
        if not (self._plain or self._machine.eof):
            raise IncompleteAnswerError("the compressed answer was cut")

    def _is_wanted(self, data: bytes) -> bool:
        """Tell whether *data* is part of the text: behind an end only another gzip member is."""
        if self._machine.eof:
            self._machine = zlib.decompressobj(_ENVELOPED) if data[0] == _GZIP_BEGINS else self._machine
        elif self._is_new and data[0] != _GZIP_BEGINS and data[0] & 15 != _ZLIB_BEGINS:
            self._machine = zlib.decompressobj(_BARE)  # some servers mean this by `deflate`
        self._is_new = False
        return not self._machine.eof

    def _inflate(self, data: bytes) -> bytes:
        try:
            piece = self._machine.decompress(data, PIECE_BYTES)
        except zlib.error as error:
            raise IncompleteAnswerError("the answer is compressed in a way that cannot be read") from error
        self._out += len(piece)
        if self._out > PIECE_BYTES and self._out > RATIO * self._in:
            raise IncompleteAnswerError("the answer is compressed beyond all reason and was stopped")
        return piece
