"""Picks one of several items by number, line by line, on terminals on which nothing is redrawn."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from typing import TextIO

from chatcli.input.choices import ChoiceList, to_line
from chatcli.language import _
from chatcli.terminal.key_reader import plain_line
from chatcli.terminal.tty import echoing


class PlainPicker:
    """Chooses by number, line by line, for terminals on which nothing is redrawn.

    *guard* is entered while the number is read: where Ctrl+C is held back, it opens the way, and the list closes.
    """

    def __init__(
        self,
        source: TextIO,
        screen: TextIO,
        *,
        ascii_only: bool = False,
        guard: Callable[[], AbstractContextManager[object]] = nullcontext,
    ) -> None:
        self._source = source
        self._screen = screen
        self._ascii_only = ascii_only
        self._guard = guard

    def pick(self, choices: ChoiceList) -> str | None:
        """Return the key of the row whose number is typed, None for anything else."""
        rows = choices.rows
        for number, row in enumerate(rows, 1):
            hint = f"  ({row.hint})" if row.hint else ""
            self._screen.write(f"{number:4}  {to_line(row.label + hint, self._ascii_only)}\n")
        typed = self._ask(to_line(choices.title, self._ascii_only))
        if typed.isascii() and typed.isdigit() and 1 <= int(typed) <= len(rows):
            return rows[int(typed) - 1].key
        return None

    def _ask(self, title: str) -> str:
        """Return the typed text, nothing after Ctrl+C."""
        question = _("{title}\nNumber, or empty for none: ", title=title)
        try:
            # Echo is on before the question is seen: what answers it at once is echoed too.
            with echoing(self._source), self._guard():
                self._screen.write(question)
                self._screen.flush()
                return plain_line(self._source.readline()).strip()
        except KeyboardInterrupt:
            self._screen.write("\n")
            return ""
