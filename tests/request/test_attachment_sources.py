"""What a name means does not depend on where it is given, but for a picture."""

from __future__ import annotations

import pytest

from chatcli.request.attachment_sources import Source, source_of

NAMES: list[tuple[str, Source, Source]] = [
    ("notes.md", "path", "path"),
    ("~/x", "path", "path"),
    ("C:\\x", "path", "path"),
    ("C:/x", "path", "path"),
    ("http:x", "path", "path"),
    ("https://x.example/a.png", "picture address", "picture address"),
    ("HTTPS://x.example/A.JPG?size=2#top", "picture address", "picture address"),
    ("http://x.example/a.webp", "picture address", "picture address"),
    ("https://x.example/", "address", "picture address"),
    ("https://x.example/a.png.html", "address", "picture address"),
    ("https://x.example/?file=a.png", "address", "picture address"),
    ("https://[x/a.png", "address", "picture address"),
    ("ftp://x.example/a.png", "address", "address"),
    ("file:///etc/passwd", "address", "address"),
    ("s3://bucket/a.png", "address", "address"),
]


@pytest.mark.parametrize(("name", "as_file", "as_picture"), NAMES, ids=[name for name, *_ in NAMES])
def test_a_name_means_one_thing(name: str, as_file: Source, as_picture: Source) -> None:
    assert source_of(name) == as_file
    assert source_of(name, is_picture=True) == as_picture
