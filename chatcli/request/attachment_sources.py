"""Classifies the names of attachments, with one table for flags, commands and mentions. Pure.

| name | as text or file | as a picture |
| --- | --- | --- |
| `http://`, `https://`, with the name of a picture | picture address | picture address |
| any other `http://`, `https://` | address | picture address |
| any other scheme | address | address |
| anything else | path | path |

The provider fetches images by their address; other addresses are fetched as text where the user asks for it.
"""

from __future__ import annotations

import re
from typing import Literal, TypeAlias
from urllib.parse import urlsplit

Source: TypeAlias = Literal["picture address", "address", "path"]

_ADDRESS = re.compile(r"([a-z][a-z0-9+.-]+)://", re.IGNORECASE)
_PICTURES = (".png", ".jpg", ".jpeg", ".gif", ".webp")


def source_of(name: str, *, is_picture: bool = False) -> Source:
    """Return the source that *name* refers to; *is_picture*: it was given as an image."""
    scheme = _ADDRESS.match(name)
    if scheme is None:
        return "path"
    is_web = scheme[1].lower() in ("http", "https")
    return "picture address" if is_web and (is_picture or _has_picture_name(name)) else "address"


def _has_picture_name(address: str) -> bool:
    try:
        return urlsplit(address).path.lower().endswith(_PICTURES)
    except ValueError:  # brackets that are not an IPv6 host
        return False
