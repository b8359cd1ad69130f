"""Converts the metadata of chats and answers to JSON values and back.

Reading never fails: unreadable values become unknown, or the initial values of a chat.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from chatcli.conversation.messages import Usage
from chatcli.conversation.tree import AnswerFacts, ChatState, Summary
from chatcli.records import asdict, fields
from chatcli.text.json_values import as_bool, as_int, as_list, as_number, as_object, as_text


def plain_state(state: ChatState) -> dict[str, Any]:
    """Return *state* as JSON values."""
    known = asdict(state) | {name: sorted(getattr(state, name)) for name in ("pinned", "dropped", "asides")}
    return known | {"options": dict(state.options), "summary": asdict(state.summary) if state.summary else None}


def plain_facts(facts: AnswerFacts) -> dict[str, Any]:
    """Return the known values of *facts* as JSON values."""
    usage = {"usage": _plain_usage(facts.usage)} if facts.usage else {}
    return without_unknown(asdict(facts) | usage)


def _plain_usage(usage: Usage) -> dict[str, Any]:
    known = without_unknown(asdict(usage) | {"is_estimate": None})
    return known | {"is_estimate": True} if usage.is_estimate else known


def read_state(found: Mapping[str, Any]) -> ChatState:
    """Read the state in *found*."""
    summary = as_object(found.get("summary"))
    upto = as_int(summary.get("upto"))
    return ChatState(
        head=as_int(found.get("head")),
        model=as_text(found.get("model")),
        provider=as_text(found.get("provider")),
        system=as_text(found.get("system")),
        options=as_object(found.get("options")),
        pinned=_ids(found.get("pinned")),
        dropped=_ids(found.get("dropped")),
        summary=Summary(upto, as_text(summary.get("text"))) if upto else None,
        examples=_pairs(found.get("examples")),
        asides=_ids(found.get("asides")),
    )


def read_facts(found: Mapping[str, Any]) -> AnswerFacts:
    """Read the facts in *found*."""
    return AnswerFacts(**{name: _FACTS[name](value) for name, value in found.items() if name in _FACTS})


def without_unknown(known: Mapping[str, Any]) -> dict[str, Any]:
    """Return *known* without empty values."""
    return {name: value for name, value in known.items() if value not in (None, "", ())}


def _usage(found: Any) -> Usage | None:
    if not isinstance(found, dict):
        return None
    return Usage(**{name: _USAGE[name](value) for name, value in found.items() if name in _USAGE})


def _pairs(found: Any) -> tuple[tuple[str, str], ...]:
    return tuple((as_text(pair[0]), as_text(pair[1])) for pair in map(as_list, as_list(found)) if len(pair) == 2)


def _ids(found: Any) -> frozenset[int]:
    return frozenset(id for item in as_list(found) if (id := as_int(item)))


# What is missing has the default of its field, which is what each of these makes of nonsense.
_USAGE: Mapping[str, Callable[[Any], Any]] = {
    **{item.name: as_int for item in fields(Usage)},
    "cost": as_number,
    "is_estimate": as_bool,
}
_FACTS: Mapping[str, Callable[[Any], Any]] = {
    **dict.fromkeys(("model", "provider", "host", "request_id", "why"), as_text),
    **dict.fromkeys(("asked_at", "first_s", "took_s"), as_number),
    "usage": _usage,
    "sources": _pairs,
    "sent_turns": as_int,
}
