"""What a stream means, for the tests of how streams are read."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any

from chatcli.api.decode import AnswerDecoder
from chatcli.api.http.sse import ServerEvent
from chatcli.conversation.messages import Event
from chatcli.conversation.reply import Reply
from chatcli.text.redactor import Redactor, Secret

KEY = "sk-0123456789abcdef"
DONE = "[DONE]"


class Fault(Exception):
    """What an error object is turned into here."""

    def __init__(self, payload: Any) -> None:
        super().__init__(payload)
        self.payload = payload


def decoder(answers: int = 1) -> AnswerDecoder:
    """Return a decoder that keeps KEY out of the text."""
    return AnswerDecoder(Fault, redactor=Redactor([Secret(KEY)]), answers=answers)


def events_of(*payloads: Any, answers: int = 1) -> list[Event]:
    """Return the events of a stream: mappings are sent as JSON, text as it is."""
    machine = decoder(answers)
    items = [ServerEvent(entry if isinstance(entry, str) else json.dumps(entry)) for entry in payloads]
    return [*(event for item in items for event in machine.feed(item)), *machine.close()]


def whole_events_of(payload: Any, *, answers: int = 1) -> list[Event]:
    """Return the events of a body that is one JSON object."""
    machine = decoder(answers)
    return [*machine.feed(ServerEvent(json.dumps(payload), is_bare=True)), *machine.close()]


def folded(events: Iterable[Event]) -> Reply:
    """Return the reply that *events* make."""
    reply = Reply()
    for event in events:
        reply.feed(event)
    return reply


def read(*payloads: Any, answers: int = 1) -> Reply:
    """Return the reply that a stream makes."""
    return folded(events_of(*payloads, answers=answers))
