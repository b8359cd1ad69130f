"""Recognises what servers write at the end of an answer beside its finish reason; pure.

An event called `end`, an object that is of a type such as `message_stop`, a flag that is true, a word in brackets. Each
may also end something else on the way (a search, a thought), so it counts only where no word of an answer follows.
"""

from __future__ import annotations

from collections.abc import Mapping

from chatcli.api.finish_reasons import finish_family
from chatcli.text.patterns import pattern

_FLAGS = ("done", "is_end", "is_finished", "finished", "end")
_NAMES = ("type", "event")
_MARK = pattern(r"\[(\w+)\]")


def object_says_end(payload: Mapping[str, object]) -> bool:
    """Return whether *payload* says that it is the last."""
    return any(payload.get(flag) is True for flag in _FLAGS) or any(_is_end(payload.get(name)) for name in _NAMES)


def event_says_end(name: str) -> bool:
    """Return whether an event called *name* is the last."""
    return _is_end(name)


def words_say_end(text: str) -> bool:
    """Return whether *text* in the place of an object is a mark such as [END]."""
    found = _MARK.fullmatch(text)
    return found is not None and _is_end(found[1])


def _is_end(word: object) -> bool:
    return isinstance(word, str) and bool(word) and finish_family(word) == "stop"
