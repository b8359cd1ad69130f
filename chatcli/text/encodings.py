"""Decodes the bytes of text files: by their byte-order mark, else as UTF-8. Pure."""

from __future__ import annotations

import codecs

# UTF-32 comes first: its little-endian mark begins with that of UTF-16.
_MARKS = (
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)


def encoding_by_mark(data: bytes) -> str | None:
    """Return the encoding that the byte-order mark of *data* names; None without a mark."""
    return next((name for mark, name in _MARKS if data.startswith(mark)), None)


def decode_text(data: bytes) -> str:
    """Return *data* as text, without its byte-order mark; raises UnicodeDecodeError."""
    return data.decode(encoding_by_mark(data) or "utf-8")
