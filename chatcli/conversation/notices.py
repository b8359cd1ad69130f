"""What is no error and should be known all the same after a turn: each is said once. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from chatcli.conversation.messages import Message, Notice, Usage
from chatcli.conversation.outcome import describe_cut
from chatcli.conversation.reply import Reply
from chatcli.conversation.token_budget import TokenBudget
from chatcli.conversation.window import Counter
from chatcli.records import mutable
from chatcli.text.units import format_number

# Ollama cuts what does not fit and says nothing: https://github.com/ollama/ollama/issues/4967. English has 4.4 bytes a
# token, Chinese up to 6; a count by a stranger's vocabulary may be off by a third.
BYTES_PER_TOKEN_MOST = 7
SUSPECT_BYTES = 4000
SEEN_LEAST = 0.6


@mutable
class TurnNotices:
    """What was seen of one conversation's server so far; *is_truncated*: it read much less of the last request."""

    fingerprint: str = ""
    is_truncated: bool = False
    _is_told_of_loss: bool = False

    def after_turn(
        self, reply: Reply, sent: Sequence[Message], measure: TokenBudget, options: Mapping[str, Any], *, is_well: bool
    ) -> Iterator[Notice]:
        """Yield what is to be said of *reply*; *measure* learns from what the server counted in *sent*."""
        if is_well and reply.status == "length":
            yield Notice("length", describe_cut(reply, window_tokens=measure.window_tokens))
        yield from source_notices(reply.sources)
        before, now = self.fingerprint, reply.started.fingerprint
        self.fingerprint = now or before
        if "seed" in options and before and now and before != now:
            yield fingerprint_notice(before, now)
        notice = truncation_notice(reply.usage, sent, measure)
        self.is_truncated = notice is not None
        if notice is None:
            measure.learn(sent, reply.usage, options)
        elif not self._is_told_of_loss:  # what it counted speaks of other messages than ours
            self._is_told_of_loss = True
            yield notice

    def forget_loss(self) -> None:
        """Begin anew with another conversation."""
        self.is_truncated = self._is_told_of_loss = False


def source_notices(sources: Mapping[str, str]) -> Iterator[Notice]:
    """Yield a notice for each of *sources*, titles by address, numbered as the answer's footnotes."""
    for number, (url, title) in enumerate(sources.items(), 1):
        yield Notice("source", f"[{number}] {title + ' - ' if title else ''}{url}")


def fingerprint_notice(before: str, now: str) -> Notice:
    """Return the notice that a seed no longer means the same: the server says it is another one."""
    words = f"the server's fingerprint changed from {before} to {now}: the same seed may now give different answers"
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
    tokens = round(sum(map(counter.count, sent)))
    if seen >= tokens * SEEN_LEAST:
        return None
    counts = f"server saw {format_number(seen)} of ~{format_number(tokens)} tokens"
    words = f"{counts}: it is truncating your history (Ollama num_ctx?)"
    return Notice("context_truncated", words)
