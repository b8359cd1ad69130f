"""The decoder gives the same events however the network cuts the bytes."""

from itertools import combinations

import pytest

from chatcli.api.http.sse import Comment, EventStreamDecoder, EventTooLongError, Item, PlainLine, ServerEvent

CORPUS = (
    b'\xef\xbb\xbf: hello\r\ndata: {"a": "\xc3\xa9"}\r\n\r\n'
    b"event: ping\rdata:\xe6\xbc\xa2\xf0\x9f\x98\x80\rdata: two\r\r"
    b'data: {"b": "x\xe2\x80\xa8y\x0bz\xc2\x85"}\nid: 7\nretry: 3\nunknown\n\n'
    b'{"bare": 1}\n\n:\n'
    b'\xef\xbb\xbfdata: \xef\xbb\xbf{"c": 1}\n\n\xef\xbb\xbfevent: e\ndata: x\n\n\xef\xbb\xbfdata: [DONE]'
)
EXPECTED: list[Item] = [
    Comment("hello"),
    ServerEvent('{"a": "é"}'),
    ServerEvent("漢😀\ntwo", "ping"),
    PlainLine("unknown"),
    ServerEvent('{"b": "x\u2028y\x0bz\x85"}'),
    ServerEvent('{"bare": 1}', is_bare=True),
    Comment(""),
    ServerEvent('{"c": 1}'),
    ServerEvent("x", "e"),
    ServerEvent("[DONE]"),
]


def decode(*pieces: bytes) -> list[Item]:
    decoder = EventStreamDecoder()
    return [item for items in [*map(decoder.feed, pieces), decoder.close()] for item in items]


def test_the_corpus_is_read_whole() -> None:
    assert decode(CORPUS) == EXPECTED


def test_every_pair_of_cuts_gives_the_same_events() -> None:
    for first, second in combinations(range(len(CORPUS) + 1), 2):
        assert decode(CORPUS[:first], CORPUS[first:second], CORPUS[second:]) == EXPECTED, (first, second)


def test_bytes_one_by_one_give_the_same_events() -> None:
    assert decode(*(CORPUS[at : at + 1] for at in range(len(CORPUS)))) == EXPECTED


@pytest.mark.parametrize("end", [b"\n", b"\r", b"\r\n"], ids=["LF", "CR", "CRLF"])
def test_every_line_end_ends_a_line(end: bytes) -> None:
    data = end.join([b"data: a", b"data: b", b"", b"data: c", b"", b""])

    assert decode(data) == [ServerEvent("a\nb"), ServerEvent("c")]


@pytest.mark.parametrize(
    ("line", "data"),
    [(b"data:x", "x"), (b"data: x", "x"), (b"data:  x", " x"), (b"data: a:b", "a:b")],
    ids=["no space", "space", "two spaces", "colon"],
)
def test_one_space_after_the_colon_is_no_part_of_the_data(line: bytes, data: str) -> None:
    assert decode(line + b"\n\n") == [ServerEvent(data)]


def test_an_event_without_data_is_none() -> None:
    assert decode(b"event: ping\n\ndata:\n\ndata: x\n\n") == [ServerEvent("x")]


def test_bad_utf8_is_replaced_line_by_line() -> None:
    assert decode(b"data: a\xffb\ndata: c\n\n") == [ServerEvent("a\N{REPLACEMENT CHARACTER}b\nc")]


def test_an_event_that_never_ends_is_stopped() -> None:
    decoder = EventStreamDecoder(max_bytes=100)
    decoder.feed(b"data: " + b"x" * 90)

    with pytest.raises(EventTooLongError):
        decoder.feed(b"x" * 20)


def test_many_lines_of_one_event_count_together() -> None:
    decoder = EventStreamDecoder(max_bytes=100)

    with pytest.raises(EventTooLongError):
        decoder.feed(b"data: x\n" * 20)


def test_a_line_of_eight_megabytes_is_fine() -> None:
    text = "x" * 8_000_000

    assert decode(b"data: " + text.encode() + b"\n\n") == [ServerEvent(text)]
