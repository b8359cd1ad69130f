"""Keys that are replayed mean what they would have meant when they came."""

from __future__ import annotations

from chatcli.terminal.key_reader import KeyReader, replay
from chatcli.terminal.sequences import ESC, Key, Pasted, Typed

WAIT_S = 0.05


def test_escape_is_a_key_of_its_own_where_the_next_one_came_later() -> None:
    at_once, later = [(0.0, b"\x1b"), (0.01, b"b")], [(0.0, b"\x1b"), (1.0, b"b")]

    assert replay(KeyReader(), at_once, WAIT_S) == [Key(ESC + "b")]
    assert replay(KeyReader(), later, WAIT_S) == [Key(ESC), Typed("b")]


def test_lines_typed_one_after_the_other_stay_apart() -> None:
    """In one piece they would be an unmarked paste."""
    assert replay(KeyReader(), [(0.0, b"one\r"), (0.5, b"two\r")], WAIT_S) == [Typed("one\r"), Typed("two\r")]


def test_what_is_cut_between_pieces_is_whole() -> None:
    pieces = [b"\x1b[20", b"0~\xe6\x97", b"\xa5\r\x1b[2", b"01~\xc3", b"\xa9\x1b[", b"A"]
    arrivals = [(number / 2, piece) for number, piece in enumerate(pieces)]

    assert replay(KeyReader(), arrivals, WAIT_S) == [Pasted("日\r"), Typed("é"), Key("\x1b[A")]


def test_what_was_begun_is_completed_by_what_is_read_later() -> None:
    reader = KeyReader()

    assert replay(reader, [(0.0, b"a\x1b[")], WAIT_S) == [Typed("a")]
    assert reader.feed(b"Db") == [Key("\x1b[D"), Typed("b")]
