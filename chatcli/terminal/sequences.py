"""Splits terminal input into typed text, keys and pastes; pure.

- Text is whatever stands between escape sequences, control characters included.
- A key is one whole escape sequence, `ESC` and a character (Alt), or `ESC` alone. Whether an `ESC` stands alone only
  time can tell: `has_pending` says that something is held, and `flush` decides for what is there.
- A report of a mouse is a key; the oldest form has three characters after `CSI M`.
- A paste is what stands between the marks of bracketed paste. `end_paste` takes what came when the end mark is lost.

Law: without `flush` in between, any cut of the input gives the same tokens, adjacent text joined.
"""

from __future__ import annotations

import re
from typing import TypeAlias

from chatcli.records import frozen

ESC = "\x1b"
_PASTE_BEGIN, _PASTE_END = "\x1b[200~", "\x1b[201~"
_LONGEST_HELD = 4096  # a string sequence (a colour report, say) beyond this is noise
# A click, CSI (F1 of the Linux console is [[A), and SS3.
_ARROWS_AND_KEYS = r"\x1b?(?:\[M[^\x1b]{3}|\[\[[A-E]|\[(?!M)[0-?]*[ -/]*[@-Z\\-~]|O[ -~])"
_COMPLETE = re.compile(rf"\x1b(?:{_ARROWS_AND_KEYS}|[\]P_^X][^\x07\x1b]*(?:\x07|\x1b\\)|[^\x1b\[O\]P_^X])", re.DOTALL)
_PARTIAL = re.compile(
    r"\x1b(?:\x1b?(?:\[(?:\[|M[^\x1b]{0,2}|[0-?]*[ -/]*)|O)?|[\]P_^X][^\x07\x1b]*\x1b?)?\Z", re.DOTALL
)
_BROKEN = re.compile(r"\x1b(?:\x1b?\[(?:\[|M|[0-?]*[ -/]*)|\x1b?O|[\]P_^X][^\x07\x1b]*)?", re.DOTALL)

# What a terminal says of itself or of its window, as it stands where the ESC before it was taken for a key.
_REPORT = re.compile(r"\[(?:[IO]|[?<>=][\d;:]*[ -/]*[A-Za-z]|\d+(?:;\d+)*[Rtn])|[\]P_^X][^\x07\x1b]+(?:\x07|\x1b\\)")


@frozen
class Typed:
    """Text as it came, control characters included."""

    text: str


@frozen
class Key:
    """One escape sequence."""

    sequence: str


@frozen
class Pasted:
    """A paste as it came; *is_whole* is False where its end mark never did."""

    text: str
    is_whole: bool = True


Token: TypeAlias = Typed | Key | Pasted


class KeySplitter:
    """Splits what a terminal sends."""

    def __init__(self) -> None:
        self._held = ""
        self._paste: list[str] | None = None
        self._was_escape = False
        self._lost_end = False

    @property
    def holds_escape(self) -> bool:
        """Whether what is held is Esc, once or twice, if nothing follows."""
        return self.has_pending and self._held in (ESC, ESC * 2)

    @property
    def in_paste(self) -> bool:
        """Whether a paste has begun and not ended."""
        return self._paste is not None

    @property
    def has_pending(self) -> bool:
        """Whether the beginning of an escape sequence is held, outside of a paste."""
        return bool(self._held) and self._paste is None

    def feed(self, text: str) -> list[Token]:
        """Return the tokens that *text* completes."""
        text, self._held = self._held + self._without_report(text), ""
        tokens: list[Token] = []
        position = 0
        while position < len(text):
            if self._paste is not None:
                position = self._read_paste(text, position, tokens)
            elif self._lost_end and (rest := _rest_of_paste(text, position)) is not None:
                tokens.append(Pasted(rest))
                position, self._lost_end = position + len(rest) + len(_PASTE_END), False
            elif text[position] == ESC:
                position = self._read_key(text, position, tokens)
            else:
                end = text.find(ESC, position)
                end = end if end >= 0 else len(text)
                tokens.append(Typed(text[position:end]))
                position = end
        return tokens

    def flush(self) -> list[Token]:
        """Return what is held as the keys it must be when nothing follows; a paste stays open."""
        if not self.has_pending:
            return []
        held, self._held = self._held, ""
        self._was_escape = held == ESC
        return [Key(ESC), Key(ESC)] if held == ESC * 2 else [Key(held)]

    def _without_report(self, text: str) -> str:
        """Return *text* without a report whose ESC came so much earlier that it was taken for a key."""
        was_escape, self._was_escape = self._was_escape, self._was_escape and not text
        report = _REPORT.match(text) if was_escape else None
        is_whole = report is not None and text[report.end() : report.end() + 1] in ("", ESC)
        return text[report.end() :] if report and is_whole else text

    def end_paste(self) -> list[Token]:
        """Return the open paste as far as it came."""
        if self._paste is None:
            return []
        text, self._paste, self._held = "".join(self._paste) + self._held, None, ""
        self._lost_end = True
        return [Pasted(text, is_whole=False)]

    def _read_paste(self, text: str, position: int, tokens: list[Token]) -> int:
        assert self._paste is not None
        end = text.find(_PASTE_END, position)
        if end < 0:
            kept = _overlap(text, position)
            self._paste.append(text[position : len(text) - kept])
            self._held = text[len(text) - kept :]
            return len(text)
        tokens.append(Pasted("".join([*self._paste, text[position:end]])))
        self._paste = None
        return end + len(_PASTE_END)

    def _read_key(self, text: str, position: int, tokens: list[Token]) -> int:
        if complete := _COMPLETE.match(text, position):
            if complete.group()[:2] == ESC * 2 and _comes_by_itself(complete.group()[1:]):
                tokens.append(Key(ESC))  # no Alt: the key was pressed just before a paste or a report came
                return position + 1
            if complete.group() == _PASTE_BEGIN:
                self._paste, self._lost_end = [], False
            else:
                tokens.append(Key(complete.group()))
            return complete.end()
        if _PARTIAL.match(text, position) and len(text) - position <= _LONGEST_HELD:
            self._held = text[position:]
            return len(text)
        broken = _BROKEN.match(text, position)
        assert broken is not None  # it matches every ESC
        tokens.append(Key(broken.group()))
        return broken.end()


def _comes_by_itself(sequence: str) -> bool:
    """Return whether the terminal sends *sequence* without a key: a paste, or a report."""
    return sequence == _PASTE_BEGIN or _REPORT.fullmatch(sequence, 1) is not None


def _rest_of_paste(text: str, position: int) -> str | None:
    """Return what came before the end mark of a paste that had been given up; None without that mark."""
    rest, mark, _after = text[position:].partition(_PASTE_END)
    return rest if mark and _PASTE_BEGIN not in rest else None


def _overlap(text: str, position: int) -> int:
    """Return how many characters at the end of *text* may begin the end mark."""
    longest = min(len(_PASTE_END) - 1, len(text) - position)
    return next((size for size in range(longest, 0, -1) if text.endswith(_PASTE_END[:size])), 0)
