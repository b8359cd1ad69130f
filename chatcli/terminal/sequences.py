"""What a terminal sends, split into typed text, keys and pastes; pure.

- Text is whatever stands between escape sequences, control characters included.
- A key is one whole escape sequence, `ESC` and a character (Alt), or `ESC` alone. Whether an `ESC` stands alone only
  time can tell: `has_pending` says that something is held, and `flush` decides for what is there.
- A paste is what stands between the marks of bracketed paste. `end_paste` takes what came when the end mark is lost.

Law: without `flush` in between, any cut of the input gives the same tokens, adjacent text joined.
"""

from __future__ import annotations

import re
from typing import TypeAlias

from chatcli.records import frozen

ESC = "\x1b"
NEWLINE_KEY = "\x1b\r"  # what Alt+Enter sends, and what every other modified Enter is read as

_PASTE_BEGIN, _PASTE_END = "\x1b[200~", "\x1b[201~"
_LONGEST_HELD = 4096  # a string sequence (a colour report, say) beyond this is noise
_ARROWS_AND_KEYS = r"\x1b?(?:\[\[[A-E]|\[[0-?]*[ -/]*[@-Z\\-~]|O[ -~])"  # CSI (F1 of the Linux console is [[A), SS3
_COMPLETE = re.compile(rf"\x1b(?:{_ARROWS_AND_KEYS}|[\]P_^X][^\x07\x1b]*(?:\x07|\x1b\\)|[^\x1b\[O\]P_^X])", re.DOTALL)
_PARTIAL = re.compile(r"\x1b(?:\x1b?(?:\[(?:\[|[0-?]*[ -/]*)|O)?|[\]P_^X][^\x07\x1b]*\x1b?)?\Z", re.DOTALL)
_BROKEN = re.compile(r"\x1b(?:\x1b?\[(?:\[|[0-?]*[ -/]*)|\x1b?O|[\]P_^X][^\x07\x1b]*)?", re.DOTALL)

# CSI code ; modifiers u (kitty, fixterms) and CSI 27 ; modifiers ; code ~ (xterm), with kitty's optional sub-fields.
_KITTY = re.compile(r"\x1b\[(\d+)(?::[\d:]*)?(?:;(\d*)(?::(\d+))?)?(?:;[\d:]*)?u")
_XTERM = re.compile(r"\x1b\[27;(\d+);(\d+)~")
_SHIFT, _ALT, _CTRL = 1, 2, 4
_RELEASED = "3"
_KEYPAD_ENTER = 57414
_FIRST_FUNCTIONAL, _LAST_FUNCTIONAL = 57344, 63743  # kitty's numbers for keys that are no characters


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
        text, self._held = self._held + text, ""
        tokens: list[Token] = []
        position = 0
        while position < len(text):
            if self._paste is not None:
                position = self._read_paste(text, position, tokens)
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
        return [Key(ESC), Key(ESC)] if held == ESC * 2 else [Key(held)]

    def end_paste(self) -> list[Token]:
        """Return the open paste as far as it came."""
        if self._paste is None:
            return []
        text, self._paste, self._held = "".join(self._paste) + self._held, None, ""
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
            if complete.group() == _PASTE_BEGIN:
                self._paste = []
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


def legacy(sequence: str) -> str:
    """Return what an older terminal sends for the key *sequence*, "" for what is no key there.

    A program before us may have left a keyboard protocol on, under which Ctrl+J comes as `CSI 106;5u`. Every modified
    Enter becomes `NEWLINE_KEY`. Sequences that are not of these protocols come back as they are.
    """
    if match := _KITTY.fullmatch(sequence):
        code, modifiers, event = int(match[1]), int(match[2] or 1), match[3]
        return "" if event == _RELEASED else _character(code, modifiers - 1)
    if match := _XTERM.fullmatch(sequence):
        return _character(int(match[2]), int(match[1]) - 1)
    return sequence


def _character(code: int, modifiers: int) -> str:
    if code in (0x0D, _KEYPAD_ENTER):
        return NEWLINE_KEY if modifiers & (_SHIFT | _ALT | _CTRL) else "\r"
    if code == 0x09 and modifiers & _SHIFT:
        return "\x1b[Z"
    if _FIRST_FUNCTIONAL <= code <= _LAST_FUNCTIONAL or code > 0x10FFFF or 0xD800 <= code < 0xE000:
        return ""
    text = chr(code).upper() if modifiers & _SHIFT else chr(code)
    if modifiers & _CTRL:
        text = _control(chr(code))
    return ESC + text if modifiers & _ALT and text else text


def _control(character: str) -> str:
    """Return the control character of Ctrl and *character*, "" where there is none."""
    if character in "\x09\x1b\x7f":
        return character
    return chr(ord(character) & 0x1F) if "@" <= character <= "_" or "a" <= character <= "z" else ""


def _overlap(text: str, position: int) -> int:
    """Return how many characters at the end of *text* may begin the end mark."""
    longest = min(len(_PASTE_END) - 1, len(text) - position)
    return next((size for size in range(longest, 0, -1) if text.endswith(_PASTE_END[:size])), 0)
