"""What a name means does not depend on where it is given, but for an image."""

from __future__ import annotations

import pytest

from chatcli.request.attachment_sources import Source, SourceKind, is_almost_url, source_of

NAMES: list[tuple[str, SourceKind, SourceKind]] = [
    ("notes.md", "path", "path"),
    ("~/x", "path", "path"),
    ("C:\\x", "path", "path"),
    ("C:/x", "path", "path"),
    ("c://x", "path", "path"),
    ("http:x", "path", "path"),
    ("file:x", "path", "path"),
    ("data: none", "path", "path"),
    ("git@host.example:a/b.png", "path", "path"),
    ("https://x.example/a.png", "image URL", "image URL"),
    ("HTTPS://x.example/A.JPG?size=2#top", "image URL", "image URL"),
    ("http://x.example/a.webp", "image URL", "image URL"),
    ("http://x.example:8080/a%2Ejpeg", "image URL", "image URL"),
    ("https://x.example/", "page", "image URL"),
    ("https://x.example/a.png.html", "page", "image URL"),
    ("https://x.example/?file=a.png", "page", "image URL"),
    ("https://x.example/a.svg", "page", "image URL"),
    ("https://[x/a.png", "other URL", "other URL"),
    ("https:///a.png", "other URL", "other URL"),
    ("https://", "other URL", "other URL"),
    ("https:// x.example/a.png", "other URL", "other URL"),
    ("ftp://x.example/a.png", "other URL", "other URL"),
    ("s3://bucket/a.png", "other URL", "other URL"),
    ("file://elsewhere/a.png", "other URL", "other URL"),
    ("data:image/png;base64,iVBORw0K", "data", "data"),
    ("DATA:,hello", "data", "data"),
]


@pytest.mark.parametrize(("name", "as_file", "as_image"), NAMES, ids=[name for name, *_ in NAMES])
def test_a_name_means_one_thing(name: str, as_file: SourceKind, as_image: SourceKind) -> None:
    assert source_of(name) == Source(as_file, name)
    assert source_of(name, is_image=True) == Source(as_image, name)


@pytest.mark.parametrize(
    "url",
    [
        "file:///a/my%20notes.txt",
        "FILE:///a/my%20notes.txt",
        "file:/a/my%20notes.txt",
        "file://localhost/a/my notes.txt",
    ],
)
def test_a_file_of_this_machine_is_a_path(url: str) -> None:
    assert source_of(url) == Source("path", "/a/my notes.txt")


@pytest.mark.parametrize(
    "name", ["www.x.example/a.png", "https:/x.example/a.png", "http//x.example", "HTTPS:x.example"]
)
def test_a_mistyped_url_is_noticed(name: str) -> None:
    assert source_of(name).kind == "path"
    assert is_almost_url(name)
