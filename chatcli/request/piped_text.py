"""Decodes piped bytes, and labels piped text to be joined with an instruction. Pure."""

from __future__ import annotations

from chatcli.errors import Remedy, UsageError
from chatcli.language import N_, _
from chatcli.records import frozen
from chatcli.text.encodings import decode_text, encoding_by_mark
from chatcli.text.surrogates import REPLACEMENT, count_lone, repair

_IMAGES = (
    (b"\x89PNG\r\n", N_("PNG image")),
    (b"\xff\xd8\xff", N_("JPEG image")),
    (b"GIF8", N_("GIF image")),
)
_OTHERS = (
    (b"%PDF-", N_("PDF document")),
    (b"PK\x03\x04", N_("ZIP archive")),
    (b"\x1f\x8b", N_("gzip archive")),
    (b"\x7fELF", N_("program")),
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
    chosen = encoding or encoding_by_mark(data)
    if chosen is None and (kind := binary_kind(data)):
        hint = Remedy("attach_from_stdin") if _is_image(data) else _("convert it to text first")
        raise UsageError(_("stdin looks binary ({kind})", kind=kind), kept=_("nothing was sent"), hint=hint)
    if encoding and not _is_usable(encoding):
        raise UsageError(
            _("unknown encoding `{encoding}`", encoding=encoding), hint=_("for example utf-8, latin-1, gbk")
        )
    text = data.decode(chosen or "utf-8", "replace")
    already = data.count(REPLACEMENT.encode()) if (chosen or "utf-8").startswith("utf-8") else 0
    return PipedText(repair(text), max(0, text.count(REPLACEMENT) - already) + count_lone(text))


def _is_usable(encoding: str) -> bool:
    """Return whether any bytes can be read so; Python also calls encodings what it has for host names and archives."""
    try:
        b"\xff".decode(encoding, "replace")
    except (LookupError, ValueError):
        return False
    return True


def is_utf8(data: bytes) -> bool:
    """Return whether *data* can be read as UTF-8, or by its byte-order mark."""
    try:
        decode_text(data)
    except UnicodeDecodeError:
        return False
    return True


def binary_kind(data: bytes) -> str | None:
    """Return the kind of binary data that *data* is, or None for text; a byte-order mark makes it text."""
    if encoding_by_mark(data):
        return None
    for header, kind in (*_IMAGES, *_OTHERS):
        if data.startswith(header):
            return _(kind)
    if _is_webp(data):
        return _("WebP image")
    return _("NUL bytes") if b"\0" in data[:_LOOKED_AT] else None


def _is_image(data: bytes) -> bool:
    return _is_webp(data) or any(data.startswith(header) for header, _kind in _IMAGES)


def _is_webp(data: bytes) -> bool:
    return data[:4] == b"RIFF" and data[8:12] == b"WEBP"


def labelled(text: str, label: str, attribute: str = "") -> str:
    """Return *text* unchanged in a labelled block; *label* is numbered if *text* contains its end tag."""
    name, number = label, 2
    while f"</{name}>" in text:
        name, number = f"{label}-{number}", number + 1
    end = "" if text.endswith("\n") or not text else "\n"
    return f"<{name}{attribute}>\n{text}{end}</{name}>"
