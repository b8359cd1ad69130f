"""After the window has got narrower, the first row of the draft is found again."""

from __future__ import annotations

import pytest

from chatcli.terminal.reflow import breaks_rows, reflowed


@pytest.mark.parametrize(
    ("widths", "cursor", "columns", "place"),
    [
        ([20], (20, 0), 80, (20, 0)),
        ([100, 40], (40, 1), 90, (40, 2)),
        ([100, 40], (40, 1), 50, (40, 2)),
        ([100, 70], (70, 1), 50, (20, 3)),
        ([0, 10], (9, 1), 5, (4, 2)),
        ([0, 10], (10, 1), 5, (5, 2)),
        ([0, 10], (11, 1), 5, (1, 3)),
        ([50, 50], (3, 1), 50, (3, 1)),
    ],
)
def test_the_cursor_moves_with_its_row(
    widths: list[int], cursor: tuple[int, int], columns: int, place: tuple[int, int]
) -> None:
    assert reflowed(widths, cursor, columns=columns) == place


@pytest.mark.parametrize(
    ("environ", "breaks"),
    [
        ({"TERM": "xterm-256color"}, True),
        ({"TERM": "xterm-256color", "XTERM_VERSION": "XTerm(390)"}, False),
        ({"TERM": "linux"}, False),
        ({"TERM": "vt100"}, False),
        ({"TERM": "screen"}, True),
        ({"TERM": "screen-256color"}, True),
        ({"TERM": "screen.xterm-256color", "XTERM_VERSION": "XTerm(390)", "STY": "1.pts-0"}, True),
        ({"TERM": "tmux-256color", "XTERM_VERSION": "XTerm(390)"}, True),
        ({"TERM": "screen-256color", "TMUX": "/tmp/tmux"}, True),
    ],
)
def test_terminals_break_rows_or_cut_them(environ: dict[str, str], breaks: bool) -> None:
    assert breaks_rows(environ) is breaks
