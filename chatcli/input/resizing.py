"""Redraws after the window gets narrower, when most terminals have already rewrapped the prompt.

prompt-toolkit goes back over as many rows as it has drawn, and would leave the others as copies of the draft. How many
there are now follows from their widths. xterm and its kin cut rows instead, and nothing has moved there.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TypeVar

from prompt_toolkit.application import Application
from prompt_toolkit.data_structures import Point
from prompt_toolkit.layout.screen import Screen

T = TypeVar("T")

_CUTTING = ("linux", "rxvt", "screen", "vt")  # beginnings of TERM where rows that are too long are cut


class ReflowingApplication(Application[T]):
    """An application that finds its first row again; *breaks_rows* tells that the terminal breaks long rows."""

    breaks_rows = True

    def _on_resize(self) -> None:
        screen, renderer = self.renderer.last_rendered_screen, self.renderer
        if self.breaks_rows and screen is not None:
            columns = self.output.get_size().columns
            renderer._cursor_pos = reflowed(row_widths(screen), renderer._cursor_pos, columns=columns)
        super()._on_resize()


def breaks_rows(environ: Mapping[str, str]) -> bool:
    """Tell whether the terminal breaks rows that have become too long."""
    is_inner = bool(environ.get("TMUX"))
    return is_inner or not (environ.get("XTERM_VERSION") or environ.get("TERM", "").startswith(_CUTTING))


def row_widths(screen: Screen) -> list[int]:
    """Return how many cells each row of *screen* takes up to its last sign."""
    rows = (screen.data_buffer[number] for number in range(screen.height))
    return [
        max((position + cell.width for position, cell in row.items() if cell.char.strip()), default=0) for row in rows
    ]


def reflowed(widths: Sequence[int], cursor: Point, *, columns: int) -> Point:
    """Return where *cursor* is after rows of these *widths* were broken into *columns*."""
    columns = max(columns, 1)
    above = sum(max(-(-width // columns), 1) for width in widths[: cursor.y])
    return Point(x=cursor.x % columns, y=above + cursor.x // columns)
