"""The first bytes of a file tell what picture it is and how large."""

from __future__ import annotations

import base64
import struct
import zlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chatcli.request.images import Picture, read_data_url_header, read_header


def png(width: int, height: int) -> bytes:
    head = b"IHDR" + struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + struct.pack(">I", 13) + head + struct.pack(">I", zlib.crc32(head))


def segment(kind: int, content: bytes) -> bytes:
    return bytes([0xFF, kind]) + struct.pack(">H", len(content) + 2) + content


def jpeg(width: int, height: int, *, frame: int = 0xC0, before: bytes = b"") -> bytes:
    size = struct.pack(">BHH", 8, height, width)
    return b"\xff\xd8" + segment(0xE0, b"JFIF\0" + bytes(9)) + before + segment(frame, size + b"\1\1\x11\0")


def gif(width: int, height: int) -> bytes:
    return b"GIF89a" + struct.pack("<HH", width, height) + b"\0\0\0"


def webp(kind: bytes, content: bytes) -> bytes:
    chunk = kind + struct.pack("<I", len(content)) + content
    return b"RIFF" + struct.pack("<I", len(chunk) + 4) + b"WEBP" + chunk


def lossy(width: int, height: int) -> bytes:
    return webp(b"VP8 ", bytes(3) + b"\x9d\x01\x2a" + struct.pack("<HH", width, height))


def lossless(width: int, height: int) -> bytes:
    return webp(b"VP8L", b"\x2f" + struct.pack("<I", (width - 1) | (height - 1) << 14))


def extended(width: int, height: int) -> bytes:
    return webp(b"VP8X", bytes(4) + struct.pack("<I", width - 1)[:3] + struct.pack("<I", height - 1)[:3])


KINDS = [
    (png, "image/png", 60_000),
    (jpeg, "image/jpeg", 60_000),
    (gif, "image/gif", 60_000),
    (lossy, "image/webp", 16_383),
    (lossless, "image/webp", 16_383),
    (extended, "image/webp", 60_000),
]


@pytest.mark.parametrize(("make", "mime", "most"), KINDS)
@given(data=st.data())
def test_every_kind_tells_its_size(make: object, mime: str, most: int, data: st.DataObject) -> None:
    width, height = data.draw(st.integers(1, most)), data.draw(st.integers(1, most))
    assert callable(make)

    assert read_header(make(width, height) + bytes(40)) == Picture(mime, width, height)


@pytest.mark.parametrize("frame", [0xC1, 0xC2, 0xC9])
def test_a_photograph_may_have_much_before_its_frame(frame: int) -> None:
    thumbnail = segment(0xE1, jpeg(160, 120)) + segment(0xC4, bytes(30)) + b"\xff" + segment(0xDB, bytes(65))

    assert read_header(jpeg(4000, 3000, frame=frame, before=thumbnail)) == Picture("image/jpeg", 4000, 3000)


@pytest.mark.parametrize(("make", "mime", "most"), KINDS)
def test_a_file_that_is_cut_never_fails_and_never_lies(make: object, mime: str, most: int) -> None:
    del most
    assert callable(make)
    whole = make(300, 200)

    seen = {read_header(whole[:end]) for end in range(len(whole) + 1)}

    assert seen <= {None, Picture(mime), Picture(mime, 300, 200)}
    assert Picture(mime, 300, 200) in seen


@given(st.binary(max_size=60), st.sampled_from([b"", b"\xff\xd8\xff", b"GIF89a", b"RIFF", b"\x89PNG\r\n\x1a\n"]))
def test_any_bytes_whatever_are_looked_at(data: bytes, start: bytes) -> None:
    seen = read_header(start + data)

    assert seen is None or seen.pixels >= 0


def test_what_is_no_picture_is_none() -> None:
    assert [read_header(data) for data in (b"", b"%PDF-1.7", b"RIFF1234WAVE", b"text")] == [None] * 4


def test_a_data_url_is_looked_into_and_any_other_is_not() -> None:
    url = f"data:image/png;base64,{base64.b64encode(png(3, 4)).decode()}"

    assert read_data_url_header(url) == Picture("image/png", 3, 4)
    assert [read_data_url_header(u) for u in ("https://a/b.png", "data:image/png;base64,?", "data:x,y")] == [None] * 3
