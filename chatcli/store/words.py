"""Defines the search index: what is indexed, and how queries are written.

Every CJK, kana and hangul character is a word of its own, so that one, two or any number of them are found. What is
searched for is always words and never a query language.
"""

from __future__ import annotations

import re
import unicodedata

from chatcli.conversation.messages import Message, TextPart
from chatcli.text.json_values import storable_text
from chatcli.text.patterns import pattern
from chatcli.text.phrases import one_line

_EAST_ASIAN = pattern("[\u1100-\u11ff\u2e80-\u2fdf\u3005-\u3007\u3040-\u30ff\u3100-\u312f\u3130-\u318f\u31a0-\u31bf"
                      "\u31f0-\u31ff\u3400-\u4dbf\u4e00-\u9fff\ua960-\ua97f\uac00-\ud7ff\uf900-\ufaff\uff66-\uffdc"
                      "\U00020000-\U0003ffff]")  # fmt: skip

MOST_INDEXED = 1_000_000  # characters of a message: to index a flood takes longer than to receive it
_PART = 10_000  # characters
_LONGEST_WORD = 10_000  # characters: SQLite refuses patterns above 50 000 bytes
_MOST_WORDS = 100  # SQLite refuses conditions above 1 000 levels
_LEAST_BEGINNING = 2  # letters: one begins half of all words


def index_text(message: Message) -> str:
    """Return the text of *message* as it is put into the index, its first million characters."""
    texts = [part.text for part in message.parts if isinstance(part, TextPart)]
    texts += [message.reasoning, message.refusal]
    texts += [text for call in message.tool_calls for text in (call.name, call.arguments)]
    room, beginnings = MOST_INDEXED, list[str]()
    for text in filter(None, texts):
        beginnings.append(text[:room])
        room -= len(beginnings[-1])
    return space_cjk("\n".join(filter(None, beginnings)))


def space_cjk(text: str) -> str:
    """Return *text* with a space around every character that is a word of its own."""
    if text.isascii():
        return text  # and no pattern has to be compiled before the first question leaves
    # In parts, for what a pattern replaces is collected match by match.
    parts = (text[start : start + _PART] for start in range(0, len(text), _PART))
    return "".join(_EAST_ASIAN.sub(lambda found: f" {found[0]} ", part) for part in parts)


def query(typed: str) -> str:
    """Return the query that finds all words of *typed*; empty if the index can contain none of them."""
    return " ".join(_quoted(typed))


def beginnings(typed: str) -> str:
    """Return the query that finds words which begin as those of *typed* do; empty where that would mean too much."""
    words = _quoted(typed)
    long_enough = all(sum(map(_is_indexed, word)) >= _LEAST_BEGINNING for word in words)
    return " ".join(f"{word}*" for word in words) if long_enough else ""


def _quoted(typed: str) -> list[str]:
    words = [space_cjk(word).strip().replace('"', '""') for word in split_words(typed)]
    return [f'"{word}"' for word in words if any(map(_is_indexed, word))]


def _is_indexed(character: str) -> bool:
    return unicodedata.category(character)[0] in "LN" or unicodedata.category(character) == "Co"


def patterns(typed: str) -> list[str]:
    """Return the patterns for LIKE that find the words of *typed* anywhere; the escape is a backslash."""
    return ["%" + re.sub(r"([\\%_])", r"\\\1", word) + "%" for word in split_words(typed)]


def split_words(typed: str) -> list[str]:
    """Return the words of *typed*, cut to the limits of SQLite, which no person's search reaches."""
    words = dict.fromkeys(storable_text(typed).split())
    return [word[:_LONGEST_WORD] for word in words][:_MOST_WORDS]


def snippet(text: str, typed: str, *, around: int = 40) -> str:
    """Return the surroundings of the first word of *typed* in *text*, in one line."""
    flat = one_line(text)
    folded = _folded(flat)
    positions = [position for word in typed.split() if (position := folded.find(_folded(word))) >= 0]
    start = max(min(positions, default=0) - around // 2, 0)
    cut = flat[start : start + 2 * around]
    return ("…" if start else "") + cut + ("…" if start + 2 * around < len(flat) else "")


def _folded(text: str) -> str:
    """Return *text* without case and accents, each character in its place."""
    return text.lower() if text.isascii() else text.translate(_FOLDS)


class _Folds(dict[int, str]):
    """What each character becomes, found out once for each."""

    def __missing__(self, code: int) -> str:
        letter = chr(code)
        self[code] = unicodedata.normalize("NFD", letter)[0].lower()[:1] or letter
        return self[code]


_FOLDS = _Folds()
