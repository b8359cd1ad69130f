"""How turns end, in words: the error that an ending is. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from chatcli.conversation.answers import has_content
from chatcli.conversation.reply import CLOSED, Reply
from chatcli.errors import ChatError, FilteredAnswerError, IncompleteAnswerError, LengthLimitError, Remedy


def ending_error(
    reply: Reply, error: ChatError | None, options: Mapping[str, Any], *, window_tokens: int | None = None
) -> ChatError | None:
    """Return the error that tells how a turn ended, or None where the answer is complete or was stopped.

    A failure after the first word makes the answer incomplete, whatever failed. A reply that met the limit its user
    had set is complete as far as exit codes go.
    """
    kept = "the text so far is kept" if reply.text else None
    if error and reply.text and error.exit_code < IncompleteAnswerError.exit_code:
        return IncompleteAnswerError(f"the answer is incomplete: {error.what}", kept=kept, server=error.server)
    if isinstance(error, IncompleteAnswerError):
        error.kept = error.kept or kept
    if error:
        return error
    match reply.status:
        case "incomplete" if reply.is_empty and reply.why != CLOSED:
            return IncompleteAnswerError(reply.why, hint="ask again, or try another model")
        case "incomplete":
            return IncompleteAnswerError(f"the answer is incomplete: {reply.why}", kept=kept)
        case "length" if not has_content(reply.message()):
            cut = describe_cut(reply, window_tokens=window_tokens)
            return LengthLimitError(cut, hint=Remedy("more_tokens"))
        case "length" if not {"max_tokens", "max_completion_tokens"} & options.keys():
            return LengthLimitError(describe_cut(reply, window_tokens=window_tokens), kept=kept)
        case "filtered":
            return FilteredAnswerError("the answer was stopped by the content filter", kept=kept)
        case "refused":
            return FilteredAnswerError("the model refused to answer")
        case _:
            return None


def describe_cut(reply: Reply, *, window_tokens: int | None = None) -> str:
    """Return where *reply* was cut, as a sentence; what was sent and what came may have filled the window."""
    usage = reply.usage
    spent = usage.completion_tokens if usage else None
    if not reply.text and (reply.choice.reasoning or (usage and usage.reasoning_tokens)):
        return "the token limit was used up by reasoning before the answer began"
    if window_tokens and usage and spent and (usage.prompt_tokens or 0) + spent >= window_tokens:
        return f"the answer was cut at {spent} tokens: the context window of {window_tokens} is full"
    return f"the answer was cut at {spent} tokens" if spent else "the answer was cut at the length limit"
