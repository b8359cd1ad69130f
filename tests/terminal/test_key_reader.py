"""What a terminal says by itself is never typed, wherever it is cut and whatever reads it next."""

from __future__ import annotations

import pytest

from chatcli.terminal.key_reader import PASTE_WAIT_S, REPLY_WAIT_S, KeyReader, plain_line
from chatcli.terminal.sequences import Key, Pasted, Token, Typed

ESCAPE_WAIT_S = 0.05
REPLIES = [
    "\x1b[I",
    "\x1b[O",
    "\x1b[?62;22c",
    "\x1b[12;40R",
    "\x1b[?2026;2$y",
    "\x1b[<35;10;20M",
    "\x1b[8;24;80t",
    "\x1b]11;rgb:1e1e/1e1e/1e1e\x1b\\",
    "\x1b]11;rgb:1e1e/1e1e/1e1e\x07",
    "\x1bP>|term(0.40)\x1b\\",
    "\x1b_Gi=31;OK\x1b\\",
]


def later(reader: KeyReader, seconds: float) -> list[Token]:
    """Return what comes of so much silence."""
    wait_s = reader.wait_s(ESCAPE_WAIT_S)
    return reader.flush() if wait_s is not None and wait_s <= seconds else []


def typed(tokens: list[Token]) -> str:
    return "".join(token.text for token in tokens if isinstance(token, Typed))


@pytest.mark.parametrize("reply", REPLIES, ids=repr)
def test_a_reply_in_two_pieces_types_nothing(reply: str) -> None:
    for place in range(len(reply) + 1):
        reader = KeyReader()

        tokens = [*reader.feed(reply[:place].encode()), *later(reader, 0.2), *reader.feed(reply[place:].encode())]

        assert typed(tokens) == ""
        assert typed([*later(reader, 2), *reader.feed(b"hello")]) == "hello"


@pytest.mark.parametrize("text", ["[x] done", "Please", "]", "[I am", "because", "[31m", "_x_", "[?"])
def test_text_after_esc_is_text(text: str) -> None:
    reader = KeyReader()
    reader.feed(b"\x1b")

    assert later(reader, ESCAPE_WAIT_S) == [Key("\x1b")]
    assert typed([*reader.feed(text.encode()), *later(reader, 2)]) == text


def test_ctrl_c_ends_a_paste_whose_end_never_comes() -> None:
    reader = KeyReader()
    reader.feed(b"\x1b[200~half")

    assert reader.feed(b"\x03") == [Pasted("half", is_whole=False), Typed("\x03")]
    assert reader.feed(b"next") == [Typed("next")]


def test_each_thing_is_waited_for_as_long_as_it_may_take() -> None:
    reader, waits = KeyReader(), []
    for piece in ("a", "\x1b", "[", "A", "\x1b]0;", "\x07", "\x1b[200~", "x\x1b", "[201~"):
        reader.feed(piece.encode())
        waits.append(reader.wait_s(ESCAPE_WAIT_S))

    assert waits == [None, 0.05, REPLY_WAIT_S, None, REPLY_WAIT_S, None, PASTE_WAIT_S, PASTE_WAIT_S, None]


def test_carriage_return_and_line_feed_are_one_enter() -> None:
    assert typed(KeyReader().feed(b"a\r\nb\n")) == "a\rb\n"


@pytest.mark.parametrize("reply", REPLIES, ids=repr)
def test_a_line_holds_what_was_typed(reply: str) -> None:
    assert plain_line(f"{reply}y{reply}\n") == "y"
    assert plain_line("\x1b[200~1\x1b[201~2\n") == "12"
