"""The one choke point between foreign text and the terminal: what it returns cannot drive one.

Sequences are never parsed. Single characters that control, reorder or hide text are shown instead: C0 in caret form
(`^[`), the others by their number (`⟨U+202E⟩`). Joiners and variation selectors stay where a script or an emoji needs
them. The result holds no C0 but newline and tab, no DEL and no C1; making it safe once more changes nothing; and every
way to cut a text into deltas gives the same result, because what depends on the next character is held back.
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
_OPEN_TAGS = sorted({nation[:end] for nation in _NATIONS for end in range(1, len(nation))}, key=len, reverse=True)

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
# What the next character may still change: half of CR LF, half of a surrogate pair, a joiner, a keycap, a flag.
_UNDECIDED = pattern(
    f"(?:\r|[\ud800-\udbff]|[\u200c\u200d]|(?<=[0-9#*])\ufe0f|(?<={_FLAG})(?:{'|'.join(_OPEN_TAGS)}))\\Z"
)
_CONTEXT = 2  # the longest look behind: a picture and its variation selector


class Sanitizer:
    """Makes a stream of deltas safe; one instance for each text."""

    def __init__(self) -> None:
        self._before = ""
        self._held = ""

    def feed(self, text: str) -> str:
        """Return what is decided by now, in safe form; the rest is held back for the next call."""
        fresh = _joined(self._held + text)
        undecided = _UNDECIDED.search(self._before + fresh)
        cut = len(fresh) if undecided is None else undecided.start() - len(self._before)
        self._held = fresh[cut:]
        return self._shown(fresh[:cut], fresh)

    def close(self) -> str:
        """Return what was held back, as it reads when nothing follows; the instance is new again."""
        rest = self._shown(self._held, self._held)
        self._before = self._held = ""
        return rest

    def _shown(self, text: str, whole: str) -> str:
        """Return *text*, the beginning of *whole*, in safe form; the rest of *whole* is only looked at."""
        before, self._before = self._before, (self._before + text)[-_CONTEXT:]
        if not _RISKY.search(text):
            return text
        return _replaced(before + whole, len(before), len(before) + len(text))


def sanitize(text: str) -> str:
    """Return the whole *text* in a form that cannot drive a terminal."""
    if not _RISKY.search(text):
        return text
    joined = _joined(text)
    return _replaced(joined, 0, len(joined))


def escape_in_json(document: str) -> str:
    """Return a JSON document with `\\uXXXX` for what `sanitize` would show, so that it says the same."""
    return _TOKEN.sub(_escaped, document) if _RISKY.search(document) else document


def _joined(text: str) -> str:
    """Return *text* with surrogate pairs turned into the characters they stand for."""
    return _PAIR.sub(lambda pair: pair[0].encode("utf-16", "surrogatepass").decode("utf-16"), text)


def _replaced(text: str, start: int, end: int) -> str:
    """Return text[start:end] with every risky character decided in the context of all of *text*."""
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
