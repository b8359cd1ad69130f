"""Reads a message line by line without redrawing: writes only text, newline, Backspace and blank.

For terminals without control sequences, and for screen readers: nothing is redrawn. Backspace, Ctrl+W and Ctrl+U edit
the line; a line that ends in a backslash is continued; several pasted lines are shown and wait for Enter.
"""

from __future__ import annotations

import os
import re
import select
import sys
import time
from collections.abc import Callable
from typing import TYPE_CHECKING, TextIO

from chatcli.errors import SIGHUP, Stopped
from chatcli.input import multiline
from chatcli.input.interrupts import Interrupts
from chatcli.input.options import PromptOptions
from chatcli.input.prompt_history import HistoryFile
from chatcli.language import N_, _
from chatcli.terminal import cells, tty
from chatcli.terminal.key_reader import KeyReader, replay
from chatcli.terminal.legacy_keys import NEWLINE_KEY, legacy
from chatcli.terminal.paste import clean_paste, is_long, is_unmarked_paste, strip_controls
from chatcli.terminal.sequences import ESC, Pasted, Token, Typed
from chatcli.text.draft import EMPTY, SLASHES, Draft
from chatcli.text.sanitizer import sanitize
from chatcli.text.units import format_extent

if TYPE_CHECKING:
    from chatcli.terminal.first_line import FirstLine

MARK, CONTINUED = "> ", "  "
HINT, HINT_WITHOUT_CTRL_C = N_("Ctrl+C again or Ctrl+D to exit"), N_("Ctrl+D to exit")

_READ_BYTES = 1 << 16
_PASTE_PAUSE_S = 0.05  # an Enter so soon after a paste was pasted with it
_ENTER, _CTRL_J, _CTRL_C, _CTRL_D, _CTRL_W, _CTRL_U, _CTRL_Z = "\r", "\n", "\x03", "\x04", "\x17", "\x15", "\x1a"
_BACKSPACE = "\x7f\x08"
_LAST_WORD = re.compile(r"\S*\s*\Z")


class PlainPrompt:
    """Reads messages from *source*, stdin unless given, and writes to *screen*, stdout unless given."""

    def __init__(
        self,
        options: PromptOptions,
        *,
        source: TextIO | None = None,
        screen: TextIO | None = None,
        clock: Callable[[], float] = time.monotonic,
        reader: KeyReader | None = None,
        by_lines: bool = False,
    ) -> None:
        """*by_lines*: lines come whole from a program that shows them, as Emacs does; a newline ends each."""
        self._interrupts = Interrupts(clock, may_leave=options.ctrl_c_exit)
        self._file = HistoryFile(options.history_file) if options.history_file else None
        self._escape_wait_s = options.escape_wait_s
        self._on_empty_enter = options.on_empty_enter
        self._source = source or sys.stdin
        self._screen = screen or sys.stdout
        self._clock = clock
        self._reader = reader or KeyReader(self._source.encoding or "utf-8")
        self._by_lines = by_lines
        self._pending: list[Token] = []
        self._silence = tty.Silence(self._source, signals=False)
        self._draft = self._given = EMPTY
        self._floor = 0  # what stands before this place in the text is on rows that editing cannot reach
        self._pasted_at: float | None = None

    def read(self, draft: Draft = EMPTY) -> Draft:
        """Read one message, beginning with *draft*; never an empty one.

        Raises EOFError when the user wants to leave, and Stopped when the terminal is gone.
        """
        self._interrupts.begin()
        self._start_anew()
        with self._silence:
            self._write(MARK)
            if self._silence.fd is None:
                return self._read_lines()
            self._add(draft.map(lambda text: strip_controls(text).text))
            self._given = self._draft
            while True:
                if (message := self._take(self._next_token(self._silence.fd))) is not None:
                    return message

    @property
    def _text(self) -> str:
        return self._draft.text

    def show(self, message: Draft) -> None:
        """Write a message that is sent without being read, as it would stand after being read."""
        lines = f"\n{CONTINUED}".join(message.text.split("\n"))
        self._write(f"{MARK}{sanitize(lines)}\n")

    def take_over(self, line: FirstLine) -> None:
        """Read the input typed at *line* as part of the next message."""
        self._pending += replay(self._reader, line.arrivals, self._escape_wait_s)
        if line.base is not None:
            tty.apply(self._source.fileno(), line.base)

    def settle(self) -> None:
        """Let Ctrl+C mean nothing until there was a pause of a second: an answer has just been stopped."""
        self._interrupts.settle()

    def _read_lines(self) -> Draft:
        """Read without setting the terminal line: the system edits and echoes."""
        while line := self._source.readline():
            self._draft += Draft.by_keys(strip_controls(line).text.removesuffix("\n"))
            if (message := self._enter(echo="")) is not None:
                return message
        raise EOFError

    def _next_token(self, fd: int) -> Token:
        while not self._pending:
            ready, *_others = select.select([fd], [], [], self._reader.wait_s(self._escape_wait_s))
            self._pending += self._reader.feed(self._read(fd)) if ready else self._reader.flush()
        return self._pending.pop(0)

    def _read(self, fd: int) -> bytes:
        try:
            data = os.read(fd, _READ_BYTES)
        except OSError:
            data = b""
        if not data:
            raise Stopped(SIGHUP)
        return data

    def _take(self, token: Token) -> Draft | None:
        match token:
            case Pasted():
                self._paste(token.text)
            case Typed() if is_unmarked_paste(token.text):
                self._paste(token.text)
            case Typed():
                first, rest = token.text[0], token.text[1:]
                if rest:
                    self._pending.insert(0, Typed(rest))
                return self._type(first)
            case _:
                key = legacy(token.sequence)
                if key in (NEWLINE_KEY, ESC + _CTRL_J):
                    self._begin_line()
                elif key and not key.startswith(ESC):
                    return self._take(Typed(key))
        return None

    def _type(self, character: str) -> Draft | None:
        if character == _ENTER or (self._by_lines and character == _CTRL_J):
            is_pasted = self._pasted_at is not None and self._clock() - self._pasted_at <= _PASTE_PAUSE_S
            return None if is_pasted else self._enter(echo="" if self._by_lines else "\n")
        if character in _BACKSPACE:
            self._erase(cells.previous(self._text, len(self._text)))
        elif character == _CTRL_U:
            self._erase(self._floor)
        elif character == _CTRL_W:
            self._erase(self._last_word())
        else:
            self._command(character)
        return None

    def _command(self, character: str) -> None:
        if character == _CTRL_J:
            self._begin_line()
        elif character == _CTRL_C:
            self._interrupt()
        elif character == _CTRL_D and not self._text:
            self._write("\n")
            raise EOFError
        elif character == _CTRL_Z:
            self._silence.suspend()
            self._write(f"{MARK}{sanitize(self._text[self._floor :])}")
        elif character != "\t":
            if character in SLASHES and self._draft is self._given and self._draft.takes_command():
                self._write(f"\n{MARK}")  # a slash behind a draft that was given back begins a command
                self._start_anew()
            self._add(Draft.by_keys(strip_controls(character).text), echo=not self._by_lines)

    def _enter(self, *, echo: str = "\n") -> Draft | None:
        if multiline.is_block(self._draft) and not multiline.is_closed(self._draft):
            self._begin_line()
        elif multiline.is_continued(self._draft):
            self._draft = self._draft.part(0, len(self._draft) - 1)
            self._begin_line()
        elif (message := multiline.message(self._draft)).text.strip():
            self._write(echo)
            if self._file is not None:
                self._file.append(self._draft)
            return message
        elif not self._text and (meant := self._on_empty_enter()):
            self._write(echo)
            return Draft.by_keys(meant)
        return None

    def _paste(self, text: str) -> None:
        cleaned = clean_paste(text)
        self._pasted_at = self._clock()
        if is_long(cleaned.text):
            self._draft += Draft(cleaned.text)
            self._floor = len(self._text)
            self._write(_("[Pasted: {extent}]", extent=format_extent(cleaned.text)))
        else:
            self._add(Draft(cleaned.text))

    def _add(self, draft: Draft, *, echo: bool = True) -> None:
        self._draft += draft
        self._floor = max(self._floor, self._text.rfind("\n") + 1)
        if echo:
            self._write(sanitize(draft.text).replace("\n", f"\n{CONTINUED}"))

    def _begin_line(self) -> None:
        self._add(Draft.by_keys("\n"))

    def _erase(self, position: int) -> None:
        position = max(position, self._floor)
        count = cells.width(sanitize(self._text[position:]))
        self._draft = self._draft.part(0, position)
        self._write("\b" * count + " " * count + "\b" * count)

    def _last_word(self) -> int:
        found = _LAST_WORD.search(self._text, self._floor)
        return found.start() if found else self._floor

    def _interrupt(self) -> None:
        match self._interrupts.press(has_text=bool(self._text)):
            case "clear":
                self._write(f"^C\n{MARK}")
                self._start_anew()
            case "leave":
                self._write("\n")
                raise EOFError
            case "ask":
                hint = _(HINT if self._interrupts.may_leave else HINT_WITHOUT_CTRL_C)
                self._write(f"\n{hint}\n{MARK}")
            case "nothing":
                pass

    def _start_anew(self) -> None:
        self._draft, self._floor, self._pasted_at = EMPTY, 0, None

    def _write(self, text: str) -> None:
        self._screen.write(text)
        self._screen.flush()
