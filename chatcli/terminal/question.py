"""Asks a question at the terminal, whatever the standard streams are, and reads the line that answers it.

Esc declines at once, without Enter. What was typed before the question never answers it, and pasted text never ends
the line.
"""

from __future__ import annotations

import os
import select
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TextIO

from chatcli.records import field, mutable
from chatcli.terminal import cells, tty
from chatcli.terminal.key_reader import KeyReader, plain_line
from chatcli.terminal.legacy_keys import legacy
from chatcli.terminal.screen import wrap_for
from chatcli.terminal.sequences import ESC, Key, Pasted, Token, Typed

DECLINED = ESC  # what `ask_line` returns for Esc: no line contains it
_SCREEN, _KEYS = map(Path, ("CONOUT$", "CONIN$") if sys.platform == "win32" else ("/dev/tty", "/dev/tty"))
_ESCAPE_WAIT_S = 0.05
_READ_BYTES = 1 << 12
_ENTER, _BACKSPACE, _CTRL_U, _CTRL_C, _CTRL_D = "\r\n", "\x7f\x08", "\x15", "\x03", "\x04"


def confirm(question: str) -> bool:
    """Ask on the terminal; without a terminal or an answer, return no."""
    return is_yes(ask_line(f"{question} [y/N] "))


def is_yes(line: str | None) -> bool:
    """Return whether *line*, the answer to a question, consents."""
    return (line or "").lower() in ("y", "yes")


def ask_line(question: str, *, wake: int | None = None) -> str | None:
    """Ask on the terminal and return the line, DECLINED for Esc, None without a terminal.

    The line ends as it is when the descriptor *wake* becomes readable.
    """
    try:
        # Two files, because a single one would have to be seekable, which terminals are not.
        with _SCREEN.open("w", encoding="utf-8", errors="replace") as screen, _KEYS.open(encoding="utf-8") as keyboard:
            return _ask(question, screen, keyboard, wake)
    except (OSError, ValueError):
        return None


def _ask(question: str, screen: TextIO, keyboard: TextIO, wake: int | None) -> str:
    if not tty.SENDS_BYTES:
        tty.discard_keys(keyboard)
        _show(screen, question)
        return plain_line(keyboard.readline()).strip()
    with tty.Silence(keyboard, screen=screen):
        tty.discard_keys(keyboard)
        _show(screen, question)
        line = _Line(lambda text: tty.write_all(screen, text))
        try:
            line.read(keyboard.fileno(), wake)
        finally:
            tty.write_all(screen, "\n")
        return DECLINED if line.is_declined else line.text.strip()


def _show(screen: TextIO, question: str) -> None:
    screen.write(wrap_for(screen, question))
    screen.flush()


@mutable
class _Line:
    """The line as far as it is typed; *write* shows it."""

    write: Callable[[str], None]
    text: str = ""
    is_declined: bool = False
    _is_over: bool = False
    _keys: KeyReader = field(default_factory=KeyReader)

    def read(self, fd: int, wake: int | None) -> None:
        """Read keys from *fd* until the line ends."""
        watched = [fd] if wake is None else [fd, wake]
        while not self._is_over:
            ready, _, _ = select.select(watched, [], [], self._keys.wait_s(_ESCAPE_WAIT_S))
            if fd in ready:
                data = os.read(fd, _READ_BYTES)
                self._is_over = not data
                self._take(self._keys.feed(data))
            elif ready:
                return
            else:
                self._take(self._keys.flush())

    def _take(self, tokens: Sequence[Token]) -> None:
        for token in tokens:
            match token:
                case Typed(text):
                    self._type(text)
                case Pasted(text):
                    self._add(text)
                case Key(sequence):
                    self._press(legacy(sequence))

    def _press(self, key: str) -> None:
        if key == _CTRL_C or (key and not key.strip(ESC)):
            self.is_declined = self._is_over = True
        elif not key.startswith(ESC):
            self._type(key)

    def _type(self, text: str) -> None:
        for character in text:
            if self._is_over:
                return
            if character in _ENTER or (character == _CTRL_D and not self.text):
                self._is_over = True
            elif character in _BACKSPACE:
                self._erase(cells.previous(self.text, len(self.text)))
            elif character == _CTRL_U:
                self._erase(0)
            else:
                self._add(character)

    def _add(self, text: str) -> None:
        shown = "".join(character for character in text if character.isprintable())
        self.text += shown
        self.write(shown)

    def _erase(self, start: int) -> None:
        columns = cells.width(self.text[start:])
        self.text = self.text[:start]
        self.write("\b" * columns + " " * columns + "\b" * columns)
