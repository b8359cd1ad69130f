"""Finds the files that a draft names with `@`, if the name was typed or completed at the prompt. Pure.

Pasted text, text from an editor and arguments name no files: a pasted mail with `@~/.ssh/id_ed25519` must not send that
file.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from chatcli.text.draft import EMPTY, Draft

_MENTION = re.compile(r'@"([^"\n]+)"|@([^\s@"][^\s"]*)')
_DOUBLED = re.compile(r"@@(?=\S)")
_AFTER = ".,;:!?)]}'\"。，、；：！？）」』"  # punctuation that may follow a path


def mentions(draft: Draft) -> list[tuple[str, ...]]:
    """Return the possible names after each `@` of *draft*, the longest first; `@@` names nothing.

    Names with spaces are quoted. Any other may be followed by punctuation, so it has several readings.
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
            readings = [(match[1], match.end())] if match[1] else _readings(match[2], begin + 1)
            yield [(name, draft.is_typed(begin, end)) for name, end in readings]


def without_doubled_signs(draft: Draft) -> Draft:
    """Return *draft* with `@` for each `@@` that was typed at the start of a word."""
    for match in reversed(list(_DOUBLED.finditer(draft.text))):
        begin = match.start()
        if _begins_word(draft.text, begin) and draft.is_typed(begin, begin + 2):
            draft = draft.splice(begin, begin + 1, EMPTY)
    return draft


def _readings(name: str, begin: int) -> list[tuple[str, int]]:
    """Return the readings of *name*, which begins at *begin*, each with its end."""
    readings = dict.fromkeys((name, name.rstrip(_AFTER)))
    return [(reading, begin + len(reading)) for reading in readings if reading]


def _begins_word(text: str, position: int) -> bool:
    """Return whether the sign at *place* starts a mention: not inside an address, and not doubled."""
    before = text[position - 1 : position]
    return not (before == "@" or before.isalnum())
