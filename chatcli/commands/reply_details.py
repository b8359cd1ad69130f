"""Shows the folded details of a reply: reasoning, tool calls and their results."""

from __future__ import annotations

import json
from collections.abc import Sequence

from chatcli.commands.markdown import code
from chatcli.conversation.messages import Message, ToolCall
from chatcli.conversation.window import split_turns
from chatcli.formats.transcript import fenced
from chatcli.language import _


def details(history: Sequence[Message]) -> str:
    """Return the details of the last turn as Markdown, in order of arrival; empty if there are none."""
    conversation = split_turns(history)
    last = conversation[-1] if conversation else ()
    return "\n\n".join(piece for message in last for piece in _of(message))


def _of(message: Message) -> list[str]:
    if message.role == "tool":
        return [_part(_("**Result**"), fenced(message.text))]
    thought = [_part(_("**Reasoning**"), message.reasoning)] if message.reasoning else []
    return thought + [
        _part(_("**Call** of {name}", name=code(call.name)), fenced(_arguments(call), "json"))
        for call in message.tool_calls
    ]


def _part(heading: str, text: str) -> str:
    return f"{heading}\n\n{text}"


def _arguments(call: ToolCall) -> str:
    try:
        return json.dumps(json.loads(call.arguments), ensure_ascii=False, indent=2)
    except (ValueError, RecursionError):
        return call.arguments  # as the model wrote them
