"""Translates the ends of turns into errors. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from chatcli.conversation.reply import CLOSED, EMPTY, ONLY_REASONING, Reply
from chatcli.errors import ChatError, FilteredAnswerError, IncompleteAnswerError, LengthLimitError, Remedy
from chatcli.text.phrases import count_noun


def ending_error(
    reply: Reply, error: ChatError | None, options: Mapping[str, Any], *, window_tokens: int | None = None
) -> ChatError | None:
    """Return the error that describes the end of a turn, or None if the answer is complete or was stopped.

    Any failure after the first word makes the answer incomplete. A reply that hit a limit set by the user counts as
    complete for exit codes.
    """
    has_begun = bool(reply.text or reply.choice.images)
    kept = "the text so far is kept" if has_begun else None
    if error and has_begun and error.exit_code < IncompleteAnswerError.exit_code:
        return IncompleteAnswerError(f"the answer is incomplete: {error.what}", kept=kept, server=error.server)
    if isinstance(error, IncompleteAnswerError):
        error.kept = error.kept or kept
    return error or _of_status(reply, options, kept=kept, window_tokens=window_tokens)


def _of_status(
    reply: Reply, options: Mapping[str, Any], *, kept: str | None, window_tokens: int | None
) -> ChatError | None:
    match reply.status:
        case "incomplete" if reply.why == ONLY_REASONING:
            return IncompleteAnswerError(f"{reply.why}{_end_in_words(reply)}", kept="the reasoning is kept")
        case "incomplete" if reply.why == EMPTY or (reply.is_empty and reply.why != CLOSED):
            return IncompleteAnswerError(f"{reply.why}{_end_in_words(reply)}", hint="ask again, or try another model")
        case "incomplete":
            return IncompleteAnswerError(f"the answer is incomplete: {reply.why}", kept=kept)
        case "length" if reply.choice.tool_calls:
            cut = describe_cut(reply, window_tokens=window_tokens)
            return LengthLimitError(
                f"{cut}, in the middle of a tool call", kept="no tool was run", hint=Remedy("more_tokens")
            )
        case "length" if not reply.choice.has_answer:
            cut = describe_cut(reply, window_tokens=window_tokens)
            return LengthLimitError(cut, hint=Remedy("more_tokens"))
        case "length" if not {"max_tokens", "max_completion_tokens"} & options.keys():
            return LengthLimitError(describe_cut(reply, window_tokens=window_tokens), kept=kept)
        case "filtered":
            how = "stopped" if kept else "withheld"
            return FilteredAnswerError(f"the answer was {how} by the content filter{_end_in_words(reply)}", kept=kept)
        case "refused":
            return FilteredAnswerError("the model refused to answer")
        case _:
            return None


def _end_in_words(reply: Reply) -> str:
    """Return the server's reason for an end without an answer, in brackets; empty if it adds nothing."""
    finish, usage = reply.choice.finish, reply.usage
    told = [f"finish reason `{finish.raw}`"] if finish and finish.raw != "content_filter" else []
    if usage and usage.completion_tokens:
        told.append(count_noun(usage.completion_tokens, "token"))
    return f" ({', '.join(told)})" if told else ""


def describe_cut(reply: Reply, *, window_tokens: int | None = None) -> str:
    """Describe where *reply* was cut; request and answer together may have filled the window."""
    usage = reply.usage
    spent = usage.completion_tokens if usage else None
    if not reply.choice.has_answer and (reply.choice.reasoning or (usage and usage.reasoning_tokens)):
        return "the token limit was used up by reasoning before the answer began"
    cut = f"the answer was cut at {count_noun(spent, 'token')}" if spent else ""
    if window_tokens and usage and spent and (usage.prompt_tokens or 0) + spent >= window_tokens:
        return f"{cut}: the context window of {window_tokens} is full"
    return cut if cut else "the answer was cut at the length limit"
