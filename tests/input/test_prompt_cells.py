from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st
from prompt_toolkit.utils import get_cwidth

from chatcli.terminal import cells
from tests.input.conftest import OpenTypist, Step, Typist

CHARACTERS = [
    "a",
    "日",
    "\U0001f600",
    "e\u0301",
    "\U0001f468\u200d\U0001f469\u200d\U0001f467\u200d\U0001f466",
    "\U0001f44d\U0001f3fd",
    "\u2764\ufe0f",
    "1\ufe0f\u20e3",
    "\U0001f1eb\U0001f1f7",
    "\U0001f3f4\U000e0067\U000e0062\U000e0065\U000e006e\U000e0067\U000e007f",
    "\u1112\u1161\u11ab",
    "한",
    "각\u11a8",
    "ｶﾞ",
    "नि",
]


def ends(text: str) -> list[int]:
    """Return where characters end, going forward."""
    places = [0]
    while places[-1] < len(text):
        places.append(cells.following(text, places[-1]))
    return places


@pytest.mark.parametrize("character", CHARACTERS)
def test_one_character_is_one_step_in_both_directions(character: str) -> None:
    text = f"x{character}y"

    assert cells.previous(text, len(text) - 1) == 1
    assert cells.following(text, 1) == len(text) - 1


@given(st.lists(st.sampled_from([*CHARACTERS, "\n", "\N{ZERO WIDTH JOINER}"])).map("".join))
def test_backward_and_forward_find_the_same_places(text: str) -> None:
    back = [len(text)]
    while back[-1] > 0:
        back.append(cells.previous(text, back[-1]))

    assert back[::-1] == ends(text)


def test_flags_are_pairs() -> None:
    flags = "\U0001f1eb\U0001f1f7\U0001f1e9\U0001f1ea"

    assert ends(flags) == [0, 2, 4]


def test_newline_joins_nothing() -> None:
    assert ends("a\n\u0301b") == [0, 1, 2, 3, 4]


def test_edges_stay() -> None:
    assert cells.previous("ab", 0) == 0
    assert cells.following("ab", 2) == 2


@pytest.mark.parametrize(
    ("text", "width"),
    [
        ("", 0),
        ("abc", 3),
        ("日本", 4),
        ("é", 1),
        ("e\u0301", 1),
        ("a\u200bb", 2),
        ("\xad", 1),
        ("\U0001f600", 2),
        ("ｶ", 1),
    ],
)
def test_width_in_cells(text: str, width: int) -> None:
    assert cells.width(text) == width


@pytest.mark.parametrize(
    ("text", "columns", "broken"),
    [
        ("one two three", 80, "one two three"),
        ("one two three", 7, "one two\nthree"),
        ("one two three", 3, "one\ntwo\nthree"),
        ("a incomprehensible b", 6, "a\nincomprehensible\nb"),
        ("漢字 漢字 a", 9, "漢字 漢字\na"),
        ("没有空格的句子", 6, "没有空\n格的句\n子"),
        ("请设置 PATH，再（重新）运行", 11, "请设置\nPATH，再\n（重新）运\n行"),
        ("", 5, ""),
    ],
    ids=[
        *("it fits", "full lines", "one word a line", "a long word stays whole", "wide characters", "no spaces"),
        *("marks stay with their words", "nothing"),
    ],
)
def test_a_line_is_broken_between_words(text: str, columns: int, broken: str) -> None:
    assert cells.wrap_words(text, columns) == broken


@given(st.text("ab 漢，（"), st.integers(1, 20))
def test_a_broken_line_loses_nothing_and_fits_but_for_words_that_cannot(text: str, columns: int) -> None:
    lines = cells.wrap_words(text, columns).split("\n")

    assert "".join(lines).replace(" ", "") == text.replace(" ", "")
    assert all(cells.width(line) <= columns or not re.search(r" |[ab漢，]漢|漢[ab（]", line) for line in lines)
    assert not any(re.match("，", line) and f" {line}" not in f" {text}" for line in lines)


VARIOUS = [character for character in CHARACTERS if cells.is_drawn_variously(character)]


@pytest.mark.parametrize("joins", [True, False], ids=["joins", "adds up"])
def test_cursor_stands_right_beside_characters_that_terminals_draw_variously(
    typist: OpenTypist, *, joins: bool
) -> None:
    """The mark and the words around stay where they are, and each such character takes two cells."""
    assert len(VARIOUS) > 5
    for character in VARIOUS:
        typing = typist(joins=joins)
        columns: list[int] = []

        def note(typing: Typist = typing, columns: list[int] = columns) -> None:
            columns.append(typing.column)

        def see(typing: Typist = typing) -> None:
            assert typing.rows[0].startswith("> X")
            assert typing.rows[0].endswith(" ab")

        keys: list[Step] = [
            f"{character} ab",
            note,
            "\x1b[D\x1b[D\x1b[D",
            note,
            "\x1b[D",
            note,
            "\x05",
            note,
            "\x01X",
            see,
            "\r",
        ]

        assert typing.read(*keys) == f"X{character} ab"
        assert columns == [7, 4, 2, 7], character


def test_character_that_is_drawn_variously_wraps_as_a_whole(typist: OpenTypist) -> None:
    typing = typist(columns=10, joins=True)
    family = CHARACTERS[4]

    assert typing.read(f"abcdef {family}", typing.sees("> abcdef", f"  {family}"), "\r") == f"abcdef {family}"


@pytest.mark.parametrize("character", ["\U0001f1eb\U0001f1f7", "日", "\U0001f600", "e\u0301", "a"])
def test_the_prompt_counts_cells_as_tables_and_toolbar_do(typist: OpenTypist, character: str) -> None:
    assert typist().read(character, "\r") == character
    assert get_cwidth(character) == cells.width(character)
