"""A compression no one asked for is undone in bounded pieces, and its end is looked for."""

from __future__ import annotations

import gzip
import zlib
from itertools import combinations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chatcli.api.http.decompression import PIECE_BYTES, Inflater
from chatcli.errors import IncompleteAnswerError, ServerError

TEXT = b'data: {"choices": []}\n\n' * 3


def raw_deflate(data: bytes) -> bytes:
    machine = zlib.compressobj(wbits=-15)
    return machine.compress(data) + machine.flush()


SQUEEZED = {
    "gzip": gzip.compress(TEXT, mtime=0),
    "x-gzip": gzip.compress(TEXT, mtime=0),
    " GZip ": gzip.compress(TEXT, mtime=0),
    "deflate": zlib.compress(TEXT),
    "identity": TEXT,
    "none": TEXT,
    "NONE, identity": TEXT,
    "": TEXT,
}


def inflated(coding: str, *pieces: bytes) -> bytes:
    inflater = Inflater(coding)
    plain = [plain for piece in pieces for plain in inflater.feed(piece)]
    return b"".join([*plain, *inflater.close()])


@pytest.mark.parametrize(("coding", "data"), SQUEEZED.items(), ids=SQUEEZED)
def test_every_pair_of_cuts_gives_the_same_bytes(coding: str, data: bytes) -> None:
    for first, second in combinations(range(len(data) + 1), 2):
        assert inflated(coding, data[:first], data[first:second], data[second:]) == TEXT, (first, second)


def test_deflate_without_its_envelope_is_read_too() -> None:
    """Half of the servers that say `deflate` send it bare, and browsers take both."""
    data = raw_deflate(TEXT)

    for cut in range(len(data) + 1):
        assert inflated("deflate", data[:cut], data[cut:]) == TEXT, cut


def test_several_members_are_one_text() -> None:
    data = gzip.compress(TEXT, mtime=0) + gzip.compress(b"more", mtime=0)

    for cut in range(len(data) + 1):
        assert inflated("gzip", data[:cut], data[cut:]) == TEXT + b"more", cut


@pytest.mark.parametrize("coding", ["gzip", "deflate"])
def test_what_stands_behind_the_end_does_not_count(coding: str) -> None:
    assert inflated(coding, SQUEEZED[coding] + bytes(8), b"more") == TEXT


@given(st.binary(max_size=200), st.integers(0, 3))
def test_what_was_squeezed_comes_back(data: bytes, repeats: int) -> None:
    data *= 10**repeats

    assert inflated("gzip", gzip.compress(data)) == data


@pytest.mark.parametrize("cut", range(1, len(SQUEEZED["gzip"])))
def test_an_end_that_is_missing_is_noticed(cut: int) -> None:
    inflater = Inflater("gzip")
    inflater.feed(SQUEEZED["gzip"][:cut])

    with pytest.raises(IncompleteAnswerError, match="incomplete"):
        inflater.close()


def test_an_empty_body_has_no_end() -> None:
    with pytest.raises(IncompleteAnswerError):
        Inflater("gzip").close()


@pytest.mark.parametrize("coding", ["gzip", "deflate"])
def test_what_is_not_compressed_cannot_be_read(coding: str) -> None:
    with pytest.raises(IncompleteAnswerError, match="malformed"):
        Inflater(coding).feed(b"\xff" + TEXT)


def test_damage_is_noticed() -> None:
    data = bytearray(SQUEEZED["gzip"])
    data[-5] ^= 1

    with pytest.raises(IncompleteAnswerError):
        inflated("gzip", bytes(data))


@pytest.mark.parametrize("coding", ["br", "zstd", "compress", "gzip, br", "utf-8"])
def test_an_unknown_coding_is_refused_by_name(coding: str) -> None:
    data = b"[\x82\x0e" + bytes(range(200, 240))

    for cut in (0, 1, 20, 35, len(data)):
        inflater = Inflater(coding)
        with pytest.raises(ServerError, match=f"`{coding}`"):
            [*inflater.feed(data[:cut]), *inflater.feed(data[cut:]), *inflater.close()]


@pytest.mark.parametrize("coding", ["gzip", "x-gzip", "br", "zstd", "utf-8", "none", "binary", "gzip, br"])
@pytest.mark.parametrize("text", [TEXT, b"{}", b"\xef\xbb\xbf: hi\n", "漢字".encode() * 20], ids=ascii)
def test_text_is_text_whatever_the_header_calls_it(coding: str, text: bytes) -> None:
    for cut in range(len(text) + 1):
        assert inflated(coding, text[:cut], text[cut:]) == text, cut


def test_a_bomb_is_stopped_early() -> None:
    bomb = gzip.compress(bytes(100 * PIECE_BYTES), 9)
    inflater = Inflater("gzip")
    first, second = bomb[:1024], bomb[1024:3072]

    assert sum(map(len, inflater.feed(first))) <= PIECE_BYTES
    with pytest.raises(IncompleteAnswerError, match="compression ratio"):
        inflater.feed(second)


def test_pieces_are_never_larger_than_a_mebibyte() -> None:
    data = bytes(range(256)) * 40 * 1024  # 10 MiB that shrink 180 times

    pieces = Inflater("gzip").feed(gzip.compress(data, 1))

    assert max(map(len, pieces)) <= PIECE_BYTES
    assert b"".join(pieces) == data


def test_a_mebibyte_may_shrink_as_it_likes() -> None:
    assert inflated("gzip", gzip.compress(bytes(PIECE_BYTES))) == bytes(PIECE_BYTES)
