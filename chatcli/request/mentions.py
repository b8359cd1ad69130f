"""Files that a draft names with `@`: only where the name was typed, or completed at the prompt. Pure.

What was pasted, written in another program or given as an argument names nothing: a mail with `@~/.ssh/id_ed25519` in
it must not send that file.
"""

from __future__ import annotations

import re

from chatcli.text.draft import EMPTY, Draft

_MENTION = re.compile(r'@"([^"\n]+)"|@([^\s@"][^\s"]*)')
_DOUBLED = re.compile(r"@@(?=\S)")
_AFTER = ".,;:!?)]}'\"。，、；：！？）」』"  # what may stand after a path without belonging to it


def mentions(draft: Draft) -> list[tuple[str, ...]]:
    """Return what each `@` of *draft* may name, the longest reading first; `@@` names nothing.

    Names with spaces stand in quotes. Any other may be followed by what ends a sentence, so it has several readings.
    """
    found = []
    for match in _MENTION.finditer(draft.text):
        if _begins_word(draft.text, match.start()):
            begin = match.start()
            readings = [(match[1], match.end())] if match[1] else _readings(match[2], begin + 1)
            found.append(tuple(name for name, end in readings if draft.is_typed(begin, end)))
    return [readings for readings in found if readings]


def without_doubled_signs(draft: Draft) -> Draft:
    """Return *draft* with one `@` for each `@@` that was typed at the beginning of a word."""
    for match in reversed(list(_DOUBLED.finditer(draft.text))):
        begin = match.start()
        if _begins_word(draft.text, begin) and draft.is_typed(begin, begin + 2):
            draft = draft.splice(begin, begin + 1, EMPTY)
    return draft


def _readings(name: str, begin: int) -> list[tuple[str, int]]:
    """Return the readings of *name*, which begins at *begin*, each with its end."""
    readings = dict.fromkeys((name, name.rstrip(_AFTER)))
    return [(reading, begin + len(reading)) for reading in readings if reading]


def _begins_word(text: str, place: int) -> bool:
    """Tell whether the sign at *place* is neither in the middle of an address nor doubled by the one before it."""
    before = text[place - 1 : place]
    return not (before == "@" or before.isalnum())
