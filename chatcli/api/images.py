"""Finds the images in a delta or message, wherever a server puts them, as `data:` or web URLs.

An image is a URL, or bare base64, under one of the usual names; its data is recognised by the header of the image.
Any JSON is accepted: unknown shapes are not images.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Iterator, Mapping

from chatcli.text.json_values import as_list, as_text

_MOST_NESTED = 4
_ADDRESSES = ("image_url", "imageUrl", "image", "url", "source", "inline_data", "inlineData", "b64_json", "data")
_MARKS = frozenset({"image_url", "imageUrl", "image", "inline_data", "inlineData", "b64_json"})
_TYPES = ("mime_type", "mimeType", "media_type")


def images_of(part: Mapping[str, object]) -> Iterator[str]:
    """Yield the URLs of the images in a delta or message."""
    content = part.get("content")
    parts = [content] if isinstance(content, dict) else as_list(content)
    shown = (entry for entry in parts if isinstance(entry, dict) and _is_image(entry))
    for entry in (*as_list(part.get("images")), part.get("image"), *shown):
        if url := _url(entry):
            yield url


def _is_image(part: Mapping[str, object]) -> bool:
    return "image" in as_text(part.get("type")) or not _MARKS.isdisjoint(part)


def _url(value: object, mime: str = "", depth: int = 0) -> str:
    """Return the URL of the image in *value*, empty if there is none."""
    if isinstance(value, str):
        return value if value.startswith(("http://", "https://")) else _data_url(value.strip(), mime)
    if not isinstance(value, dict) or depth > _MOST_NESTED:
        return ""
    mime = next((as_text(value[name]) for name in _TYPES if name in value), mime)
    found = (_url(value.get(name), mime, depth + 1) for name in _ADDRESSES)
    return next(filter(None, found), "")


def _data_url(text: str, mime: str) -> str:
    """Return the image in *text*, a `data:` URL or bare base64, as a URL in one form."""
    from chatcli.request.images import decode_base64, read_data_url, read_header  # few answers have images

    if text[:5].lower() == "data:":
        content = read_data_url(text)
        declared = text[5:11].lower() == "image/"
        return (
            _written(content.mime, content.data) if content and content.mime.startswith("image/") else text * declared
        )
    try:
        data = decode_base64(text)
    except (binascii.Error, ValueError):
        return ""
    header = read_header(data)
    kind = header.mime if header else mime.lower()
    return _written(kind, data) if data and kind.startswith("image/") else ""


def _written(mime: str, data: bytes) -> str:
    return f"data:{mime};base64,{base64.b64encode(data).decode()}"
