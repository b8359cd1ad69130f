"""A list is searched by typing and gone when something is chosen; on a plain terminal it is numbered."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from prompt_toolkit.data_structures import Size
from prompt_toolkit.input import create_pipe_input
from prompt_toolkit.output.vt100 import Vt100_Output

from chatcli.input.choices import ChoiceList, ChoiceRow, Preview
from chatcli.input.picker import Picker, PickerLook
from chatcli.input.plain_picker import PlainPicker
from tests.support.screen import Screen

ROWS = [ChoiceRow("a", "apple", "red"), ChoiceRow("b", "banana"), ChoiceRow("c", "cherry", "red")]
UP, DOWN, PAGE_DOWN = "\x1b[A", "\x1b[B", "\x1b[6~"


def pick(
    keys: str,
    *,
    title: str = "Which?",
    ascii_only: bool = False,
    rows: Sequence[ChoiceRow] = ROWS,
    columns: int = 40,
    search: Callable[[str], Sequence[ChoiceRow]] | None = None,
    current: str = "",
) -> tuple[str | None, str]:
    """Return what is picked with *keys*, and all that was written."""
    written = io.StringIO()
    with create_pipe_input() as pipe:
        pipe.send_text(keys)
        output = Vt100_Output(written, lambda: Size(rows=12, columns=columns), term="xterm")
        picker = Picker(PickerLook(ascii_only=ascii_only), input=pipe, output=output)
        picked = picker.pick(ChoiceList(title, rows, search, current))
    return picked, written.getvalue()


@pytest.mark.parametrize(
    ("keys", "picked"),
    [
        ("\r", "a"),
        (f"{DOWN}\r", "b"),
        (f"{DOWN}{DOWN}{DOWN}{DOWN}{UP}\r", "b"),
        (f"{PAGE_DOWN}\r", "c"),
        ("ban\r", "b"),
        (f"red{DOWN}\r", "c"),
        (f"{DOWN}{DOWN}app\r", "a"),
        ("nothing\r", None),
        ("\x03", None),
        ("\x07", None),
        ("\x1b", None),
    ],
    ids=repr,
)
def test_keys_choose(keys: str, picked: str | None) -> None:
    assert pick(keys)[0] == picked


KEYS = st.one_of(
    st.characters(max_codepoint=0x2FF).map(str),
    st.sampled_from(
        ["\x1b", UP, DOWN, "\x1b[Z", "\x1b[I", "\x1b[57399u", "\x1b[200~a\nb\x1b[201~", "\x1bOP", "\x18\x05"]
    ),
)


@settings(max_examples=60, deadline=None)
@given(st.lists(KEYS, max_size=4))
def test_no_keys_break_the_list(keys: list[str]) -> None:
    picked, written = pick("".join(keys).replace("\x1a", "") + "\r\x1b\x03")

    assert picked in (None, "a", "b", "c")
    assert "Traceback" not in written
    assert "ENTER" not in written


@pytest.mark.parametrize(
    "reply", ["\x1b[I", "\x1b]11;rgb:1e1e/1e1e/1e1e\x1b\\", "\x1b[12;40R", "\x1b[<0;1;1M", "\x1b[M !!"], ids=repr
)
def test_what_a_terminal_says_leaves_the_list_as_it_is(reply: str) -> None:
    assert pick(f"{DOWN}{reply}\r")[0] == "b"


@pytest.mark.parametrize("key", ["\x1b[1;3D", "\x1b\x1b[D", "\x1b[2;3~", "\x1b[1;4H"], ids=repr)
def test_a_key_with_alt_does_not_close_the_list(key: str) -> None:
    assert pick(f"{DOWN}{key}\r")[0] == "b"


@pytest.mark.parametrize(
    ("keys", "picked"),
    [("bax\x7fn\r", "b"), ("red\x17ban\r", "b"), ("x\x15che\r", "c"), ("hery\x1b[Hc\r", None), ("herry\x01c\r", "c")],
    ids=repr,
)
def test_the_search_is_edited(keys: str, picked: str | None) -> None:
    assert pick(keys)[0] == picked


def test_nothing_of_the_list_stays_on_the_screen() -> None:
    screen = Screen(40, 12, answer=lambda _report: None)

    _, written = pick(f"{DOWN}\r")
    screen.feed(written.encode())

    assert "banana" in written
    assert [row for row in screen.rows if row] == []


def test_a_search_of_ones_own_gives_the_rows() -> None:
    assert pick("xy\r", search=lambda typed: [ChoiceRow(typed, "found")])[0] == "xy"


def test_what_others_wrote_cannot_drive_the_terminal() -> None:
    _, written = pick("\r", rows=[ChoiceRow("a", "\x1b]0;title\x07evil\nnext", "\x9b2J")])

    assert "\x1b]0" not in written
    assert "^[]0;title^Gevil next" in written


def test_a_row_is_never_wider_than_the_screen() -> None:
    screen = Screen(12, 12, answer=lambda _report: None)

    _, written = pick("\r", rows=[ChoiceRow("a", "漢字" * 20, "hint"), ChoiceRow("b", "next")], columns=12)
    screen.feed(written.partition("\x1b[?25l\x1b[0m\x1b[2A")[0].encode())

    assert "漢字漢字…" in written
    assert "漢字漢字漢" not in written


@pytest.mark.parametrize(("typed", "picked"), [("2\n", "b"), ("\n", None), ("9\n", None), ("x\n", None), ("", None)])
def test_on_a_plain_terminal_rows_are_chosen_by_number(typed: str, picked: str | None) -> None:
    screen = io.StringIO()

    assert PlainPicker(io.StringIO(typed), screen).pick(ChoiceList("Which?", ROWS)) == picked

    assert screen.getvalue().splitlines()[:2] == ["   1  apple  (red)", "   2  banana"]


def test_ctrl_c_closes_a_list_that_is_read_by_number() -> None:
    @contextmanager
    def pressed() -> Iterator[None]:
        yield
        raise KeyboardInterrupt

    screen = io.StringIO()

    assert PlainPicker(io.StringIO("2\n"), screen, guard=pressed).pick(ChoiceList("3 hits", ROWS)) is None

    assert screen.getvalue().endswith("3 hits\nNumber, or empty for none: \n")


def test_the_cursor_begins_on_what_is_in_use() -> None:
    assert pick("\r", current="b")[0] == "b"
    assert pick("ch\r", current="b")[0] == "c"


@pytest.mark.parametrize("rows", [24, 12, 8, 4])
@pytest.mark.parametrize("columns", [80, 40, 20, 10])
def test_a_title_is_shown_whole_where_there_is_room_and_leaves_some_for_the_rows(columns: int, rows: int) -> None:
    title = "This chat is not saved and would be lost (/save saves it). Start a new one?"
    shown = "".join(drawn(title, columns, rows).split())
    question, _, listed = shown.partition("/>")

    assert question.endswith("…") != ((columns >= 40 and rows >= 8) or columns == 80)
    assert title.replace(" ", "").startswith(question.rstrip("…"))
    assert "apple" in listed


def test_a_title_that_does_not_fit_ends_with_a_whole_word_and_a_mark() -> None:
    title = "Now “qwen” of mine. Which model? " * 5

    assert drawn(title, 20, 12).split("\n")[3] == "Which model? Now…"
    assert 'Now "qwen" of mine.' in pick("\x03", title=title, columns=20, ascii_only=True)[1]
    assert "Which model? Now..." in pick("\x03", title=title, columns=20, ascii_only=True)[1]


def drawn(title: str, columns: int, rows: int) -> str:
    """Return the screen while the list is open."""
    screens: list[str] = []
    screen = Screen(columns, rows, answer=lambda _report: None)

    class Recorder(io.StringIO):
        def write(self, text: str) -> int:
            screen.feed(text.replace("\n", "\r\n").encode())
            screens.append("\n".join(screen.rows))
            return len(text)

    with create_pipe_input() as pipe:
        pipe.send_text("\x03")
        output = Vt100_Output(Recorder(), lambda: Size(rows=rows, columns=columns), term="xterm")
        Picker(input=pipe, output=output).pick(ChoiceList(title, ROWS))
    return max(screens, key=lambda shown: len(shown.strip()))


def test_a_list_is_ascii_where_only_that_is_known() -> None:
    rows = [ChoiceRow("a", "a question → “an answer” " * 3, "8k · vision"), ChoiceRow("b", "b", "8k · $1 / $2")]

    assert pick("\x03", rows=rows, ascii_only=True)[1].isascii()


@pytest.mark.parametrize(("rows", "is_shown"), [(12, True), (8, False)], ids=["room", "no room"])
def test_a_preview_stands_below_the_rows_where_there_is_room(rows: int, is_shown: bool) -> None:
    look = PickerLook(draw=lambda preview: f"{preview.markdown} in {preview.theme}")
    written = io.StringIO()
    with create_pipe_input() as pipe:
        pipe.send_text("\r")
        output = Vt100_Output(written, lambda: Size(rows=rows, columns=30), term="xterm")
        picker = Picker(look, input=pipe, output=output)
        picked = picker.pick(ChoiceList("Which?", ROWS, preview=lambda key: Preview("code\ncode\ncode", key)))

    assert picked == "a"
    assert ("code in a" in written.getvalue()) == is_shown
    assert "cherry" in written.getvalue()
