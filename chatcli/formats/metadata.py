"""What is kept beside the words of messages, as JSON values and back; and text as it may be kept.

Reading is total: what cannot be read is not known, or as at the beginning of a chat.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from chatcli.conversation.messages import Usage
from chatcli.conversation.tree import AnswerFacts, ChatState, Summary
from chatcli.records import asdict, fields
from chatcli.text.surrogates import repair


def storable_text(text: str) -> str:
    """Return *text* as it may be stored and sent: valid Unicode without NUL."""
    return repair(text).replace("\0", "\ufffd")


def plain_state(state: ChatState) -> dict[str, Any]:
    """Return *state* as JSON knows it."""
    known = asdict(state) | {"pinned": sorted(state.pinned), "dropped": sorted(state.dropped)}
    return known | {"options": dict(state.options), "summary": asdict(state.summary) if state.summary else None}


def plain_facts(facts: AnswerFacts) -> dict[str, Any]:
    """Return what is known in *facts* as JSON knows it."""
    usage = {"usage": without_unknown(asdict(facts.usage))} if facts.usage else {}
    return without_unknown(asdict(facts) | usage)


def read_state(found: Mapping[str, Any]) -> ChatState:
    """Return the state that *found* holds."""
    head, summary, options = found.get("head"), found.get("summary"), found.get("options")
    upto = whole_number(summary.get("upto")) if isinstance(summary, dict) else None
    return ChatState(
        head=whole_number(head),
        model=text_of(found.get("model")),
        provider=text_of(found.get("provider")),
        system=text_of(found.get("system")),
        options=options if isinstance(options, dict) else {},
        pinned=_ids(found.get("pinned")),
        dropped=_ids(found.get("dropped")),
        summary=Summary(upto, text_of(summary.get("text"))) if isinstance(summary, dict) and upto else None,
        examples=_pairs(found.get("examples")),
    )


def read_facts(found: Mapping[str, Any]) -> AnswerFacts:
    """Return the facts that *found* holds."""
    known: dict[str, Any] = {
        name: text_of(found.get(name)) for name in ("model", "provider", "host", "request_id", "why")
    }
    known |= {name: numeric(found.get(name)) for name in ("asked_at", "first_s", "took_s")}
    if isinstance(usage := found.get("usage"), dict):
        known["usage"] = Usage(**{item.name: numeric(usage.get(item.name)) for item in fields(Usage)})
    return AnswerFacts(**known, sources=_pairs(found.get("sources")))


def text_of(found: Any) -> str:
    """Return *found* cleaned where it is text, else nothing."""
    return storable_text(found) if isinstance(found, str) else ""


def whole_number(found: Any) -> int | None:
    """Return *found* where it is a whole number."""
    return found if isinstance(found, int) and not isinstance(found, bool) else None


def numeric(found: Any) -> Any:
    """Return *found* where it is a number."""
    return found if isinstance(found, int | float) and not isinstance(found, bool) else None


def without_unknown(known: Mapping[str, Any]) -> dict[str, Any]:
    """Return *known* without what says nothing."""
    return {name: value for name, value in known.items() if value not in (None, "", ())}


def _pairs(found: Any) -> tuple[tuple[str, str], ...]:
    pairs = found if isinstance(found, list) else ()
    return tuple((text_of(pair[0]), text_of(pair[1])) for pair in pairs if isinstance(pair, list) and len(pair) == 2)


def _ids(found: Any) -> frozenset[int]:
    return frozenset(item for item in found if whole_number(item)) if isinstance(found, list) else frozenset()
