from __future__ import annotations

from itertools import combinations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chatcli.terminal.legacy_keys import NEWLINE_KEY, legacy
from chatcli.terminal.sequences import Key, KeySplitter, Pasted, Token, Typed

ESC = "\x1b"
BEGIN, END = "\x1b[200~", "\x1b[201~"

CORPUS = {
    "escape then paste": "\x1b\x1b[200~x\x1b[201~y",
    "text": "abc\r\n\x03日本",
    "arrows": "a\x1b[Ab\x1bOBc\x1b[1;5D\x1b\x1b[C",
    "alt": "\x1bb\x1b\x7f\x1b\r",
    "linux console": "\x1b[[A\x1b[[Z",
    "reports": "x\x1b]11;rgb:0/0/0\x07y\x1bP1+r\x1b\\z\x1b[24;80R",
    "paste": f"a{BEGIN}one\r\ntwo\x1b[Athree{ESC}[201{END}b",
    "two pastes": f"{BEGIN}one{END}{BEGIN}{END}",
    "end without begin": f"a{END}b",
    "clicks": "a\x1b[M !!\x1b[M#\xa1\xa1b\x1b[<0;1;1Mc",
    "broken": "\x1b[12\ra\x1bO\rb\x1b]x\x1b[Bc\x1b[[\x1b[1$x",
    "many escapes": "\x1b\x1b\x1b\x1bOAx",
}


def split(*pieces: str) -> list[Token]:
    splitter = KeySplitter()
    tokens: list[Token] = []
    for piece in pieces:
        tokens += splitter.feed(piece)
    return joined(tokens + splitter.flush() + splitter.end_paste())


def joined(tokens: list[Token]) -> list[Token]:
    """Return *tokens* with adjacent text made one."""
    result: list[Token] = []
    for token in tokens:
        if isinstance(token, Typed) and result and isinstance(result[-1], Typed):
            result[-1] = Typed(result[-1].text + token.text)
        else:
            result.append(token)
    return result


@pytest.mark.parametrize("text", CORPUS.values(), ids=CORPUS.keys())
def test_any_two_cuts_give_the_same_tokens(text: str) -> None:
    whole = split(text)

    for first, second in combinations(range(len(text) + 1), 2):
        assert split(text[:first], text[first:second], text[second:]) == whole
    assert split(*text) == whole


@given(st.lists(st.text(alphabet=f"{ESC}[]O~0123456789;P_\\\x07aA\r")))
def test_any_noise_is_cut_the_same_way(pieces: list[str]) -> None:
    assert split(*pieces) == split("".join(pieces))


@pytest.mark.parametrize(
    ("text", "tokens"),
    [
        pytest.param(CORPUS["text"], [Typed(CORPUS["text"])], id="text"),
        pytest.param(
            CORPUS["arrows"],
            [Typed("a"), Key("\x1b[A"), Typed("b"), Key("\x1bOB"), Typed("c"), Key("\x1b[1;5D"), Key("\x1b\x1b[C")],
            id="arrows",
        ),
        pytest.param(CORPUS["alt"], [Key("\x1bb"), Key("\x1b\x7f"), Key(NEWLINE_KEY)], id="alt"),
        pytest.param(CORPUS["escape then paste"], [Key(ESC), Pasted("x"), Typed("y")], id="escape, then a paste"),
        pytest.param("\x1b\x1b[I\x1b\x1b[?1;2c", [Key(ESC), Key("\x1b[I"), Key(ESC), Key("\x1b[?1;2c")], id="reports"),
        pytest.param("\x1b[[A", [Key("\x1b[[A")], id="f1 of the linux console"),
        pytest.param("\x1b[12\ra", [Key("\x1b[12"), Typed("\ra")], id="broken off by enter"),
        pytest.param("\x1b]0;x\x07y", [Key("\x1b]0;x\x07"), Typed("y")], id="string"),
        pytest.param(CORPUS["paste"], [Typed("a"), Pasted("one\r\ntwo\x1b[Athree\x1b[201"), Typed("b")], id="paste"),
        pytest.param(f"a{END}b", [Typed("a"), Key(END), Typed("b")], id="stray end"),
        pytest.param("\x1b\x1b", [Key(ESC), Key(ESC)], id="escape twice"),
        pytest.param(f"{BEGIN}one\x1b[20", [Pasted("one\x1b[20", is_whole=False)], id="cut paste"),
    ],
)
def test_tokens(text: str, tokens: list[Token]) -> None:
    assert split(text) == tokens


def test_lone_escape_is_held_until_nothing_follows() -> None:
    splitter = KeySplitter()

    assert splitter.feed("a\x1b") == [Typed("a")]
    assert splitter.has_pending
    assert splitter.flush() == [Key(ESC)]
    assert not splitter.has_pending
    assert splitter.flush() == []


def test_open_paste_is_not_flushed() -> None:
    splitter = KeySplitter()
    splitter.feed(f"{BEGIN}one\x1b")

    assert splitter.in_paste
    assert not splitter.has_pending
    assert splitter.flush() == []
    assert splitter.end_paste() == [Pasted("one\x1b", is_whole=False)]
    assert not splitter.in_paste
    assert splitter.end_paste() == []


def test_endless_string_is_given_up() -> None:
    splitter = KeySplitter()

    tokens = splitter.feed("\x1b]" + "x" * 5000)

    assert [type(token) for token in tokens] == [Key]
    assert splitter.feed("a") == [Typed("a")]


def test_large_paste_in_small_reads_is_linear() -> None:
    """Four times the text takes no sixteen times the steps: each character is looked at a bounded number of times."""
    splitter = KeySplitter()
    splitter.feed(BEGIN)

    for _ in range(20_000):
        assert splitter.feed("x" * 50) == []

    assert splitter.feed(END) == [Pasted("x" * 1_000_000)]


def test_the_rest_of_a_paste_that_stalled_is_a_paste() -> None:
    """Its last Enter must not send what came of it."""
    splitter = KeySplitter()
    splitter.feed(f"{BEGIN}one\rtw")

    assert splitter.end_paste() == [Pasted("one\rtw", is_whole=False)]
    assert splitter.feed(f"o\r{END}x") == [Pasted("o\r"), Typed("x")]
    assert splitter.feed(f"y{END}") == [Typed("y"), Key(END)]


def test_a_paste_after_one_that_was_cut_begins_at_its_own_mark() -> None:
    splitter = KeySplitter()
    splitter.feed(f"{BEGIN}one")
    splitter.end_paste()

    assert splitter.feed(f"a{BEGIN}two{END}") == [Typed("a"), Pasted("two")]


@pytest.mark.parametrize(
    ("sequence", "text"),
    [
        pytest.param("\x1b[A", "\x1b[A", id="arrow"),
        pytest.param("\x1b[27;2;13~", NEWLINE_KEY, id="xterm shift-enter"),
        pytest.param("\x1b[27;5;13~", NEWLINE_KEY, id="xterm ctrl-enter"),
        pytest.param("\x1b[13;2u", NEWLINE_KEY, id="kitty shift-enter"),
        pytest.param("\x1b[13u", "\r", id="kitty enter"),
        pytest.param("\x1b[57414u", "\r", id="keypad enter"),
        pytest.param("\x1b[106;5u", "\n", id="ctrl-j"),
        pytest.param("\x1b[99;5u", "\x03", id="ctrl-c"),
        pytest.param("\x1b[99;5:3u", "", id="ctrl-c released"),
        pytest.param("\x1b[27u", ESC, id="escape"),
        pytest.param("\x1b[97u", "a", id="letter"),
        pytest.param("\x1b[97:65;2u", "A", id="shifted letter"),
        pytest.param("\x1b[98;3u", "\x1bb", id="alt-b"),
        pytest.param("\x1b[9;2u", "\x1b[Z", id="shift-tab"),
        pytest.param("\x1b[127;5u", "\x17", id="ctrl-backspace"),
        pytest.param("\x1b[49;5u", "", id="ctrl-1"),
        pytest.param("\x1b[57358u", "", id="caps lock"),
        pytest.param("\x1b[99999999u", "", id="no character"),
    ],
)
def test_keyboard_protocols_are_understood(sequence: str, text: str) -> None:
    assert legacy(sequence) == text
