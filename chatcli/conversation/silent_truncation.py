"""Detects from a server's token counts that it silently truncated a request. Pure.

A small count alone proves nothing, because some servers do not count cached tokens. Only a count that falls or stays
while the request grows indicates truncation, unless it covers just the new messages.
"""

from __future__ import annotations

from collections.abc import Sequence

from chatcli.conversation.calibration import seen_tokens
from chatcli.conversation.evidence import TakenRequest
from chatcli.conversation.messages import Message, Notice, Usage
from chatcli.conversation.token_budget import TokenBudget
from chatcli.conversation.window import Counter
from chatcli.language import _
from chatcli.text.units import format_number

# Ollama truncates silently: https://github.com/ollama/ollama/issues/4967. English has 4.4 bytes per token, Chinese up
# to 6; a count with another vocabulary may be off by a third.
_BYTES_PER_TOKEN_MOST = 7
_SUSPECT_BYTES = 4000
_SEEN_LEAST = 0.6
_AS_NEW = 0.25  # tolerance for a count to match that of the new messages alone
_FEW = 64  # tokens that a server's template may add to them


def missing_tokens(usage: Usage | None, sent: Sequence[Message], counter: Counter) -> int:
    """Return our count of *sent* if the server counted far fewer tokens, else 0."""
    seen, size = seen_tokens(usage), sum(map(counter.bound, sent))
    if not seen or size < _SUSPECT_BYTES or seen * _BYTES_PER_TOKEN_MOST > size:
        return 0  # the exact count is computed only on suspicion, because it may load a vocabulary
    tokens = round(sum(map(counter.count, sent)))
    return tokens if seen < tokens * _SEEN_LEAST else 0


def truncation_notice(taken: Sequence[TakenRequest], budget: TokenBudget) -> Notice | None:
    """Return the notice that the last request of *taken* was truncated, None without proof."""
    if len(taken) < 2:
        return None
    before, last = taken[-2:]
    seen, seen_before = seen_tokens(last.usage), seen_tokens(before.usage)
    known = set(map(id, before.messages))
    new = [message for message in last.messages if id(message) not in known]
    is_growing = sum(map(budget.bound, last.messages)) > sum(map(budget.bound, before.messages))
    if not (is_growing and seen_before and seen <= seen_before):
        return None
    tokens = missing_tokens(last.usage, last.messages, budget)
    if not tokens or _is_count_of(seen, new, budget):
        return None
    words = _(
        "server saw {seen} of ~{tokens} tokens: it is truncating your history (Ollama num_ctx?)",
        seen=format_number(seen),
        tokens=format_number(tokens),
    )
    return Notice("context_truncated", words)


def _is_count_of(seen: int, new: Sequence[Message], budget: TokenBudget) -> bool:
    """Return whether *seen* covers only the *new* messages, within the error of our count."""
    ours = sum(map(budget.counter.count, new))
    most = max(ours, sum(map(budget.count, new)))
    return ours * (1 - _AS_NEW) <= seen <= most * (1 + _AS_NEW) + _FEW
