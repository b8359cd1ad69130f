"""Writes to memory what would stand on the screen."""

from __future__ import annotations

import io
from collections.abc import Callable
from typing import TextIO

from chatcli.output.interactive import TerminalOutput
from chatcli.output.plain import Output, PlainOutput
from chatcli.records import replace


class _Memory(io.StringIO):
    """Text in memory that counts as written to *screen*: it has its size and encoding."""

    def __init__(self, screen: TextIO) -> None:
        super().__init__()
        self._screen = screen

    @property
    def encoding(self) -> str:  # type: ignore[override]  # that of the screen, where the text will be shown
        return self._screen.encoding

    def fileno(self) -> int:
        return self._screen.fileno()

    def isatty(self) -> bool:
        return self._screen.isatty()


def capture(output: Output, show: Callable[[Output], None]) -> str:
    """Return what *show* writes to *output*, notes among it, as the terminal would show it."""
    assert isinstance(output, TerminalOutput | PlainOutput)
    memory = _Memory(output.stdout)
    show(replace(output, stdout=memory, notes=replace(output.notes, stderr=memory)))
    return memory.getvalue()
