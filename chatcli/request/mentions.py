"""Finds the files that a draft names with `@`, if the name was typed or completed at the prompt. Pure.

Pasted text, text from an editor and arguments name no files: a pasted mail with `@~/.ssh/id_ed25519` must not send that
file.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from chatcli.text.draft import EMPTY, Draft
from chatcli.text.patterns import pattern

# Punctuation of Chinese and Japanese, with which no space is written.
_WIDE = "\u2014\u2018-\u201d\u2026\u3001-\u3003\u3008-\u3011\u3014-\u301f\uff01-\uff0f\uff1a-\uff1f\uff5b-\uff65"
# Ideographs and kana, which are written without spaces: an `@` behind one is in no address.
_SCRIPTS = "\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff"
_MENTION = pattern(rf"""@"([^"\n]+)"|@'([^'\n]+)'|@((?:\\\s|[^\s@"])(?:\\\s|[^\s@"]|(?<![,;{_WIDE}{_SCRIPTS}])@)*)""")
_DOUBLED = re.compile(r"@@(?=\S)")
_UNSPACED = pattern(f"[{_SCRIPTS}]")
_AFTER = pattern(f"[].,;:!?)}}'\"{_WIDE}]+$")  # punctuation that may follow a path
_END = pattern(f"(?<![{_SCRIPTS}])(?=[{_SCRIPTS}])|(?=[{_WIDE}])")


def mentions(draft: Draft) -> list[tuple[str, ...]]:
    """Return the possible names after each `@` of *draft*; `@@` names nothing.

    Names with spaces are quoted, or have a backslash before each. Any other name may be followed by punctuation, or by
    words in Chinese or Japanese, so it has several readings; the last is that of a name between spaces. An `@` after
    such punctuation or words, or after a comma, begins the next name.
    """
    found = (tuple(name for name, is_typed in readings if is_typed) for readings in _found(draft))
    return [readings for readings in found if readings]


def pasted_names(draft: Draft) -> list[tuple[str, ...]]:
    """Return the possible names after each `@` that was typed, where the name was pasted: they name nothing."""
    return [
        tuple(name for name, _ in readings) for readings in _found(draft) if not any(typed for _, typed in readings)
    ]


def _found(draft: Draft) -> Iterator[list[tuple[str, bool]]]:
    """Yield the readings after each `@` that was typed, and whether each was typed as well."""
    for match in _MENTION.finditer(draft.text):
        begin = match.start()
        if _begins_word(draft.text, begin) and draft.is_typed(begin, begin + 1):
            quoted = match[1] or match[2]
            readings = [(quoted, match.end())] if quoted else _readings(match[3], begin + 1)
            yield [(name, draft.is_typed(begin, end)) for name, end in readings]


def mention_at_end(word: str) -> str | None:
    """Return the mention that *word*, which is still being typed, ends with."""
    found = _MENTION.finditer(f"{word}x")  # a sign alone is a beginning as well
    begins = [match.start() for match in found if match.end() > len(word)]
    return word[begins[-1] :] if begins and _begins_word(word, begins[-1]) else None


def without_doubled_signs(draft: Draft) -> Draft:
    """Return *draft* with `@` for each `@@` that was typed at the start of a word."""
    for match in reversed(list(_DOUBLED.finditer(draft.text))):
        begin = match.start()
        if _begins_word(draft.text, begin) and draft.is_typed(begin, begin + 2):
            draft = draft.splice(begin, begin + 1, EMPTY)
    return draft


def _readings(name: str, begin: int) -> list[tuple[str, int]]:
    """Return the readings of *name*, which begins at *begin*, each with its end."""
    bare = _AFTER.sub("", name)
    before_words = [name[: match.start()] for match in _END.finditer(name)][::-1]
    several = dict.fromkeys(
        reading for whole in (name, *before_words) for reading in (whole, _AFTER.sub("", whole)) if reading != bare
    )
    return [(reading, begin + len(reading)) for reading in (*several, bare) if reading]


def _begins_word(text: str, position: int) -> bool:
    """Return whether the sign at *position* starts a mention: not inside an address, and not doubled."""
    before = text[position - 1 : position]
    return before != "@" and (not before.isalnum() or _UNSPACED.match(before) is not None)
