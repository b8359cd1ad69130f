from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chatcli.terminal.paste import Cleaned, Pastes, clean_paste, is_long, is_stand_in, is_unmarked_paste, strip_controls
from chatcli.text.units import format_extent

LONG = "\n".join(f"line {number}" for number in range(11))


@given(st.text())
def test_nothing_that_drives_a_terminal_is_left(text: str) -> None:
    cleaned = strip_controls(text)

    assert all(unicodedata.category(character) != "Cc" or character in "\n\t" for character in cleaned.text)
    assert not any(map(is_stand_in, cleaned.text))
    cleaned.text.encode()


@given(st.text(alphabet="a\t\n\r\x1b\x9b\U0010f000\ud83d\ude00"))
def test_cleaning_counts_and_does_nothing_twice(text: str) -> None:
    cleaned = strip_controls(text)

    assert strip_controls(cleaned.text) == Cleaned(cleaned.text, 0)
    assert cleaned.removed == sum(text.count(unwanted) for unwanted in "\x1b\x9b\U0010f000")


@pytest.mark.parametrize(
    ("pasted", "text"),
    [
        pytest.param("a\r\nb\rc\nd", "a\nb\nc\nd", id="newlines"),
        pytest.param("one line\n", "one line", id="final newline of one line"),
        pytest.param("a\nb\n", "a\nb\n", id="final newline of several"),
        pytest.param("\n", "", id="only a newline"),
        pytest.param("\ta  b\n\n  c", "\ta  b\n\n  c", id="blanks"),
        pytest.param("a\x1b[201~\x00\x7f\x9bb", "a[201~b", id="controls"),
        pytest.param("\ud83d\ude00\ud83d", "\U0001f600\N{REPLACEMENT CHARACTER}", id="surrogates"),
        pytest.param("", "", id="nothing"),
    ],
)
def test_paste_is_cleaned(pasted: str, text: str) -> None:
    assert clean_paste(pasted).text == text


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param("\n".join("x" * 10), False, id="ten lines"),
        pytest.param("\n".join("x" * 11), True, id="eleven lines"),
        pytest.param("x\n" * 10, False, id="ten lines and a final newline"),
        pytest.param("x" * 1000, False, id="thousand characters"),
        pytest.param("x" * 1001, True, id="more"),
    ],
)
def test_long_is_more_than_ten_lines_or_a_thousand_characters(text: str, expected: bool) -> None:
    assert is_long(text) is expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param("hello\r", False, id="a line and its enter"),
        pytest.param("hello\rworld", True, id="text after enter"),
        pytest.param("hello\r\n\tworld\r", True, id="indented text after enter"),
        pytest.param("hello\r\x04", False, id="a key after enter"),
        pytest.param("a\nb", False, id="ctrl-j"),
        pytest.param("x" * 1001, True, id="a thousand characters at once"),
    ],
)
def test_text_after_enter_was_pasted(text: str, expected: bool) -> None:
    assert is_unmarked_paste(text) is expected


@pytest.mark.parametrize(
    ("text", "words"),
    [
        pytest.param("x", "1 line, 1 B", id="one"),
        pytest.param("é\n" * 213, "213 lines, 639 B", id="bytes, not characters"),
        pytest.param("a\n" * 200 + "b", "201 lines, 401 B", id="without a final newline"),
        pytest.param("x" * 9100, "1 line, 9.1 kB", id="kilobytes"),
        pytest.param("x" * 2_500_000, "1 line, 2.5 MB", id="megabytes"),
    ],
)
def test_length_is_told(text: str, words: str) -> None:
    assert format_extent(text) == words


def test_long_paste_is_one_character_until_it_is_sent() -> None:
    pastes = Pastes()

    folded = pastes.fold(LONG)

    assert len(folded) == 1
    assert is_stand_in(folded)
    assert pastes.label(folded) == "[Pasted #1: 11 lines, 77 B]"
    assert pastes.expand(f"see {folded}!") == f"see {LONG}!"


def test_short_paste_is_text() -> None:
    assert Pastes().fold("short") == "short"


def test_each_paste_has_its_number_and_the_same_one_again() -> None:
    pastes = Pastes()

    first, second, again = pastes.fold(LONG), pastes.fold(LONG + "!"), pastes.fold(LONG)

    assert first == again != second
    assert "#2" in pastes.label(second)


def test_label_typed_by_hand_is_text() -> None:
    pastes = Pastes()
    pastes.fold(LONG)

    assert pastes.expand("[Pasted #1: 11 lines, 77 B]") == "[Pasted #1: 11 lines, 77 B]"


def test_edited_text_is_folded_again_where_it_still_holds_a_paste() -> None:
    pastes = Pastes()
    inner = pastes.fold(LONG)
    outer = pastes.fold(f"{LONG}\n{LONG}")

    assert pastes.refold(f"a {LONG} b") == f"a {inner} b"
    assert pastes.refold(f"{LONG}\n{LONG}") == outer


def test_preview_shows_both_ends() -> None:
    pastes = Pastes()

    assert pastes.preview(pastes.fold(LONG)).split("\n") == [
        "line 0",
        "line 1",
        "line 2",
        "... 5 lines ...",
        "line 8",
        "line 9",
        "line 10",
    ]
    assert pastes.preview(pastes.fold(LONG + "\n")) == pastes.preview(pastes.fold(LONG))
    assert pastes.preview(pastes.fold("x" * 1001)) == "x" * 1001


def test_more_pastes_than_there_are_characters_stay_text() -> None:
    pastes = Pastes()
    folded = [pastes.fold(f"{LONG}{number}") for number in range(4095)]

    assert sum(map(is_stand_in, folded)) == 4094
    assert folded[-1] == f"{LONG}4094"


def test_stand_in_of_another_run_is_nothing() -> None:
    assert Pastes().expand("a\U0010f005b") == "ab"


def test_expanded_paste_is_found_around_the_cursor() -> None:
    pastes = Pastes()
    pastes.fold(LONG)
    text = f"ab{LONG}cd"

    assert pastes.around(text, 5) == (2, 2 + len(LONG))
    assert pastes.around(text, 2 + len(LONG)) == (2, 2 + len(LONG))
    assert pastes.around("other", 2) is None
