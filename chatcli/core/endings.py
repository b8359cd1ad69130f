"""How turns end, in words: the error an ending is, and what is no error and should be known all the same. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from chatcli.core.answers import has_words
from chatcli.core.messages import Message, Notice, Usage
from chatcli.core.reply import CLOSED, Reply
from chatcli.core.window import Counter, Window
from chatcli.core.wording import brief, counted, spaced
from chatcli.errors import AnswerFiltered, AnswerIncomplete, ChatError, ContextTooLong, StoppedAtLength

# Ollama cuts what does not fit and says nothing: https://github.com/ollama/ollama/issues/4967. English has 4.4 bytes a
# token, Chinese up to 6; a count by a stranger's vocabulary may be off by a third.
BYTES_PER_TOKEN_MOST = 7
SUSPECT_BYTES = 4000
SEEN_LEAST = 0.6


def left_out_notice(window: Window, window_tokens: int | None) -> Notice:
    """Return the notice that names the turns which stay behind."""
    gone = f"turn{'s' if len(window.left_out) > 1 else ''} {ranges(window.left_out)}"
    limit = f"{spaced(window_tokens)} tokens" if window_tokens else "the window"
    sent = window.earlier_turns + 1
    return Notice(
        "context_left_out",
        f"context: {gone} left out to fit {limit} ({counted(sent, 'turn')} sent, ~{brief(window.tokens or 0)}). "
        "/context shows · /pin N keeps · /compact shortens",
    )


def no_longer_fits(window: Window, window_tokens: int | None, *, is_asked: bool) -> ContextTooLong:
    """Return the error of a conversation that turns would have to leave; *is_asked*: the user decides which time."""
    ways = "send it again to decide" if is_asked else "set defaults.overflow to oldest"
    return ContextTooLong(
        f"the conversation no longer fits: {left_out_notice(window, window_tokens).message}",
        window_tokens=window_tokens,
        kept="nothing was sent",
        hint=f"/undo, /compact or /new make room, or {ways}",
    )


def ranges(numbers: Sequence[int]) -> str:
    """Return rising *numbers* as people write them: "1-3, 7"."""
    runs: list[list[int]] = []
    for number in numbers:
        if runs and runs[-1][-1] == number - 1:
            runs[-1].append(number)
        else:
            runs.append([number])
    return ", ".join(str(run[0]) if len(run) == 1 else f"{run[0]}-{run[-1]}" for run in runs)


def source_notices(sources: Mapping[str, str]) -> Iterator[Notice]:
    """Yield a notice for each of *sources*, titles by address, numbered as the answer's footnotes."""
    for number, (url, title) in enumerate(sources.items(), 1):
        yield Notice("source", f"[{number}] {title + ' - ' if title else ''}{url}")


def fingerprint_notice(before: str, now: str) -> Notice:
    """Return the notice that a seed no longer means the same: the server says it is another one."""
    words = f"the server's fingerprint changed from {before} to {now}: one seed may give another answer now"
    return Notice("fingerprint", words)


def truncation_notice(usage: Usage | None, sent: Sequence[Message], counter: Counter) -> Notice | None:
    """Return the notice that the server read much less than it was sent, None where nothing points to that."""
    # Whether those from the cache are counted among those of the prompt is not the same everywhere.
    seen = (usage.prompt_tokens or 0) + (usage.cached_tokens or 0) if usage else 0
    if not seen:
        return None
    size = sum(map(counter.bound, sent))
    if seen * BYTES_PER_TOKEN_MOST > size or size < SUSPECT_BYTES:
        return None  # the count proper is asked for only where there is a suspicion: it may load a vocabulary
    size = round(sum(map(counter.count, sent)))
    if seen >= size * SEEN_LEAST:
        return None
    words = f"server saw {spaced(seen)} of ~{spaced(size)} tokens: it is truncating your history (Ollama num_ctx?)"
    return Notice("context_truncated", words)


def outcome(
    reply: Reply, error: ChatError | None, options: Mapping[str, Any], *, window_tokens: int | None = None
) -> ChatError | None:
    """Return the error that tells how a turn ended, or None where the answer is complete or was stopped.

    A failure after the first word makes the answer incomplete, whatever failed. A reply that met the limit its user
    had set is complete as far as exit codes go.
    """
    kept = "the text so far is kept" if reply.text else None
    if error and reply.text and error.exit_code < AnswerIncomplete.exit_code:
        return AnswerIncomplete(f"the answer is incomplete: {error.what}", kept=kept, server=error.server)
    if isinstance(error, AnswerIncomplete):
        error.kept = error.kept or kept
    if error:
        return error
    match reply.status:
        case "incomplete" if reply.is_empty and reply.why != CLOSED:
            return AnswerIncomplete(reply.why, hint="ask again, or another model")
        case "incomplete":
            return AnswerIncomplete(f"the answer is incomplete: {reply.why}", kept=kept)
        case "length" if not has_words(reply.message()):
            hint = "--max-tokens or `/set max_tokens` gives more room, --effort or /effort lets it think less"
            return StoppedAtLength(cut(reply, window_tokens=window_tokens), hint=hint)
        case "length" if not {"max_tokens", "max_completion_tokens"} & options.keys():
            return StoppedAtLength(cut(reply, window_tokens=window_tokens), kept=kept)
        case "filtered":
            return AnswerFiltered("the answer was stopped by the content filter", kept=kept)
        case "refused":
            return AnswerFiltered("the model refused to answer")
        case _:
            return None


def cut(reply: Reply, *, window_tokens: int | None = None) -> str:
    """Return where *reply* was cut, as a sentence; what was sent and what came may have filled the window."""
    usage = reply.usage
    spent = usage.completion_tokens if usage else None
    if not reply.text and (reply.choice.reasoning or (usage and usage.reasoning_tokens)):
        return "the limit was spent on reasoning before an answer began"
    if window_tokens and usage and spent and (usage.prompt_tokens or 0) + spent >= window_tokens:
        return f"the answer was cut at {spent} tokens: the window of {window_tokens} is full"
    return f"the answer was cut at {spent} tokens" if spent else "the answer was cut at the length limit"
