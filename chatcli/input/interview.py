"""Asks a few questions line by line, for guided set-up: no colours, no redrawing, nothing to learn."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager, nullcontext
from typing import TextIO

from chatcli.errors import SIGINT, Stopped
from chatcli.language import _
from chatcli.records import frozen
from chatcli.terminal.key_reader import plain_line
from chatcli.terminal.screen import wrap_for
from chatcli.text.sanitizer import sanitize


@frozen
class Interview:
    """Reads answers from *stdin* and writes to *stdout*; the end of input leaves, as Ctrl+C does.

    *reading* is entered while a line is read. *pick* lets the user choose from a list in another way than by number:
    it returns the place of the row that is chosen, None where nothing is.
    """

    stdin: TextIO
    stdout: TextIO
    reading: Callable[[], AbstractContextManager[object]] = nullcontext
    pick: Callable[[str, Sequence[str], int], int | None] | None = None

    def say(self, text: str = "") -> None:
        """Write a line."""
        self.stdout.write(f"{wrap_for(self.stdout, sanitize(text))}\n")
        self.stdout.flush()

    def ask(self, question: str, *, default: str = "") -> str:
        """Return the answer to *question*, *default* for an empty one; raises Stopped at the end of input."""
        shown = f" [{sanitize(default)}]" if default else ""
        try:
            with self.reading():  # before the question is seen: what answers it at once is not lost
                self.stdout.write(wrap_for(self.stdout, _asked(question, shown)))
                self.stdout.flush()
                line = self.stdin.readline()
        except KeyboardInterrupt:
            line = ""
        if not line:
            raise self._left()
        return plain_line(line).strip() or default

    def secret(self, question: str) -> str:
        """Return an answer that is not shown while it is typed."""
        import getpass  # with termios behind it

        try:
            with self.reading():
                return plain_line(getpass.getpass(wrap_for(self.stdout, _asked(question)), self.stdout)).strip()
        except (EOFError, KeyboardInterrupt):
            raise self._left() from None

    def _left(self) -> Stopped:
        """End the line of a question that stays unanswered."""
        self.say()
        return Stopped(SIGINT)

    def choose(self, question: str, rows: Sequence[str], *, default: int = 1) -> int | str:
        """Show numbered *rows*; return the place of the one chosen, counted from 0, or what else was typed."""
        if self.pick and rows:
            place = self.pick(question, rows, default - 1)
            if place is None:
                raise self._left()
            return place
        for number, row in enumerate(rows, 1):
            self.say(f"{number:4}  {row}")
        answer = self.ask(question, default=str(default) if rows else "")
        if answer.isascii() and answer.isdigit() and 1 <= int(answer) <= len(rows):
            return int(answer) - 1
        return answer


def _asked(question: str, default: str = "") -> str:
    return _("{question}{default}: ", question=sanitize(question), default=default)
