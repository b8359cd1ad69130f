"""Small matters of words: how many, the letter a sentence begins with, and what is left of a text that is too long."""

from __future__ import annotations

from collections.abc import Sequence


def count_noun(count: int, what: str) -> str:
    """Return "1 turn", "2 turns"."""
    return f"{count} {what}" if count == 1 else f"{count} {what}s"


def join_words(words: Sequence[str], joint: str = "or") -> str:
    """Join words the way a sentence lists them: "a, b or c"."""
    return f" {joint} ".join(part for part in (", ".join(words[:-1]), *words[-1:]) if part)


def capitalize(words: str) -> str:
    """Return *words* with a capital letter at the beginning; the others stay as they are."""
    return words[:1].upper() + words[1:]


def punctuate(words: str) -> str:
    """Return *words* as a sentence, with a capital letter and a full stop; an end mark that is there is kept."""
    return capitalize(words if words.endswith((".", "!", "?", "…")) else f"{words}.")


def shorten(text: str, most: int) -> str:
    """Return *text*, or its first characters and an ellipsis where it has more than *most*."""
    return text if len(text) <= most else f"{text[: most - 1].rstrip()}…"


def shorten_middle(text: str, most: int) -> str:
    """Return *text* without its middle where it has more than *most* characters, as suits a path."""
    half = (most - 1) // 2
    return text if len(text) <= most else f"{text[:half]}…{text[-half:]}"


def one_line(text: str) -> str:
    """Return *text* with a single space wherever it has any white space."""
    return " ".join(text.split())
