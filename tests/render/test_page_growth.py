"""Words that only make the last row longer are drawn without drawing the block, and look the same."""

from __future__ import annotations

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from chatcli.render.look import Look
from chatcli.render.page import Page
from chatcli.render.rows import ScreenRow

WORDS = ["wo", "rds ", " ", "a, b", "漢字", "，", "www", "x" * 20, "1", "end. So", ": ", "!", '"', "-"]
MARKS = ["*", "**", "`", "_", "[a](", ".", "\n", "- ", "<b", "> ", "www.", "https://", "@", "2. ", "|"]
PIECES = st.lists(st.sampled_from(WORDS + MARKS), max_size=14)


def rows(text: str, width: int) -> list[ScreenRow]:
    page = Page(Look())
    page.feed(text)
    final, live = page.draw(width, 50)
    return [*final, *live]


def assert_grows_as_drawn(text: str, pieces: list[str], width: int) -> None:
    """Feed *pieces* to a page that shows *text*; a row that grows must be the last row of one render of the whole."""
    page = Page(Look())
    if text:
        page.feed(text)
        page.draw(width, 50)
    for piece in pieces:
        page.feed(piece)
        text += piece
        grown = page.grow(width)
        if grown is None:
            page.draw(width, 50)
        else:
            assert grown._replace(size=0) == rows(text, width)[-1]._replace(size=0)


@given(PIECES, st.sampled_from([11, 24, 60]))
@example(["wo", "**", "rds ", "**", "wo", "rds "], 60)
@example(["wo", "rds ", "wo"], 60)
@example(["www.", "wo", "!", " "], 60)
@example(["https://", "wo", " "], 60)
def test_a_row_that_grows_is_the_row_that_would_be_drawn(pieces: list[str], width: int) -> None:
    assert_grows_as_drawn("", pieces, width)


def test_most_of_prose_grows() -> None:
    page = Page(Look())
    page.feed("It was")
    page.draw(60, 50)

    grown = []
    for piece in (" the best", " of ", "times, it", " "):
        page.feed(piece)
        grown.append(page.grow(60))

    assert [row.text if row else None for row in grown] == [
        "It was the best",
        "It was the best of",
        "It was the best of times, it",
        "It was the best of times, it",
    ]


@given(
    st.lists(st.sampled_from(["x", " = ", "f(1)", "  ", "#", "`", "\n", "字", "\t"]), max_size=14),
    st.sampled_from([11, 60]),
)
def test_a_line_of_code_that_grows_is_the_line_that_would_be_drawn(pieces: list[str], width: int) -> None:
    assert_grows_as_drawn("```\nif ", pieces, width)


@pytest.mark.parametrize("piece", ["*", "\n", "x" * 60, "`a", ". www", "1|2"])
def test_what_may_change_more_is_drawn(piece: str) -> None:
    page = Page(Look())
    page.feed("It was")
    page.draw(60, 50)

    page.feed(piece)

    assert page.grow(60) is None
