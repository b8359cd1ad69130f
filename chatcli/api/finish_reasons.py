"""Classifies finish reasons by their parts, in any case and spelling; pure.

Servers invent these words (`PROHIBITED_CONTENT`, `max_output_tokens`, `insufficient_system_resource`), so no list of
them is ever whole. A word that fits two families belongs to the graver one: a filter goes before an error, an error
before a limit. An unknown word is passed on unchanged, so that the user sees it.

Servers also end answers beside the finish reason: with an event called `end`, an object of a type such as
`message_stop`, a flag that is true, a word in brackets. Each may end something else on the way (a search, a thought),
so it counts only where no word of an answer follows.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Literal, TypeAlias

from chatcli.text.patterns import pattern

FinishFamily: TypeAlias = Literal["content_filter", "error", "length", "tool_calls", "stop", "unknown"]

# Found anywhere in the word, whose separators do not count: `time_out`, `TimeOut` and `TIMEOUT` are one.
_STEMS: Mapping[FinishFamily, tuple[str, ...]] = {
    "content_filter": (
        *("filter", "safety", "unsafe", "prohibit", "block", "spii", "recitation", "sensitive", "moderat", "policy"),
        *(
            "flagged",
            "refus",
            "guardrail",
            "violat",
            "jailbreak",
            "inappropriate",
            "harmful",
            "censor",
            "copyright",
            "toxic",
            "illegal",
            "complian",
            "risk",
            "nsfw",
            "banned",
            "blacklist",
        ),
    ),
    "error": (
        *(
            "error",
            "malformed",
            "abort",
            "timeout",
            "timedout",
            "fail",
            "cancel",
            "exception",
            "unavailable",
            "invalid",
        ),
        *(
            "insufficient",
            "overload",
            "unexpected",
            "interrupt",
            "disconnect",
            "crash",
            "ratelimit",
            "quota",
            "missing",
        ),
        *("toomany", "incomplete", "shutdown", "killed", "outofmemory", "preempt"),
    ),
    "length": ("length", "max", "limit", "context", "truncat", "budget", "exceed", "overflow", "toolong"),
}
# Whole parts of the word: as stems they would be found in others.
_PARTS: Mapping[FinishFamily, frozenset[str]] = {
    "tool_calls": frozenset({"tool", "tools", "function", "functions", "call", "calls"}),
    "stop": frozenset(
        {
            *("stop", "stopped", "end", "ended", "eos", "eot", "complete", "completed", "done", "finish", "finished"),
            *("success", "succeeded", "natural", "normal", "ok"),
        }
    ),
}
_TOKEN = pattern(r"<[^<>\s]*>|\d+")  # that the model ended with: `<|eot_id|>`, `</s>`, or its number
_FLAGS = ("done", "is_end", "is_finished", "finished", "end")
_NAMES = ("type", "event")
_MARK = pattern(r"\[(\w+)\]")
_PREFIX = pattern(r"(?:finish|stop)_?reason_?", re.IGNORECASE)  # of the word's own sort: FINISH_REASON_UNSPECIFIED
_PART = pattern(r"[A-Z]?[a-z]+|[A-Z]+(?![a-z])")


def finish_family(word: str) -> FinishFamily:
    """Return what *word* says of how an answer ended."""
    squeezed = re.sub(r"[^a-z]", "", word.lower())
    for family, stems in _STEMS.items():
        if any(stem in squeezed for stem in stems):
            return family
    if _TOKEN.fullmatch(word):
        return "stop"
    parts = {part.lower() for part in _PART.findall(_PREFIX.sub("", word))}
    return next((family for family, known in _PARTS.items() if parts & known), "unknown")


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
