"""Redraws after the window has changed its width, when most terminals have already rewrapped the prompt.

prompt-toolkit goes back over as many rows as it has drawn, and would leave the others as copies of the draft. How many
there are now follows from their widths. xterm and its kin cut rows instead, and nothing has moved there.

While a window is dragged nothing is drawn: rows drawn for a width that is gone already would stand differently from
what is known of them, and the terminal itself keeps the draft readable meanwhile.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from typing import TypeVar

from prompt_toolkit.application import Application
from prompt_toolkit.data_structures import Point
from prompt_toolkit.layout.screen import Screen

from chatcli.terminal.reflow import is_in_multiplexer, reflowed

T = TypeVar("T")

_SETTLING_S = 0.1
_SETTLING_IN_TMUX_S = 0.3  # it breaks rows at once, and reports the new size up to 250 ms later


class ReflowingApplication(Application[T]):
    """An application that finds its first row again after a change of width.

    *breaks_rows* means that the terminal breaks long rows. The size counts when it has been the same for *settling_s*,
    or when something has to be drawn. Where *draws_whole* says so, all rows are written each time, changed or not.
    """

    breaks_rows = True
    draws_whole: Callable[[], bool] = staticmethod(lambda: False)
    settling_s = _SETTLING_S
    _settling: asyncio.TimerHandle | None = None

    def _on_resize(self) -> None:
        if self._settling is not None:
            self._settling.cancel()
        self._settling = asyncio.get_running_loop().call_later(self.settling_s, self._redraw)

    def _redraw(self, render_as_done: bool = False) -> None:
        if self._is_running and not self._running_in_terminal:
            self._find_first_row()
            if self.draws_whole():
                self.renderer._last_screen = None
        super()._redraw(render_as_done)

    def _find_first_row(self) -> None:
        """Erase what was drawn for another width, from where its first row is now."""
        screen, renderer = self.renderer.last_rendered_screen, self.renderer
        columns, drawn = self.output.get_size().columns, renderer._last_size
        if screen is None or drawn is None or drawn.columns == columns:
            return
        if self.breaks_rows:
            cursor = renderer._cursor_pos
            renderer._cursor_pos = Point(*reflowed(row_widths(screen), (cursor.x, cursor.y), columns=columns))
        renderer.erase(leave_alternate_screen=False)


def settling_s(environ: Mapping[str, str]) -> float:
    """Return for how long a size has to stay before it is drawn for."""
    return _SETTLING_IN_TMUX_S if is_in_multiplexer(environ) else _SETTLING_S


def row_widths(screen: Screen) -> list[int]:
    """Return how many cells each row of *screen* takes up to its last sign."""
    rows = (screen.data_buffer[number] for number in range(screen.height))
    return [
        max((position + cell.width for position, cell in row.items() if cell.char.strip()), default=0) for row in rows
    ]
