"""Reads images: type and size of PNG, JPEG, GIF and WebP from their headers, and the content of `data:` URLs. Pure.

Nothing is decoded, so a decompression bomb is harmless. Sources:
the PNG specification (11.2.2), ITU-T T.81 (B.2.2), the GIF89a specification (18), RFC 9649 (2.5 to 2.7).
"""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Callable, Iterator
from urllib.parse import unquote_to_bytes

from chatcli.conversation.messages import IMAGE_URL, ImagePart, Message
from chatcli.language import _
from chatcli.records import frozen
from chatcli.text.patterns import pattern
from chatcli.text.units import format_size

MAX_PIXELS = 64_000_000
_IN_TEXT = pattern(r"!\[[^\[\]\n]*\]\([ \t]*<?(data:image/[\w.+-]+;base64,[\w+/=%-]+)", re.ASCII | re.IGNORECASE)
_URL_SAFE = str.maketrans("-_", "+/")
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
    content = read_data_url(url)
    return read_header(content.data) if content else None


@frozen
class ImageContent:
    """The bytes of an image and their MIME type."""

    mime: str
    data: bytes


def read_data_url(url: str) -> ImageContent | None:
    """Return the content of a `data:` URL, None for any other URL or unreadable data.

    The type is that of the image's header; the declared one counts if the header does not say.
    """
    head, comma, text = url.partition(",")
    if not (comma and head[:5].lower() == "data:"):
        return None
    mime, *flags = head[5:].lower().split(";")
    try:
        data = decode_base64(text) if "base64" in flags else unquote_to_bytes(text)
    except (binascii.Error, ValueError):
        return None
    header = read_header(data)
    return ImageContent(header.mime if header else mime, data)


def decode_base64(text: str) -> bytes:
    """Return the bytes of *text* in either alphabet of base64, padded or not; raises ValueError."""
    plain = "".join(text.split()).rstrip("=").translate(_URL_SAFE)
    return base64.b64decode(plain + "=" * (-len(plain) % 4), validate=True)


def describe_image(url: str, path: str = "") -> str:
    """Describe an image of an answer in one line: where it is, its type and its size."""
    content = read_data_url(url)
    if content is None:
        return _("image: its data cannot be read") if url[:5].lower() == "data:" else _("image: {url}", url=url)

    size = format_size(len(content.data))
    if not path:
        return _("image ({format}, {size}), not saved", format=content.mime, size=size)
    return _("image: {path} ({format}, {size})", path=path, format=content.mime, size=size)


def images_in_text(text: str) -> Iterator[str]:
    """Yield the `data:` URLs of the images that Markdown *text* contains."""
    if IMAGE_URL in text:
        yield from (found[1] for found in _IN_TEXT.finditer(text))


def describe_images(answer: Message, save: Callable[[str], str]) -> list[str]:
    """Describe each image of *answer* in one line; *save* returns the file of an image, empty if there is none."""
    urls = [part.url for part in answer.parts if isinstance(part, ImagePart)]
    return [describe_image(url, save(url)) for url in (*urls, *images_in_text(answer.text))]


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
