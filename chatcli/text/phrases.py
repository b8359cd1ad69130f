"""Formats phrases: lists, sentences and shortened text."""

from __future__ import annotations

from collections.abc import Sequence
from functools import reduce

from chatcli.language import ENGLISH, _, current_language

# In the others a Latin letter at the start is that of a name, such as of a file.
_WITH_CAPITALS = {ENGLISH}
_ENDS = (".", "!", "?", "…", "。", "！", "？")


def join_words(words: Sequence[str], joint: str = "or") -> str:
    """Join words as in a sentence: "a, b or c"; *joint* is `or` or `and`."""
    listed = _(", ").join(words[:-1])
    if not listed:
        return "".join(words)
    pattern = _("{listed} or {last}") if joint == "or" else _("{listed} and {last}")
    return pattern.format(listed=listed, last=words[-1])


def capitalize(words: str) -> str:
    """Return *words* with the first letter in upper case where sentences begin so, the rest unchanged."""
    return words[:1].upper() + words[1:] if current_language() in _WITH_CAPITALS else words


def punctuate(words: str) -> str:
    """Return *words* as a sentence: capitalised, with a full stop unless they end with a mark."""
    return capitalize(end_sentence(words))


def end_sentence(words: str) -> str:
    """Return *words* with a full stop, unless they end with a mark."""
    return words if is_sentence(words) else _("{sentence}.", sentence=words)


def is_sentence(words: str) -> bool:
    """Return whether *words* end with the mark of a sentence."""
    return words.endswith(_ENDS)


def join_sentences(*sentences: str) -> str:
    """Return *sentences* behind each other, without those that are empty."""
    said = list(filter(None, sentences))
    return reduce(lambda before, following: _("{before} {following}", before=before, following=following), said or [""])


def shorten(text: str, most: int) -> str:
    """Return *text*, cut to *most* characters with an ellipsis if it is longer."""
    return text if len(text) <= most else f"{text[: most - 1].rstrip()}…"


def shorten_middle(text: str, most: int) -> str:
    """Return *text* without its middle if it has more than *most* characters; suits paths."""
    half = (most - 1) // 2
    return text if len(text) <= most else f"{text[:half]}…{text[-half:]}"


def one_line(text: str) -> str:
    """Return *text* with each run of white space replaced by one space."""
    return " ".join(text.split())
