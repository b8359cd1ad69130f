"""Text is cut by cells: whole words where that is possible, whole characters always."""

from __future__ import annotations

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
