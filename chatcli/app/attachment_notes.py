"""Describes attachments before they are sent: name, size and tokens."""

from __future__ import annotations

from collections.abc import Sequence

from chatcli.conversation.messages import Message
from chatcli.conversation.token_budget import TokenBudget
from chatcli.language import _
from chatcli.request.attachments import Attachment
from chatcli.text.units import format_tokens


def attached_note(attachment: Attachment, budget: TokenBudget) -> str:
    """Return the line that names the attachments: `attached: LICENSE (21 lines, 1.1 kB, ~250 tokens)`."""
    tokens = format_tokens(round(budget.guess(_message(attachment))))
    return _("attached: {name} ({kind}, ~{tokens} tokens)", name=attachment.name, kind=attachment.kind, tokens=tokens)


def consent_question(attachments: Sequence[Attachment], budget: TokenBudget, *, most_tokens: int) -> str:
    """Return the question whether to send that much; empty up to *most_tokens*, and always for 0."""
    messages = [_message(attachment) for attachment in attachments]
    if not most_tokens or sum(map(budget.bound, messages)) <= most_tokens:
        return ""
    tokens = round(sum(map(budget.count, messages)))
    if tokens <= most_tokens:
        return ""
    named = _(", ").join(_("{name}: {kind}", name=one.name, kind=one.kind) for one in attachments)
    return _("{attachments}, ~{tokens} tokens. Send?", attachments=named, tokens=format_tokens(tokens))


def _message(attachment: Attachment) -> Message:
    return Message("user", attachment.parts)
