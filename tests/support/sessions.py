"""Sessions for tests, written flat: each field goes to the part that has it."""

from __future__ import annotations

from typing import Any

from chatcli.conversation.binding import ModelBinding
from chatcli.conversation.conversation import Conversation
from chatcli.conversation.requests import TurnSettings
from chatcli.conversation.session import Session
from chatcli.records import fields


def make_session(**given: Any) -> Session:
    """Return a session whose binding, conversation, settings and own fields are *given* by their names."""
    parts = {
        kind: {item.name: given.pop(item.name) for item in fields(kind) if item.name in given}
        for kind in (ModelBinding, Conversation, TurnSettings)
    }
    return Session(
        ModelBinding(**parts[ModelBinding]),
        Conversation(**parts[Conversation]),
        TurnSettings(**parts[TurnSettings]),
        **given,
    )
