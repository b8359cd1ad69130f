"""Decompresses answers whose compression was not requested, in bounded pieces, and detects a missing end."""

from __future__ import annotations

import codecs
import zlib

from chatcli.errors import IncompleteAnswerError, ServerError
from chatcli.language import _

PIECE_BYTES = 1024 * 1024
RATIO = 200  # Text does not shrink further than this past the first piece; a bomb does.
_NONE = frozenset({"", "identity", "none"})
_GZIP, _DEFLATE = frozenset({"gzip", "x-gzip"}), "deflate"
_ENVELOPED, _BARE = 47, -15  # zlib's numbers: gzip or zlib by its first bytes, or neither
_GZIP_BEGINS = 0x1F
_ZLIB_BEGINS = 8  # the lower half of its first byte; bare data that is compressed at all never begins so
_ENOUGH = 32  # bytes that tell text from data; what an unknown coding begins with may look like a letter


class Inflater:
    """Compressed bytes in, plain bytes out; `identity` passes everything through.

    The bytes decide where the header is wrong: proxies leave it standing on what they have decompressed, and write
    there values that are not codings (`none`, `utf-8`).

    *feed* raises IncompleteAnswerError for a bomb or broken data, ServerError for an unknown coding, *close* for an end
    that is missing.
    """

    def __init__(self, coding: str) -> None:
        self._coding = coding.strip().lower()
        names = {name.strip() for name in self._coding.split(",")} - _NONE
        self._is_known = names <= _GZIP or names == {_DEFLATE}
        self._plain: bool | None = None if names and names != {_DEFLATE} else not names
        self._head = b""
        self._machine = zlib.decompressobj(_ENVELOPED)
        self._is_new = True
        self._in = self._out = 0

    def feed(self, data: bytes) -> list[bytes]:
        """Return the plain bytes of *data*, in pieces of at most a mebibyte."""
        if self._plain is None:
            data = self._head = self._head + data
            if not data or (data[0] != _GZIP_BEGINS and len(data) < _ENOUGH):
                return []
            self._judge(data)
        return [data] if self._plain else self._inflated(data)

    def close(self) -> list[bytes]:
        """Return the bytes still held back, and check that the body is complete."""
        held = b""
        if self._plain is None and self._head:
            held = self._head
            self._judge(held)
        pieces = [held] if self._plain else self._inflated(held)
        if not (self._plain or self._machine.eof):
            raise IncompleteAnswerError(_("the compressed answer is incomplete"))
        return pieces if held else []

    def _judge(self, head: bytes) -> None:
        """Return whether *head* shows that the body is compressed."""
        self._plain = _is_text(head[:_ENOUGH])
        if not (self._plain or head[0] == _GZIP_BEGINS or self._is_known):
            what = _(
                "the server uses the content encoding `{coding}`, which is not supported and was not requested",
                coding=self._coding,
            )
            raise ServerError(what, hint=_("the cause is the server, or a proxy in front of it"))

    def _inflated(self, data: bytes) -> list[bytes]:
        pieces = []
        self._in += len(data)
        while data and self._is_wanted(data):
            pieces.append(self._inflate(data))
            data = self._machine.unconsumed_tail or self._machine.unused_data
        return pieces

    def _is_wanted(self, data: bytes) -> bool:
        """Return whether *data* is part of the text: behind an end only another gzip member is."""
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
            raise IncompleteAnswerError(_("the compressed answer is malformed")) from error
        self._out += len(piece)
        if self._out > PIECE_BYTES and self._out > RATIO * self._in:
            raise IncompleteAnswerError(_("the answer was stopped, because its compression ratio is implausibly high"))
        return piece


def _is_text(head: bytes) -> bool:
    """Return whether *head*, which may end within a character, is the beginning of a text."""
    try:
        text = codecs.getincrementaldecoder("utf-8-sig")().decode(head)
    except UnicodeDecodeError:
        return False
    return not any(letter < " " and letter not in "\t\r\n" for letter in text)
