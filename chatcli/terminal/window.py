"""Names the terminal's window, and calls a user who looks elsewhere.

The title is put on the terminal's own stack and taken from there in the end, while the program is suspended too. A
terminal without such a stack is left with an empty title, which the shell or the terminal fills.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import TextIO

from chatcli.terminal import cells, suspension
from chatcli.terminal.tty import descriptor, is_foreground, write_all
from chatcli.text.sanitizer import sanitize

_PUSH, _POP = "\x1b[22;2t", "\x1b]2;\x07\x1b[23;2t"
_COLUMNS = 80
_WITHOUT_TITLE = ("dumb", "", "linux")
BELL = "\x07"


class WindowTitle:
    """The title of the window behind *screen*; does nothing unless that is a terminal with a window, and *is_on*."""

    def __init__(self, screen: TextIO, environ: Mapping[str, str], *, is_on: bool) -> None:
        has_window = descriptor(screen) is not None and environ.get("TERM", "") not in _WITHOUT_TITLE
        self._screen = screen if has_window and is_on else None
        self._title = ""
        self._is_ours = False  # whether the window's own title is on the stack

    @contextmanager
    def kept(self) -> Iterator[None]:
        """Give the window its own title back afterwards, and while the program is suspended."""
        if self._screen is None:
            yield
            return
        with suspension.handling(self._give_back, self._take):
            self._take()
            try:
                yield
            finally:
                self._give_back()

    def show(self, title: str) -> None:
        """Show *title*, unless it stands there."""
        line = cells.cut_to_width(" ".join(sanitize(title).split()), _COLUMNS)
        if line != self._title:
            self._title = line
            if self._is_ours:
                self._write(_titled(line))

    def _give_back(self) -> None:
        if self._is_ours:
            self._is_ours = False
            self._write(_POP)

    def _take(self) -> None:
        # A job in the background is continued as well, and again when it comes to the foreground.
        if not self._is_ours and self._screen is not None and is_foreground(self._screen.fileno()):
            self._is_ours = True
            self._write(_PUSH + (_titled(self._title) if self._title else ""))

    def _write(self, codes: str) -> None:
        if self._screen is not None:
            write_all(self._screen, codes)


def notification(text: str, environ: Mapping[str, str]) -> str:
    """Return the sequence (OSC 9) that lets a terminal show *text* on the desktop, wrapped for tmux inside of it."""
    line = cells.cut_to_width(" ".join(sanitize(text).split()), _COLUMNS)
    sequence = f"\x1b]9;{line}\x07"
    return f"\x1bPtmux;\x1b{sequence}\x1b\\" if environ.get("TMUX") else sequence


def _titled(line: str) -> str:
    return f"\x1b]2;{line}\x07"
