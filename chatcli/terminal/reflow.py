"""Computes where rows stand after a terminal has broken them for a new width, and how they are erased; pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

# From the beginning of a row. tmux and others move the screen into their history when all of it is erased at once.
ERASE_DOWN = "\x1b[K\x1b[C\x1b[J\r"
_CUTTING = ("linux", "rxvt", "vt")  # beginnings of TERM where rows that are too long are cut
_MULTIPLEXERS = ("screen", "tmux")  # what tmux and GNU screen call themselves, to programs behind ssh too


def is_in_multiplexer(environ: Mapping[str, str]) -> bool:
    """Return whether tmux or GNU screen draws the terminal, here or at the other end of an ssh connection."""
    return bool(environ.get("TMUX")) or environ.get("TERM", "").startswith(_MULTIPLEXERS)


def breaks_rows(environ: Mapping[str, str]) -> bool:
    """Return whether the terminal breaks rows that have become too long."""
    cuts = environ.get("XTERM_VERSION") or environ.get("TERM", "").startswith(_CUTTING)
    return is_in_multiplexer(environ) or not cuts


def reflowed(widths: Sequence[int], cursor: tuple[int, int], *, columns: int) -> tuple[int, int]:
    """Return column and row of *cursor* after rows of these *widths* were broken into *columns*.

    Blanks before the cursor count. Behind the last sign of a row that is full it stays in that row.
    """
    column, row = cursor
    piece = min(column // max(columns, 1), height([max(widths[row], column)], columns) - 1)
    return column - piece * columns, height(widths[:row], columns) + piece


def height(widths: Sequence[int], columns: int) -> int:
    """Return how many rows those of these *widths* take when they are broken into *columns*."""
    return sum(max(-(-width // max(columns, 1)), 1) for width in widths)
