"""What the first line echoes is a beginning of what was typed, drawn as a terminal draws it."""

from __future__ import annotations

import pyte
import pytest
from hypothesis import given
from hypothesis import strategies as st

from chatcli.terminal import cells
from chatcli.terminal.first_echo import MARK, FirstEcho

COLUMNS = 20
SIGNS = ["a", "Z", " ", "~", "é", "ж", "ß", "日", "한", "ﾊ", "Ａ", "e\u0301", "日\u0301"]
OTHERS = [
    "\N{GRINNING FACE}",
    "\r",
    "\x1b[A",
    "\x1b[200~x\x1b[201~",
    "\x03",
    "\t",
    "\u200d",
    "\ufe0f",
    "🇩🇪",
    "👍🏽",
    "\u1100\u1161",
    "\x00",
    "\ufffe",
]
typed = st.lists(st.sampled_from([*SIGNS, "\x7f", "\x08"]), max_size=30)


def drawn(*pieces: bytes, columns: int = COLUMNS) -> tuple[str, int]:
    """Return the row that a terminal shows after these pieces, and the cells that are said to be taken."""
    screen = pyte.Screen(columns, 3)
    stream, echo = pyte.Stream(screen), FirstEcho(columns)
    stream.feed(MARK)
    for piece in pieces:
        stream.feed(echo.feed(piece, columns))
    assert screen.cursor.y == 0
    assert screen.cursor.x == echo.cells
    return screen.display[0].rstrip(" "), echo.cells


def row_of(keys: list[str]) -> str:
    """Return the row of a prompt after *keys* as far as there is room."""
    signs: list[str] = []
    for key in keys:
        if key in "\x7f\x08":
            del signs[-1:]
        elif cells.width(MARK + "".join(signs) + key) >= COLUMNS:
            break
        else:
            signs.append(key)
    screen = pyte.Screen(COLUMNS, 3)
    pyte.Stream(screen).feed(MARK + "".join(signs))
    return screen.display[0].rstrip(" ")


@given(typed)
def test_the_row_is_that_of_the_prompt_until_it_is_full(keys: list[str]) -> None:
    row, _ = drawn("".join(keys).encode())

    assert row == row_of(keys)


@given(st.lists(st.sampled_from([*SIGNS, *OTHERS, "\x7f"]), max_size=12), st.data())
def test_any_cut_of_the_bytes_draws_the_same(keys: list[str], data: st.DataObject) -> None:
    whole = "".join(keys).encode()
    cuts = sorted(data.draw(st.lists(st.integers(0, len(whole)), max_size=6)))
    pieces = [whole[begin:end] for begin, end in zip([0, *cuts], [*cuts, len(whole)], strict=True)]

    assert drawn(*pieces) == drawn(whole)


@pytest.mark.parametrize("key", OTHERS, ids=ascii)
def test_after_a_key_that_only_the_prompt_can_follow_nothing_is_echoed(key: str) -> None:
    row, taken = drawn(b"ab", key.encode(), b"cd")

    assert row.startswith("> ab")
    assert "cd" not in row
    assert taken <= 6


def test_a_window_of_another_width_ends_the_echo() -> None:
    echo = FirstEcho(COLUMNS)

    assert echo.feed(b"a", COLUMNS) == "a"
    assert echo.feed(b"b", COLUMNS - 1) == ""
    assert echo.feed(b"c", COLUMNS) == ""
