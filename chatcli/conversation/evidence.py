"""Gathers evidence about a server from a conversation's answers: request sizes it accepted, and its counts. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import islice

from chatcli.conversation.conversation import Conversation
from chatcli.conversation.messages import Message, Usage
from chatcli.conversation.tree import AnswerFacts, Node
from chatcli.records import frozen

_LOOKED_AT = 200  # messages: older answers say nothing that these do not


@frozen
class TakenRequest:
    """Messages that a server accepted, and the usage it reported."""

    messages: Sequence[Message]
    usage: Usage | None


def taken_requests(conversation: Conversation, provider: str, *, most: int) -> list[TakenRequest]:
    """Return the newest few requests that the last model accepted on the current branch, oldest first.

    Empty once turns were pinned, dropped or compacted, because the sent turns are then unknown.
    """
    if conversation.pinned or conversation.dropped or conversation.summary:
        return []
    path = islice(conversation.tree.newest_first(conversation.tree.head), _LOOKED_AT)
    known = ((node, node.facts) for node in path if node.facts and _tells(node, node.facts, provider))
    newest = [*islice(known, 1)]
    newest += islice(((node, facts) for node, facts in known if facts.model == newest[0][1].model), most - 1)
    return [TakenRequest(_messages(conversation, node, facts), facts.usage) for node, facts in reversed(newest)]


def _tells(node: Node, facts: AnswerFacts, provider: str) -> bool:
    return node.message.role == "assistant" and facts.sent_turns is not None and facts.provider == provider


def _messages(conversation: Conversation, answer: Node, facts: AnswerFacts) -> Sequence[Message]:
    instructions = conversation.instructions
    sent = conversation.tree.last_turns(answer.parent, 1 + (facts.sent_turns or 0))
    return [*([instructions] if instructions else []), *sent]
