"""Decodes piped bytes, and labels piped text to be joined with an instruction. Pure."""

from __future__ import annotations

import codecs

from chatcli.errors import Remedy, UsageError
from chatcli.records import frozen
from chatcli.text.surrogates import REPLACEMENT, count_lone, repair

_BOMS = ((codecs.BOM_UTF8, "utf-8-sig"), (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"))
_HEADERS = (
    (b"\x89PNG\r\n", "PNG image"),
    (b"\xff\xd8\xff", "JPEG image"),
    (b"GIF8", "GIF image"),
    (b"%PDF-", "PDF document"),
    (b"PK\x03\x04", "ZIP archive"),
    (b"\x1f\x8b", "gzip archive"),
    (b"\x7fELF", "program"),
)
_LOOKED_AT = 8192


@frozen
class PipedText:
    """Decoded text, and the number of characters that had to be replaced."""

    text: str
    replaced: int = 0


def decode(data: bytes, *, encoding: str | None = None) -> PipedText:
    """Decode *data*: with *encoding*, else by its byte-order mark, else as UTF-8.

    White space and line ends are preserved. Raises UsageError for binary data and for an unknown encoding.
    """
    chosen = encoding or next((name for bom, name in _BOMS if data.startswith(bom)), None)
    if chosen is None and (kind := binary_kind(data)):
        hint = Remedy("attach_from_stdin") if "image" in kind else "convert it to text first"
        raise UsageError(f"stdin looks binary ({kind})", kept="nothing was sent", hint=hint)
    try:
        text = data.decode(chosen or "utf-8", "replace")
    except LookupError:
        raise UsageError(f"unknown encoding `{encoding}`", hint="for example utf-8, latin-1, gbk") from None
    already = data.count(REPLACEMENT.encode()) if (chosen or "utf-8").startswith("utf-8") else 0
    return PipedText(repair(text), max(0, text.count(REPLACEMENT) - already) + count_lone(text))


def binary_kind(data: bytes) -> str | None:
    """Return the kind of binary data that *data* is, or None for text."""
    for header, kind in _HEADERS:
        if data.startswith(header):
            return kind
    if data[:4] == b"RIFF" and data[8:12] == b"WEBP":
        return "WebP image"
    return "NUL bytes" if b"\0" in data[:_LOOKED_AT] else None


def labelled(text: str, label: str, attribute: str = "") -> str:
    """Return *text* unchanged in a labelled block; *label* is numbered if *text* contains its end tag."""
    name, number = label, 2
    while f"</{name}>" in text:
        name, number = f"{label}-{number}", number + 1
    end = "" if text.endswith("\n") or not text else "\n"
    return f"<{name}{attribute}>\n{text}{end}</{name}>"
