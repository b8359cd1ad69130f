"""Feeds prompt-toolkit from the terminal with proper paste handling, on systems with a tty.

- A paste that loses its end mark is taken as it came after a silence; the keyboard continues.
- Esc alone is a key that nothing following belongs to; with a letter in the same moment it is Alt.
- Without marks, Enter followed by more text in the same read is a newline: no one types that fast, so it is a paste.
- Unknown escape sequences and characters that may not stand in a draft are dropped; they never become text.
- While other programs have the terminal, it is set exactly as it was found.
"""

from __future__ import annotations

import asyncio
import os
import select
from collections.abc import Callable, Iterable, Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import TYPE_CHECKING

from prompt_toolkit.input import Input, create_input
from prompt_toolkit.input.ansi_escape_sequences import ANSI_SEQUENCES
from prompt_toolkit.key_binding import KeyPress
from prompt_toolkit.keys import Keys

from chatcli.terminal import tty
from chatcli.terminal.key_reader import KeyReader, replay
from chatcli.terminal.legacy_keys import NEWLINE_KEY, legacy
from chatcli.terminal.paste import is_unmarked_paste, strip_controls
from chatcli.terminal.sequences import ESC, Key, Pasted, Token, Typed
from chatcli.text.surrogates import repair

if TYPE_CHECKING:
    from chatcli.terminal.first_line import FirstLine
    from chatcli.terminal.line_modes import Attributes

_READ_BYTES = 1 << 16


class Keyboard(Input):
    """Reads keys from the terminal that *terminal* stands for; it keeps the line's modes, this reads its bytes."""

    def __init__(self, terminal: Input, reader: KeyReader) -> None:
        self._terminal = terminal
        self._reader = reader
        self._before: Attributes | None = None
        self._ready: Callable[[], None] | None = None
        self._timer: asyncio.TimerHandle | None = None
        self._is_closed = False
        self._is_late = False
        self._was_cut = False
        self._early: list[Token] = []
        self._is_early = False
        self._base: Attributes | None = None

    def take_over(self, line: FirstLine, escape_wait_s: float) -> None:
        """Keep the input typed at *line* until `read_early`."""
        self._early += replay(self._reader, line.arrivals, escape_wait_s)
        self._is_early, self._base = bool(line.arrivals), line.base

    def read_early(self) -> None:
        """Deliver the kept input, in the running event loop; what waits there for more is waited for as usual."""
        if self._is_early and self._ready is not None:
            self._is_early = False
            self._ready()

    def take_cut(self) -> bool:
        """Return whether a paste came without its end since this was last asked."""
        was_cut, self._was_cut = self._was_cut, False
        return was_cut

    def read_keys(self) -> list[KeyPress]:
        """Return the keys that have arrived."""
        tokens, self._early = self._early + self._reader.feed(self._read()), []
        if self._is_late:
            tokens += self._reader.flush()
        self._watch()
        self._was_cut |= any(isinstance(token, Pasted) and not token.is_whole for token in tokens)
        return list(key_presses(tokens))

    def flush_keys(self) -> list[KeyPress]:
        """Return the key that is certain now that nothing has followed for a moment: Esc."""
        return list(key_presses(self._reader.flush_escape()))

    @property
    def closed(self) -> bool:
        """Whether the terminal is gone."""
        return self._is_closed

    def attach(self, input_ready_callback: Callable[[], None]) -> AbstractContextManager[None]:
        """Call back in the running event loop when keys have arrived."""
        self._ready = input_ready_callback
        return self._terminal.attach(input_ready_callback)

    def detach(self) -> AbstractContextManager[None]:
        """Leave the event loop for a while."""
        return self._terminal.detach()

    @contextmanager
    def raw_mode(self) -> Iterator[None]:
        """Let every key through as it is."""
        base, self._base = self._base, None
        tty.wait_for_foreground(self.fileno())
        self._before = base or tty.attributes(self.fileno())
        with self._terminal.raw_mode():
            yield
        if base is not None:
            tty.apply(self.fileno(), base)

    @contextmanager
    def cooked_mode(self) -> Iterator[None]:
        """Set the terminal as it was found, for a while."""
        raw = tty.attributes(self.fileno())
        if self._before is not None:
            tty.apply(self.fileno(), self._before)
        try:
            yield
        finally:
            if raw is not None:
                tty.apply(self.fileno(), raw)

    def fileno(self) -> int:
        """Return the descriptor of the terminal."""
        return self._terminal.fileno()

    def typeahead_hash(self) -> str:
        """Return what distinguishes this keyboard from others."""
        return self._terminal.typeahead_hash()

    def close(self) -> None:
        """Close the terminal."""
        self._terminal.close()

    def _read(self) -> bytes:
        # A timer calls as well, when there may be nothing to read.
        if self._is_closed or not select.select([self.fileno()], [], [], 0)[0]:
            return b""
        try:
            data = os.read(self.fileno(), _READ_BYTES)
        except OSError:  # Linux says so when the other end of the terminal is gone.
            data = b""
        self._is_closed = not data
        return data

    def _watch(self) -> None:
        """Wait for what is held to continue, but for Esc, which prompt-toolkit itself waits for."""
        if self._timer is not None:
            self._timer.cancel()
        self._timer, self._is_late = None, False
        wait_s = self._reader.wait_s(0)
        if wait_s and not self._is_closed:
            self._timer = asyncio.get_running_loop().call_later(wait_s, self._give_up)

    def _give_up(self) -> None:
        self._is_late = True
        if self._ready is not None:
            self._ready()


def key_presses(tokens: Iterable[Token]) -> Iterator[KeyPress]:
    """Yield the keys of *tokens*, a paste as one of them."""
    for token in tokens:
        match token:
            case Pasted():
                yield KeyPress(Keys.BracketedPaste, token.text)
            case Typed():
                yield from _typed(repair(token.text))
            case Key():
                yield from _pressed(legacy(token.sequence))


def keyboard_over(given: Input | None, reader: KeyReader) -> tuple[Keyboard | None, Input]:
    """Return the keyboard over *given* or over stdin, and the input to use, which on Windows is another one."""
    terminal = given or create_input()
    if not tty.SENDS_BYTES:
        return None, terminal
    keyboard = Keyboard(terminal, reader)
    return keyboard, keyboard


def _typed(text: str) -> Iterator[KeyPress]:
    if is_unmarked_paste(text):
        yield KeyPress(Keys.BracketedPaste, text)
        return
    for character in text:
        if character < " " or character == "\x7f":
            yield from _known(ANSI_SEQUENCES[character], character)
        elif strip_controls(character).text:
            yield KeyPress(character)


def _pressed(key: str) -> Iterator[KeyPress]:
    if key in (NEWLINE_KEY, "\x1b\n"):
        yield KeyPress(Keys.ControlJ, NEWLINE_KEY)
    elif not key.startswith(ESC):
        yield from _typed(key)
    elif key == ESC:
        yield KeyPress(Keys.Escape, ESC)
        yield KeyPress(Keys.Ignore, "")  # ends a sequence that Esc might begin: the next key is separate
    elif (known := ANSI_SEQUENCES.get(key)) is not None:
        yield from _known(known, key)
    elif len(key) == len(ESC) + 1 or key.startswith(ESC * 2):
        yield KeyPress(Keys.Escape, key if key.startswith(ESC * 2) else ESC)
        yield from _pressed(key[1:])


def _known(key: Keys | tuple[Keys, ...], data: str) -> Iterator[KeyPress]:
    keys = key if isinstance(key, tuple) else (key,)
    yield from (KeyPress(each, data) for each in keys)
