"""Turns a terminal's bytes into keys; every reader of a terminal goes through it.

The prompt, the lists and the listener of a running program share one reader, so that a sequence which is cut between
two of them stays whole, and none of its letters is taken for typed.
"""

from __future__ import annotations

import codecs
from collections.abc import Iterable
from typing import TypeAlias

from chatcli.terminal.sequences import ESC, Key, KeySplitter, Pasted, Token, Typed
from chatcli.text.surrogates import repair

Arrival: TypeAlias = tuple[float, bytes]  # when, in seconds, and what a terminal sent at once
PASTE_WAIT_S = 2.0  # a paste that is silent for so long has lost its end mark
_CTRL_C = b"\x03"
_FOCUS = {f"{ESC}[I": True, f"{ESC}[O": False}
REPLY_WAIT_S = 1.0  # a terminal's reports may arrive in pieces over a slow line; only a lone Esc is a key


class KeyReader:
    """Reads one terminal, whose bytes are in *encoding*."""

    def __init__(self, encoding: str = "utf-8") -> None:
        self._decoder = codecs.getincrementaldecoder(encoding)(errors="replace")
        self._splitter = KeySplitter()
        self.is_focused = True  # what the terminal has last said of its window; anyone who types there looks at it

    @property
    def in_paste(self) -> bool:
        """Whether a paste has begun and not ended."""
        return self._splitter.in_paste

    def feed(self, data: bytes) -> list[Token]:
        """Return the tokens that *data* completes; CR LF that arrives at once is one Enter.

        Ctrl+C that arrives alone is pressed: it ends a paste that is open.
        """
        open_paste = self.end_paste() if data == _CTRL_C else []
        tokens = open_paste + self._splitter.feed(self._decoder.decode(data))
        return [self._seen(token) for token in tokens if not self._is_of_focus(token)]

    def _is_of_focus(self, token: Token) -> bool:
        is_report = isinstance(token, Key) and token.sequence in _FOCUS
        if isinstance(token, Key) and is_report:
            self.is_focused = _FOCUS[token.sequence]
        return is_report

    def _seen(self, token: Token) -> Token:
        self.is_focused = True
        return Typed(token.text.replace("\r\n", "\r")) if isinstance(token, Typed) else token

    def wait_s(self, escape_wait_s: float) -> float | None:
        """Return how long to wait for more before `flush`, None where nothing is held."""
        if self._splitter.in_paste:
            return PASTE_WAIT_S
        if not self._splitter.has_pending:
            return None
        return escape_wait_s if self._splitter.holds_escape else REPLY_WAIT_S

    def flush(self) -> list[Token]:
        """Return what is held as what it must be when nothing follows."""
        return self._splitter.end_paste() or self._splitter.flush()

    def flush_escape(self) -> list[Token]:
        """Return Esc where it alone is held."""
        return self._splitter.flush() if self._splitter.holds_escape else []

    def end_paste(self) -> list[Token]:
        """Return an open paste as far as it came."""
        return self._splitter.end_paste()


def replay(reader: KeyReader, arrivals: Iterable[Arrival], escape_wait_s: float) -> list[Token]:
    """Return the tokens that *reader* would have given had it read each of *arrivals* when it came."""
    tokens: list[Token] = []
    before = None
    for at, data in arrivals:
        wait_s = reader.wait_s(escape_wait_s)
        if before is not None and wait_s is not None and at - before > wait_s:
            tokens += reader.flush()
        tokens += reader.feed(data)
        before = at
    return tokens


def plain_line(line: str) -> str:
    """Return the text of a *line* that the system has read, without keys and reports of the terminal."""
    splitter = KeySplitter()
    tokens = [*splitter.feed(line), *splitter.end_paste()]
    text = "".join(token.text for token in tokens if isinstance(token, Typed | Pasted))
    return "".join(character for character in repair(text) if character.isprintable())
