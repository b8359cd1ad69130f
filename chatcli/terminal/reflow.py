"""Computes where rows stand after a terminal has broken them for a new width; pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

_CUTTING = ("linux", "rxvt", "screen", "vt")  # beginnings of TERM where rows that are too long are cut


def breaks_rows(environ: Mapping[str, str]) -> bool:
    """Tell whether the terminal breaks rows that have become too long."""
    is_inner = bool(environ.get("TMUX"))
    return is_inner or not (environ.get("XTERM_VERSION") or environ.get("TERM", "").startswith(_CUTTING))


def reflowed(widths: Sequence[int], cursor: tuple[int, int], *, columns: int) -> tuple[int, int]:
    """Return column and row of *cursor* after rows of these *widths* were broken into *columns*."""
    columns = max(columns, 1)
    column, row = cursor
    above = sum(max(-(-width // columns), 1) for width in widths[:row])
    return column % columns, above + column // columns
