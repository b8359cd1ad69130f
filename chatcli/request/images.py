"""Reads type and size of PNG, JPEG, GIF and WebP images from their headers. Pure.

Nothing is decoded, so a decompression bomb is harmless. Sources:
the PNG specification (11.2.2), ITU-T T.81 (B.2.2), the GIF89a specification (18), RFC 9649 (2.5 to 2.7).
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Callable

from chatcli.records import frozen

MAX_PIXELS = 64_000_000
_WEBP_KEY = b"\x9d\x01\x2a"


@frozen
class Picture:
    """The MIME type of an image, and its size in pixels; 0 if its header does not say."""

    mime: str
    width: int = 0
    height: int = 0

    @property
    def pixels(self) -> int:
        """The number of pixels."""
        return self.width * self.height


def read_header(data: bytes) -> Picture | None:
    """Return the header of the image that starts with *data*, None for other files."""
    for start, mime, size in _KINDS:
        if data.startswith(start) and (mime != "image/webp" or data[8:12] == b"WEBP"):
            width, height = size(data)
            return Picture(mime, width, height)
    return None


def read_data_url_header(url: str) -> Picture | None:
    """Return the header of the image in a `data:` URL, None for any other URL."""
    head, comma, data = url.partition(",")
    if not (comma and head.startswith("data:") and head.endswith(";base64")):
        return None
    try:
        return read_header(base64.b64decode(data))
    except (binascii.Error, ValueError):
        return None


def _png(data: bytes) -> tuple[int, int]:
    if data[12:16] != b"IHDR" or len(data) < 24:
        return 0, 0
    return int.from_bytes(data[16:20]), int.from_bytes(data[20:24])


def _gif(data: bytes) -> tuple[int, int]:
    return (_little(data[6:8]), _little(data[8:10])) if len(data) >= 10 else (0, 0)


def _jpeg(data: bytes) -> tuple[int, int]:
    """Walk through the segments until one gives the size of the frame."""
    offset = 2
    while offset + 9 <= len(data) and data[offset] == 0xFF:
        kind = data[offset + 1]
        if kind == 0xFF:  # padding byte before the marker
            offset += 1
        elif kind == 0x01 or 0xD0 <= kind <= 0xD8:  # markers without a segment
            offset += 2
        elif 0xC0 <= kind <= 0xCF and kind not in (0xC4, 0xC8, 0xCC):
            return int.from_bytes(data[offset + 7 : offset + 9]), int.from_bytes(data[offset + 5 : offset + 7])
        elif kind in (0xD9, 0xDA):  # start or end of the image data, without a frame header
            break
        else:
            offset += 2 + max(int.from_bytes(data[offset + 2 : offset + 4]), 2)
    return 0, 0


def _webp(data: bytes) -> tuple[int, int]:
    match data[12:16]:
        case b"VP8 " if data[23:26] == _WEBP_KEY and len(data) >= 30:
            return _little(data[26:28]) & 0x3FFF, _little(data[28:30]) & 0x3FFF
        case b"VP8L" if data[20:21] == b"\x2f" and len(data) >= 25:
            bits = _little(data[21:25])
            return (bits & 0x3FFF) + 1, (bits >> 14 & 0x3FFF) + 1
        case b"VP8X" if len(data) >= 30:
            return _little(data[24:27]) + 1, _little(data[27:30]) + 1
    return 0, 0


def _little(data: bytes) -> int:
    return int.from_bytes(data, "little")


_Size = Callable[[bytes], tuple[int, int]]
_KINDS: tuple[tuple[bytes, str, _Size], ...] = (
    (b"\x89PNG\r\n\x1a\n", "image/png", _png),
    (b"\xff\xd8\xff", "image/jpeg", _jpeg),
    (b"GIF87a", "image/gif", _gif),
    (b"GIF89a", "image/gif", _gif),
    (b"RIFF", "image/webp", _webp),
)
