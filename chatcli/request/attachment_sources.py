"""Classifies the names of attachments, with one table for flags, commands and mentions. Pure.

| name | as text or file | as an image |
| --- | --- | --- |
| `data:TYPE,…` | data | data |
| `file:` with a path, of this machine | path | path |
| `http://`, `https://`, with the name of an image | image URL | image URL |
| any other `http://`, `https://` | page | image URL |
| any other scheme, another machine, or no host at all | other URL | other URL |
| anything else | path | path |

The provider fetches images by their URL; pages are fetched as text if the user asks for it.
"""

from __future__ import annotations

import re
from typing import Literal, TypeAlias
from urllib.parse import unquote, urlsplit

from chatcli.records import frozen

SourceKind: TypeAlias = Literal["path", "data", "image URL", "page", "other URL"]

_URL = re.compile(r"([a-z][a-z0-9+.-]+):(//|(?<=file:)(?=/))", re.IGNORECASE)
_DATA = re.compile(r"data:[^,\s]*,", re.IGNORECASE)
_ALMOST_URL = re.compile(r"https?[:/]|www\.", re.IGNORECASE)
_IMAGES = (".png", ".jpg", ".jpeg", ".gif", ".webp")


@frozen
class Source:
    """What a name refers to; *name* is it as it is used: of a `file:` URL its path."""

    kind: SourceKind
    name: str


def source_of(name: str, *, is_image: bool = False) -> Source:
    """Return the source that *name* refers to; *is_image*: it was given as an image."""
    if _DATA.match(name):
        return Source("data", name)
    scheme = _URL.match(name)
    if scheme is None:
        return Source("path", name)
    host, path = _host_and_path(name)
    if scheme[1].lower() == "file" and host in ("", "localhost"):
        return Source("path", path)
    if scheme[1].lower() not in ("http", "https") or not host or re.search(r"\s", name):
        return Source("other URL", name)
    return Source("image URL" if is_image or path.lower().endswith(_IMAGES) else "page", name)


def is_almost_url(name: str) -> bool:
    """Return whether the path *name* may be a URL with a mistyped or missing scheme."""
    return _ALMOST_URL.match(name) is not None


def _host_and_path(url: str) -> tuple[str, str]:
    try:
        parts = urlsplit(url)
    except ValueError:  # brackets that are not an IPv6 host
        return "", ""
    return (parts.hostname or "").lower(), unquote(parts.path)
