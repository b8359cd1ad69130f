"""Repairs lone surrogates: half characters that JSON and the command line can contain, but UTF-8 cannot.

A stored surrogate would make every later request fail, so they are repaired wherever text enters: a high half followed
by a low one becomes one character, and a lone half becomes U+FFFD.
"""

from __future__ import annotations

import re

from chatcli.text.patterns import pattern

REPLACEMENT = "\N{REPLACEMENT CHARACTER}"

_PAIR = pattern("[\ud800-\udbff][\udc00-\udfff]")
_LONE = pattern("[\ud800-\udfff]")


def repair(text: str) -> str:
    """Join surrogate pairs and replace lone halves; well-formed text comes back as the same object."""
    if text.isascii() or not _LONE.search(text):
        return text
    return _LONE.sub(REPLACEMENT, _PAIR.sub(_join, text))


def count_lone(text: str) -> int:
    """Return how many characters `repair` would replace."""
    return 0 if text.isascii() else len(_LONE.findall(_PAIR.sub("", text)))


class Joiner:
    """Repairs text that arrives in pieces: a high half at the end of one piece waits for the next."""

    def __init__(self) -> None:
        self._held = ""

    def feed(self, text: str) -> str:
        """Return the text that is certain so far; the result does not depend on how the text is cut."""
        text = self._held + text
        self._held = text[-1:] if "\ud800" <= text[-1:] <= "\udbff" else ""
        return repair(text[:-1] if self._held else text)

    def close(self) -> str:
        """Return the held-back text."""
        held, self._held = self._held, ""
        return repair(held)


def _join(pair: re.Match[str]) -> str:
    return pair.group().encode("utf-16", "surrogatepass").decode("utf-16")
