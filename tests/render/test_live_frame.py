"""Frames: what is written for rows that replace others."""

from __future__ import annotations

import re
from itertools import accumulate
from typing import TypeAlias

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from rich.cells import cell_len
from rich.segment import Segment
from rich.style import Style

from chatcli.render.frame import Painter
from chatcli.render.prose import Part, Prefix
from chatcli.render.rows import EMPTY, Flow, ScreenRow, flow, packed
from chatcli.render.theme import PLAIN
from chatcli.render.widths import measure
from chatcli.terminal.cells import characters
from tests.render.stage import trimmed
from tests.support.screen import Screen

BOLD, LINK = Style(bold=True), Style(underline=True, link="https://a.b")
COLUMNS = 8


def row(text: str) -> ScreenRow:
    return packed([Segment(text)])


WRITTEN = {
    "nothing": (["a"], [], ["a"], ""),
    "a_longer_row": (["ab"], [], ["abcd"], "cd"),
    "another_end": (["abc"], [], ["abd"], "\r\x1b[2Cd"),
    "a_shorter_row": (["abcd"], [], ["ab"], "\r\x1b[2C\x1b[K"),
    "a_new_row": (["a"], [], ["a", "b"], "\r\nb"),
    "a_row_becomes_permanent": (["a"], ["a"], ["b"], "\r\nb"),
    "the_last_row_becomes_permanent": (["a"], ["a"], [], "\r\n"),
    "a_row_above_changes": (["a", "b", "c"], [], ["x", "b", "c"], "\x1b[2A\rx\r\n\r\n\x1b[1C"),
    "rows_move_up": (list("abcdef"), [], list("bcdefg"), "\x1b[5A\x1b[1M\x1b[4B\r\ng"),
    "rows_move_up_below_one_that_stays": (list("Habcdef"), [], list("Hcdefgh"), "\x1b[5A\x1b[2M\x1b[3B\r\ng\r\nh"),
    "rows_move_up_and_the_last_one_grows": (list("abcde"), [], [*"bcd", "ef"], "\x1b[4A\x1b[1M\x1b[3B\r\x1b[1Cf"),
    "a_row_changes_in_its_middle": (["a          x"], [], ["ab         x"], "\r\x1b[1Cb\x1b[10C"),
    "a_row_gets_wider_in_its_middle": (["a  x, y and z"], [], ["ab   x, y and z"], "\r\x1b[1C\x1b[2@b \x1b[12C"),
    "fewer_rows": (["a", "b", "c"], [], ["a"], "\x1b[2A\r\n\x1b[J\x1b[A\r\x1b[1C"),
    "fewer_rows_that_change": (["abc", "b"], [], ["abd"], "\x1b[1A\r\x1b[2C\x1b[Jd"),
    "fewer_rows_from_the_left_edge": (["abc", "b"], [], ["xy"], "\x1b[1A\r\x1b[K\x1b[C\x1b[J\rxy"),
    "an_emoji_takes_its_sign_along": (["a\u26a0"], [], ["a\u26a0\ufe0f"], "\r\x1b[Ka\u26a0\ufe0f"),
}


@pytest.mark.parametrize(("old", "permanent", "live", "written"), WRITTEN.values(), ids=WRITTEN)
def test_only_what_changes_is_written(old: list[str], permanent: list[str], live: list[str], written: str) -> None:
    painter = Painter()
    painter.paint([], [row(text) for text in old])

    assert painter.paint([row(text) for text in permanent], [row(text) for text in live]) == written


def test_attributes_and_links_end_with_their_text() -> None:
    segments = [Segment("a"), Segment("b", BOLD), Segment("c", LINK), Segment("d", BOLD)]

    written = Painter().paint([], [packed(segments)])

    link = re.sub(r"id=\d+", "", written)
    assert link == "a\x1b[1mb\x1b[0m\x1b]8;;https://a.b\x1b\\\x1b[4mc\x1b[0m\x1b]8;;\x1b\\\x1b[1md\x1b[0m"


def test_a_row_that_the_terminal_breaks_is_written_with_the_next() -> None:
    painter = Painter()
    painter.paint([], flow([("x" * 8, PLAIN)], 8, words=False))

    assert painter.paint([], flow([("x" * 10, PLAIN)], 8, words=False)) == "\r" + "x" * 10


def test_a_row_that_ends_here_after_all_is_erased_as_a_whole() -> None:
    """Some terminals forget only so that it went on in the next one, which copying would join."""
    painter = Painter()
    painter.paint([], flow([("x" * 10, PLAIN)], 8, words=False))

    assert painter.paint([], [row("xxx"), row("yyyy")]) == "\x1b[1A\r\x1b[Kxxx\r\nyyyy"


Content: TypeAlias = list[Part]
# pyte breaks a full row before a sign that takes no cell; terminals do not.
signs = st.sampled_from(["a", "b", " ", "字", "é", "⚠", "⚠\ufe0f"])
texts = st.lists(signs, max_size=14).map("".join)
styles = st.sampled_from([PLAIN, BOLD])
contents = st.lists(st.tuples(texts, styles), max_size=4)
frames = st.lists(st.tuples(contents, contents, st.booleans(), st.booleans()), max_size=8)


def broken(parts: Content, *, words: bool) -> list[ScreenRow]:
    return [row for part in parts for row in flow([part], COLUMNS, words=words)]


@settings(max_examples=100)
@given(frames)
def test_the_screen_shows_the_permanent_rows_and_the_live_ones(
    drawn: list[tuple[Content, Content, bool, bool]],
) -> None:
    painter, screen = Painter(), Screen(COLUMNS, 6, answer=lambda _: None)
    shown: list[ScreenRow] = []
    for permanent, live, words, rests in drawn:
        final, open_rows = broken(permanent, words=words), broken(live, words=words)[-6:]
        screen.feed(painter.paint(final, open_rows, rests=rests).encode())
        shown += final

        assert trimmed(screen.history) == trimmed(part.text for part in [*shown, *open_rows])


cells = st.lists(st.sampled_from(["", "a", "one", "字", "a word", "⚠", "什么"]), min_size=3, max_size=3)
rows_of_cells = st.lists(st.tuples(cells, st.booleans(), st.booleans()), min_size=1, max_size=12)


@settings(max_examples=30)
@given(rows_of_cells)
def test_columns_that_get_wider_stand_as_if_written_so(drawn: list[tuple[list[str], bool, bool]]) -> None:
    """Whatever is inserted where, and wherever the cursor rests."""
    painter, screen = Painter(), Screen(60, 20, answer=lambda _: None)
    table: list[list[str]] = []
    for row_of_cells, is_right, rests in drawn:
        table.append(row_of_cells)
        widths = [max(measure(one[column]) for one in table) for column in range(3)]
        lines = [[_filled(cell, width, is_right) for cell, width in zip(one, widths, strict=True)] for one in table]
        live = [packed([Segment(line[0]), Segment(" │ ", BOLD), Segment(" │ ".join(line[1:]))]) for line in lines]
        screen.feed(painter.paint([], live, rests=rests).encode())

        assert trimmed(screen.history) == trimmed(one.text for one in live)


def _filled(cell: str, width: int, is_right: bool) -> str:
    blanks = " " * (width - measure(cell))
    return blanks + cell if is_right else cell + blanks


def test_the_cursor_rests_where_a_row_grows() -> None:
    painter = Painter()
    painter.paint([], [row(text) for text in ("ab", "cd", "ef")])

    moved = painter.paint([], [row(text) for text in ("ab x", "cd", "ef")], rests=True)

    assert moved.endswith(" x")
    assert painter.paint([], [row(text) for text in ("ab xy", "cd", "ef")], rests=True) == "y"
    assert painter.paint([], [row(text) for text in ("ab xy", "cd", "ef")]) == "\r\n\r\n\x1b[2C"


def test_rows_below_a_resting_cursor_are_erased_when_the_terminal_may_have_moved_them() -> None:
    painter = Painter()
    painter.paint([], [row(text) for text in ("ab", "cd", "ef")])
    painter.paint([], [row(text) for text in ("ab x", "cd", "ef")], rests=True)

    assert painter.cut() == "\r\n\x1b[J\x1b[A"
    assert painter.height == 1
    assert painter.cut() == ""


@settings(max_examples=60)
@given(
    st.lists(st.tuples(st.integers(0, 9), st.integers(0, 3), st.text("ab", max_size=3)), max_size=12), st.integers(0, 2)
)
def test_rows_that_move_up_stand_once(steps: list[tuple[int, int, str]], still: int) -> None:
    """The end of a text that is taller than the screen, of which the last row grows."""
    painter, screen = Painter(), Screen(COLUMNS, 12, answer=lambda _: None)
    above = [row(f"top{number}") for number in range(still)]
    shown = [row("")]
    for number, (added, dropped, text) in enumerate(steps):
        shown[-1] = row((shown[-1].text + text)[:6].strip())
        shown = [*shown[dropped:], *(row(f"{number}.{index}") for index in range(added)), row(text[:3].strip())]
        live = [*above, *shown][-12:]
        screen.feed(painter.paint([], live).encode())

        assert trimmed(screen.history) == trimmed(part.text for part in live)


def test_what_cannot_be_drawn_again_stays() -> None:
    painter = Painter()
    painter.paint([], [row("x" * 8), row("a"), row("b")])

    assert painter.leave(8, 3) == 0
    assert painter.leave(7, 3) == 1
    assert painter.leave(8, 2) == 1
    assert painter.leave(8, 1) == 2


def test_rows_that_stay_are_followed_by_a_new_row() -> None:
    painter = Painter()
    painter.paint([], [row("a"), row("b")])

    assert painter.forget(2) == "\r\n"
    assert painter.height == 1
    assert painter.forget(0) == ""


# Rows ----------------------------------------------------------------------------------------------------------------

WIDTHS = {
    "ascii": ("abc", 3),
    "ideograph": ("字", 2),
    "accent": ("e\u0301", 1),
    "emoji": ("👍", 2),
    "sign": ("\u26a0\ufe0f", 2),
}
WIDTHS |= {
    "family": ("👨\u200d👩", 4),
    "half_a_flag": ("\U0001f1e9", 2),
    "keycap": ("1\ufe0f\u20e3", 2),
    "unknown": ("\U0001fae8", 2),
}


@pytest.mark.parametrize(("text", "cells"), WIDTHS.values(), ids=WIDTHS)
def test_widths_are_those_of_the_widest_terminal(text: str, cells: int) -> None:
    assert measure(text) == cells


@settings(max_examples=300)
@given(
    st.text(
        st.sampled_from("a1字é\u0301⚠\ufe0f\u20e3👍\u200d👩\U0001f3fd\U0001f1e9\u0e33\u1100\u1161\u093f"), max_size=9
    )
)
def test_no_text_is_narrower_than_rich_takes_it_to_be(text: str) -> None:
    """rich crops what it takes to be wider than the row."""
    assert measure(text) >= cell_len(text)


@settings(max_examples=100)
@given(st.text(st.sampled_from("ab 字。（é\u0301⚠\ufe0f👍\u200d\n"), max_size=40), st.integers(1, 12), st.booleans())
@example("。⚠\u0301\ufe0f", 3, False)
def test_rows_hold_the_text_within_the_width(text: str, width: int, words: bool) -> None:
    rows = flow([(text, PLAIN)], width, words=words)

    assert all(part.cells <= max(width, 2) for part in rows)
    assert sum(part.size for part in rows) == len(text)
    assert "".join("".join(part.text.split()) for part in rows) == "".join(text.split())
    assert not any(part.text.endswith(" ") for part in rows if not part.soft)


CHARACTERS = {
    "flags": "🇩🇪🇫🇷",
    "skin_tones": "👍🏽👋🏿",
    "families": "👨\u200d👩\u200d👧",
    "rainbow_flags": "🏳\ufe0f\u200d🌈",
    "keycaps": "1\ufe0f\u20e3",
    "accents": "e\u0301",
    "vowel_signs": "क\u094dषत\u094dर\u093fय",
    "jamo": "\u1112\u1161\u11ab",
    "kana": "ｶ\uff9eか\u3099",
}


@pytest.mark.parametrize("text", CHARACTERS.values(), ids=CHARACTERS)
def test_no_row_ends_within_a_character(text: str) -> None:
    whole = {0, *accumulate(map(len, characters("x" + text * 12)))}

    for width in range(9, 30):
        assert whole.issuperset(accumulate(row.size for row in flow([("x" + text * 12, PLAIN)], width)))


@settings(max_examples=200, deadline=None)
@given(st.text(st.sampled_from("ab 字\n"), max_size=80), st.integers(3, 12), st.data())
def test_rows_of_a_growing_text_are_those_of_the_whole(text: str, width: int, data: st.DataObject) -> None:
    prefix = Prefix((Segment("- "),), (Segment("  "),))
    grown = Flow(width, prefix)
    for end in sorted(data.draw(st.sets(st.integers(0, len(text)), max_size=6))):
        grown.rows([(text[:end], PLAIN)], end)

    rows = grown.rows([(text, PLAIN)], len(text))

    assert rows == flow([(text, PLAIN)], width, prefix=prefix)

    count = data.draw(st.integers(0, len(rows) - 1))
    left = sum(row.size for row in rows[:count])
    if count:
        grown.leave(left, is_parted=rows[count - 1].soft)

    assert grown.rows([(text[left:], PLAIN)], len(text) - left) == rows[count:]


def test_a_prefix_hangs() -> None:
    prefix = Prefix((Segment("- ", BOLD),), (Segment("  "),))

    assert [part.text for part in flow([("aaa bbb\nccc", PLAIN)], 5, prefix=prefix)] == [
        "- aaa",
        "  bbb",
        "  ccc",
    ]


def test_an_empty_text_is_one_empty_row() -> None:
    assert flow([("", PLAIN)], 10) == [EMPTY._replace(size=0)]
