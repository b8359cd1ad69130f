"""Sanitises foreign text for the terminal: the result cannot control it. All foreign text passes through here.

Sequences are never parsed. Single characters that control, reorder or hide text are made visible: C0 in caret form
(`^[`), others by code point (`⟨U+202E⟩`). Joiners and variation selectors are kept if a script or an emoji needs them.
The result contains no C0 except newline and tab, no DEL and no C1; sanitising is idempotent; and the result does not
depend on how a text is cut into deltas, because text that depends on the next character is held back.
"""

from __future__ import annotations

import re

from chatcli.text.patterns import pattern

_PICTURE = "\u00a9\u00ae\u203c\u2049\u2100-\u27bf\u2934\u2935\u2b00-\u2bff\u3030\u303d\u3297\u3299\U0001f000-\U0001faff"
_IDEOGRAPH = "\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff"
_LETTER = "\u0620-\u06ff\u0750-\u077f\u08a0-\u08ff\u0900-\u0dff\ufb50-\ufdff\ufe70-\ufefc"  # Arabic and Indic scripts
_VIRAMA = "\u094d\u09cd\u0a4d\u0acd\u0b4d\u0bcd\u0c4d\u0ccd\u0d4d\u0dca"

_FLAG = "\U0001f3f4"
_END_OF_TAGS = "\U000e007f"
# England, Scotland and Wales are the only tag sequences that Unicode recommends (RGI, emoji-sequences.txt).
_NATIONS = tuple(
    "".join(chr(0xE0000 + ord(letter)) for letter in code) + _END_OF_TAGS for code in ("gbeng", "gbsct", "gbwls")
)
_OPEN_TAGS = sorted({nation[:end] for nation in _NATIONS for end in range(1, len(nation))})

_HARMFUL = (
    r"\x00-\x08\x0b-\x1f\x7f-\x9f"
    "\u061c\u200b-\u200f\u202a-\u202e\u2060\u2066-\u2069\ufeff\ufe00-\ufe0f"
    "\ud800-\udfff\U000e0000-\U000e007f\U000e0100-\U000e01ef"
)
_RISKY = pattern(f"[{_HARMFUL}]")
_PAIR = pattern("[\ud800-\udbff][\udc00-\udfff]")
_TOKEN = pattern(
    "|".join(
        (
            r"(?P<newline>\r\n)",
            f"(?P<kept>(?<={_FLAG})(?:{'|'.join(_NATIONS)})"
            f"|(?<=[{_PICTURE}])[\ufe0e\ufe0f]"
            "|(?<=[0-9#*])\ufe0f(?=\u20e3)"
            f"|(?<=[{_IDEOGRAPH}])[\ufe00-\ufe02\U000e0100-\U000e01ef]"
            f"|(?:(?<=[{_PICTURE}])|(?<=[{_PICTURE}]\ufe0f))\u200d(?=[{_PICTURE}])"
            f"|(?<=[{_VIRAMA}])[\u200c\u200d]"
            f"|(?<=[{_LETTER}])[\u200c\u200d](?=[{_LETTER}]))",
            f"(?P<shown>[{_HARMFUL}])",
        )
    )
)
# Text that the next character may change: half of CR LF, half of a surrogate pair, a joiner, a keycap, a flag.
_UNDECIDED = pattern(
    f"(?:\r|[\ud800-\udbff]|[\u200c\u200d]|(?<=[0-9#*])\ufe0f|(?<={_FLAG})(?:{'|'.join(_OPEN_TAGS)}))\\Z"
)
_CONTEXT = 2  # the longest lookbehind: an emoji and its variation selector


class Sanitizer:
    """Sanitises a stream of deltas; one instance per text."""

    def __init__(self) -> None:
        self._before = ""
        self._held = ""

    def feed(self, text: str) -> str:
        """Return the text that is settled, sanitised; the rest is held back for the next call."""
        fresh = _joined(self._held + text)
        undecided = _UNDECIDED.search(self._before + fresh)
        cut = len(fresh) if undecided is None else undecided.start() - len(self._before)
        self._held = fresh[cut:]
        return self._shown(fresh[:cut], fresh)

    def close(self) -> str:
        """Return the held-back text as the end of the text, and reset the instance."""
        rest = self._shown(self._held, self._held)
        self._before = self._held = ""
        return rest

    def _shown(self, text: str, whole: str) -> str:
        """Return *text*, the start of *whole*, sanitised; the rest of *whole* is only context."""
        before, self._before = self._before, (self._before + text)[-_CONTEXT:]
        if not _RISKY.search(text):
            return text
        return _replaced(before + whole, len(before), len(before) + len(text))


def sanitize(text: str) -> str:
    """Return the whole *text* in a form that cannot control a terminal."""
    if text.isascii() and text.isprintable():  # compiling the pattern takes a millisecond
        return text
    if not _RISKY.search(text):
        return text
    joined = _joined(text)
    return _replaced(joined, 0, len(joined))


def escape_in_json(document: str) -> str:
    """Return a JSON document with `\\uXXXX` in place of harmful characters, with the same meaning."""
    return _TOKEN.sub(_escaped, document) if _RISKY.search(document) else document


def _joined(text: str) -> str:
    """Return *text* with surrogate pairs joined into characters."""
    return _PAIR.sub(lambda pair: pair[0].encode("utf-16", "surrogatepass").decode("utf-16"), text)


def _replaced(text: str, start: int, end: int) -> str:
    """Return text[start:end] sanitised, with all of *text* as context."""
    pieces: list[str] = []
    for token in _TOKEN.finditer(text, start):
        if token.start() >= end:
            break
        pieces += (text[start : token.start()], _shown(token))
        start = token.end()
    return "".join(pieces) + text[start:end]


def _shown(token: re.Match[str]) -> str:
    if token["newline"]:
        return "\n"
    if token["kept"]:
        return token["kept"]
    code = ord(token["shown"])
    if code < 0x20 or code == 0x7F:
        return "^" + chr(code ^ 0x40)
    if 0xD800 <= code <= 0xDFFF:
        return "\N{REPLACEMENT CHARACTER}"
    return f"⟨U+{code:04X}⟩"


def _escaped(token: re.Match[str]) -> str:
    if not token["shown"]:
        return token[0]
    units = token[0].encode("utf-16-be", "surrogatepass").hex()
    return "".join(f"\\u{units[at : at + 4]}" for at in range(0, len(units), 4))
