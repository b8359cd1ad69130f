"""Translates the ends of turns into errors. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from chatcli.conversation.reply import CLOSED, EMPTY, ONLY_REASONING, Reply
from chatcli.errors import ChatError, FilteredAnswerError, IncompleteAnswerError, LengthLimitError, Remedy
from chatcli.language import _, ngettext


def ending_error(
    reply: Reply, error: ChatError | None, options: Mapping[str, Any], *, window_tokens: int | None = None
) -> ChatError | None:
    """Return the error that describes the end of a turn, or None if the answer is complete or was stopped.

    Any failure after the first word makes the answer incomplete. A reply that hit a limit set by the user counts as
    complete for exit codes.
    """
    has_begun = bool(reply.text or reply.choice.images)
    kept = _("the text so far is kept") if has_begun else None
    if error and has_begun and error.exit_code < IncompleteAnswerError.exit_code:
        what = _("the answer is incomplete: {reason}", reason=error.what)
        return IncompleteAnswerError(what, kept=kept, server=error.server)
    if isinstance(error, IncompleteAnswerError):
        error.kept = error.kept or kept
    return error or _of_status(reply, options, kept=kept, window_tokens=window_tokens)


def _of_status(
    reply: Reply, options: Mapping[str, Any], *, kept: str | None, window_tokens: int | None
) -> ChatError | None:
    match reply.status:
        case "incomplete" if reply.why == ONLY_REASONING:
            return IncompleteAnswerError(_with_end(_(reply.why), reply), kept=_("the reasoning is kept"))
        case "incomplete" if reply.why == EMPTY or (reply.is_empty and reply.why != CLOSED):
            return IncompleteAnswerError(_with_end(_(reply.why), reply), hint=_("ask again, or try another model"))
        case "incomplete":
            return IncompleteAnswerError(_("the answer is incomplete: {reason}", reason=_(reply.why)), kept=kept)
        case "length" if reply.choice.tool_calls:
            cut = describe_cut(reply, window_tokens=window_tokens)
            what = _("{cut}, in the middle of a tool call", cut=cut)
            return LengthLimitError(what, kept=_("no tool was run"), hint=Remedy("more_tokens"))
        case "length" if not reply.choice.has_answer:
            cut = describe_cut(reply, window_tokens=window_tokens)
            return LengthLimitError(cut, hint=Remedy("more_tokens"))
        case "length" if not {"max_tokens", "max_completion_tokens"} & options.keys():
            return LengthLimitError(describe_cut(reply, window_tokens=window_tokens), kept=kept)
        case "filtered":
            stopped, withheld = (
                _("the answer was stopped by the content filter"),
                _("the answer was withheld by the content filter"),
            )
            return FilteredAnswerError(_with_end(stopped if kept else withheld, reply), kept=kept)
        case "refused":
            return FilteredAnswerError(_("the model refused to answer"))
        case _:
            return None


def _with_end(what: str, reply: Reply) -> str:
    """Return *what* happened with the server's reason for an end without an answer, as far as it adds something."""
    finish, usage = reply.choice.finish, reply.usage
    told = []
    if finish and finish.raw != "content_filter":
        told.append(_("finish reason `{reason}`", reason=finish.raw))
    if usage and usage.completion_tokens:
        told.append(ngettext("{count} token", "{count} tokens", usage.completion_tokens))
    return _("{what} ({details})", what=what, details=_(", ").join(told)) if told else what


def describe_cut(reply: Reply, *, window_tokens: int | None = None) -> str:
    """Describe where *reply* was cut; request and answer together may have filled the window."""
    usage = reply.usage
    spent = usage.completion_tokens if usage else None
    if not reply.choice.has_answer and (reply.choice.reasoning or (usage and usage.reasoning_tokens)):
        return _("the token limit was used up by reasoning before the answer began")
    if not spent:
        return _("the answer was cut at the length limit")
    if window_tokens and usage and (usage.prompt_tokens or 0) + spent >= window_tokens:
        return ngettext(
            "the answer was cut at {count} token: the context window of {window} is full",
            "the answer was cut at {count} tokens: the context window of {window} is full",
            spent,
            window=window_tokens,
        )
    return ngettext("the answer was cut at {count} token", "the answer was cut at {count} tokens", spent)
