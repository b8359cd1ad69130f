from __future__ import annotations

import pytest

from tests.support.screen import Screen


def screen(columns: int = 10, rows: int = 4) -> Screen:
    return Screen(columns, rows, answer=list[bytes]().append)


UNSHOWN = [
    pytest.param(b"\x1b[<u", id="kitty pop"),
    pytest.param(b"\x1b[>1u", id="kitty push"),
    pytest.param(b"\x1b[?u", id="kitty question"),
    pytest.param(b"\x1b[>4;1m", id="modifyOtherKeys"),
    pytest.param(b"\x1b[?4m", id="modifyOtherKeys question"),
    pytest.param(b"\x1b[4:3m", id="curly underline"),
    pytest.param(b"\x1b[!p", id="soft reset"),
    pytest.param(b"\x1b[2 q", id="cursor shape"),
    pytest.param(b"\x1b[?2026$p", id="mode question"),
    pytest.param(b"\x1b[?2026h\x1b[?2026l", id="synchronised output"),
    pytest.param(b"\x1bP+q544e\x1b\\", id="DCS"),
    pytest.param(b"\x1b_Ga=q;\x1b\\", id="APC"),
    pytest.param(b"\x1b]8;;http://x\x1b\\", id="link"),
    pytest.param(b"\x1b[38;5;9m\x1b[0m", id="colour"),
]


@pytest.mark.parametrize("sequence", UNSHOWN)
def test_sequences_leave_no_text_however_they_are_cut(sequence: bytes) -> None:
    data = b"a" + sequence + b"b"

    for cut in range(len(data) + 1):
        page = screen()
        page.feed(data[:cut])
        page.feed(data[cut:])
        assert page.rows == ["ab", "", "", ""], cut


def test_wide_character_moves_whole_to_the_next_line() -> None:
    page = screen(columns=4)

    page.feed("abc文日".encode())

    assert page.rows[:2] == ["abc", "文日"]


def test_history_holds_each_row_once() -> None:
    page = screen(rows=3)

    page.feed(b"".join(b"%d\r\n" % number for number in range(100)))

    assert page.history == [*map(str, range(100)), ""]


def test_lost_rows_leave_at_the_top_only_as_far_as_the_cursor_needs() -> None:
    page = screen(rows=6)
    page.feed(b"1\r\n2\r\n3")

    page.resize(10, 4)
    assert page.rows == ["1", "2", "3", ""]
    page.resize(10, 2)

    assert page.rows == ["2", "3"]
    assert page.history == ["1", "2", "3"]
    page.feed(b"!")
    assert page.rows == ["2", "3!"]
    page.resize(20, 5)
    assert page.rows == ["2", "3!", "", "", ""]


def test_modes_title_and_cursor_are_seen() -> None:
    page = screen()

    page.feed(b"\x1b[?2004h\x1b[?25l\x1b]2;name\x07xy")

    assert 2004 in page.modes
    assert 25 not in page.modes
    assert page.title == "name"
    assert page.cursor == (2, 0)


def test_titles_have_a_stack() -> None:
    page = screen()

    page.feed(b"\x1b]2;a\x07\x1b[22;2t\x1b]2;b\x07\x1b[22;2t\x1b]2;c\x07")
    titles = [page.title]
    for _ in range(3):
        page.feed(b"\x1b[23;2t")
        titles.append(page.title)

    assert titles == ["c", "b", "a", "a"]


def test_colours_can_be_read_by_cell() -> None:
    page = screen()

    page.feed(b"\x1b[1;31mr\x1b[0mp")

    assert (page.cell(0, 0).fg, page.cell(0, 0).bold) == ("red", True)
    assert (page.cell(1, 0).fg, page.cell(1, 0).bold) == ("default", False)


def test_position_of_the_cursor_is_reported() -> None:
    reports: list[bytes] = []
    page = Screen(10, 4, answer=reports.append)

    page.feed(b"\r\nab\x1b[6n")

    assert reports == [b"\x1b[2;3R"]


def test_scrollback_goes_only_when_it_is_erased_by_name() -> None:
    page = screen(rows=2)
    page.feed(b"1\r\n2\r\n3")

    page.feed(b"\x1b[2J")
    assert page.history == ["1", "", ""]
    page.feed(b"\x1b[3J")

    assert page.history == ["", ""]


def test_rows_that_scroll_inside_margins_are_no_history() -> None:
    page = screen(rows=4)

    page.feed(b"head\x1b[2;3r\x1b[2;1H1\r\n2\r\n3\r\n4")

    assert page.rows == ["head", "3", "4", ""]
    assert page.history == page.rows
