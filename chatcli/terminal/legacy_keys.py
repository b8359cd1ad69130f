"""Translates keys to what an older terminal would send; pure.

A program before us may have left a keyboard protocol on, under which Ctrl+J comes as `CSI 106;5u`; a number block, a
lock key or a release of a key adds to what is sent. One table makes the older form of all of them.
"""

from __future__ import annotations

import re

from chatcli.terminal.sequences import ESC

NEWLINE_KEY = "\x1b\r"  # what Alt+Enter sends, and what every other modified Enter is read as

# CSI code:shifted:base ; modifiers:event ; text u (kitty, fixterms) and CSI 27 ; modifiers ; code ~ (xterm).
_KITTY = re.compile(r"\x1b\[(\d+)(?::(\d*))?(?::(\d*))?(?:;(\d*)(?::(\d+))?)?(?:;([\d:]*))?u")
_XTERM = re.compile(r"\x1b\[27;(\d+);(\d+)~")
# CSI number ; modifiers:event letter, for arrows, Home, F1 and the like; CSI R is where the cursor is.
_MODIFIED = re.compile(r"\x1b\[(\d+);(\d+)(?::(\d+))?([A-HPQS~])")
_SHIFT, _ALT, _CTRL = 1, 2, 4
_HELD = _SHIFT | _ALT | _CTRL  # the others are locks, and keys that no older terminal knows
_CAPS_LOCK = 64
_ERASE_WORD = "\x17"  # Ctrl+W, which is what Ctrl+Backspace does where it is a key of its own
_RELEASED = "3"
_FIRST_FUNCTIONAL, _LAST_FUNCTIONAL = 57344, 63743  # kitty's numbers for keys that are no characters
_KEYPAD = dict(
    zip(
        range(57399, 57427),
        [*"0123456789./*-+\r=,", *(f"{ESC}[{key}" for key in ("D", "C", "A", "B", "5~", "6~", "H", "F", "2~", "3~"))],
        strict=True,
    )
)
# A number block in its application mode: SS3 and a letter.
_APPLICATION = {
    f"{ESC}O{letter}": sign for letter, sign in zip("pqrstuvwxynojmkMXl", "0123456789./*-+\r=,", strict=True)
}


def legacy(sequence: str) -> str:
    """Return what an older terminal sends for the key *sequence*, "" if the key does not exist there.

    Every modified Enter becomes `NEWLINE_KEY`. Sequences that are not of these protocols come back as they are.
    """
    if match := _KITTY.fullmatch(sequence):
        return _of_kitty(*match.groups())
    if match := _XTERM.fullmatch(sequence):
        return _character(int(match[2]), (int(match[1]) - 1) & _HELD)
    if match := _MODIFIED.fullmatch(sequence):
        return _modified(match[1], (int(match[2]) - 1) & _HELD, match[4]) if match[3] != _RELEASED else ""
    return _APPLICATION.get(sequence, sequence)


def is_alt_enter(sequence: str) -> bool:
    """Return whether the key *sequence* is Enter with Alt, as older terminals and these protocols send it."""
    if match := _KITTY.fullmatch(sequence):
        code, modifiers, is_released = int(match[1]), match[4], match[5] == _RELEASED
        return _is_enter(code) and bool((int(modifiers or 1) - 1) & _ALT) and not is_released
    if match := _XTERM.fullmatch(sequence):
        return _is_enter(int(match[2])) and bool((int(match[1]) - 1) & _ALT)
    return sequence in (NEWLINE_KEY, f"{ESC}\n")


def _of_kitty(
    code: str, shifted: str | None, base: str | None, modifiers: str | None, event: str | None, text: str | None
) -> str:
    more = int(modifiers or 1) - 1
    held = more & _HELD
    if event == _RELEASED:
        return ""
    if text and not held & (_ALT | _CTRL):
        return "".join(chr(int(number)) for number in text.split(":") if number and _is_character(int(number)))
    if more & _CAPS_LOCK and _is_character(int(code)) and chr(int(code)).isalpha():
        held ^= _SHIFT
    return _character(int(code), held, shifted=int(shifted or 0), base=int(base or 0))


def _is_enter(code: int) -> bool:
    return code == 0x0D or _KEYPAD.get(code) == "\r"


def _modified(number: str, held: int, letter: str) -> str:
    """Return a key that is not a character, without modifiers that locks add."""
    if held:
        return f"{ESC}[{number};{held + 1}{letter}"
    if letter in "PQS":
        return f"{ESC}O{letter}"
    return f"{ESC}[{number}~" if letter == "~" else f"{ESC}[{letter}"


def _character(code: int, held: int, *, shifted: int = 0, base: int = 0) -> str:
    if (sign := _KEYPAD.get(code)) is not None:
        return NEWLINE_KEY if sign == "\r" and held else sign
    if code == 0x0D:
        return NEWLINE_KEY if held else "\r"
    if code == 0x09 and held & _SHIFT:
        return f"{ESC}[Z"
    if code == 0x7F and held & _CTRL:
        return _ERASE_WORD
    if not _is_character(code):
        return ""
    text = (chr(shifted) if _is_character(shifted) else chr(code).upper()) if held & _SHIFT else chr(code)
    if held & _CTRL:
        text = _control(chr(code)) or _control(chr(base))  # of the letter that is there on a Latin keyboard
    return ESC + text if held & _ALT and text else text


def _is_character(code: int) -> bool:
    is_functional = _FIRST_FUNCTIONAL <= code <= _LAST_FUNCTIONAL or 0xD800 <= code < 0xE000
    return 0 < code <= 0x10FFFF and not is_functional


def _control(character: str) -> str:
    """Return the control character of Ctrl and *character*, "" if there is none."""
    if character in "\x09\x1b\x7f":
        return character
    return chr(ord(character) & 0x1F) if "@" <= character <= "_" or "a" <= character <= "z" else ""
