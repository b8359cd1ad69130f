"""Text is cut by cells: whole words where that is possible, whole characters always."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chatcli.terminal import cells

texts = st.text("ab é日👩‍👩‍👧 ", max_size=40)


@given(texts, st.integers(0, 30), st.sampled_from(["…", "..."]))
def test_what_is_cut_fits_and_is_a_beginning(text: str, columns: int, mark: str) -> None:
    cut = cells.cut_to_width(text, columns, mark=mark)

    assert cells.width(cut) <= columns
    assert cut == text or (cut.endswith(mark[:columns]) and text.startswith(cut.removesuffix(mark[:columns])))


@pytest.mark.parametrize(
    ("text", "columns", "cut"),
    [
        ("a question of words", 19, "a question of words"),
        ("a question of words", 18, "a question of…"),
        ("a question of words", 14, "a question of…"),
        ("a question, of words", 13, "a question…"),
        ("a question of words", 3, "a…"),
        ("antidisestablishment", 8, "antidis…"),
        ("see /a/very/long/path/to/somewhere/else", 34, "see /a/very/long/path/to/somewher…"),
        ("日本語の題名", 7, "日本語…"),
        ("words", 1, "…"),
        ("words", 0, ""),
    ],
)
def test_words_stay_whole_unless_they_are_long(text: str, columns: int, cut: str) -> None:
    assert cells.cut_to_width(text, columns) == cut


def test_fields_leave_whole_in_their_order_and_the_last_one_is_cut() -> None:
    def fit(columns: int) -> str:
        return cells.fit_fields(["one word", "", "two", "three"], columns, dot=", ", mark="…", least=(1, 3, 2))

    assert [fit(columns) for columns in (20, 19, 13, 12, 7)] == [
        "one word, two, three",
        "one word, two",
        "one word, two",
        "one word",
        "one…",
    ]


sentences = st.lists(
    st.sampled_from(["word", "longer-word", "`chat ask`", "`--json`", "文字", "，", "（", "`温度 0`", "。"])
)


@given(sentences.map(" ".join) | sentences.map("".join), st.integers(1, 30))
def test_rows_are_full_and_neither_words_nor_code_are_parted(text: str, columns: int) -> None:
    rows = cells.wrap_words(text, columns).split("\n")

    # A newline takes the place of a space, or stands beside a wide character.
    assert re.fullmatch(" ?".join(map(re.escape, rows)), text)
    assert [row for row in rows if cells.width(row) > columns and _may_part(row, columns)] == []
    codes = [code for code in re.findall("`[^`]+`", text) if cells.width(code) <= columns]
    assert [
        code for code in re.findall("`[^`]+`", "\n".join(rows)) if "\n" in code and code.replace("\n", " ") in codes
    ] == []


def _may_part(row: str, columns: int) -> bool:
    """Return whether there is a space in *row*, outside code that stays whole."""
    return " " in re.sub("`[^`]+`", lambda code: "x" if cells.width(code[0]) <= columns else code[0], row)
