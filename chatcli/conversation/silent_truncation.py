"""Tells from what a server counts that it read less than it was sent, and did not say so. Pure.

A small count alone proves nothing: servers leave out what they had in a cache. Only a count that falls or stays while
what is sent grows is one of a server that cuts, unless it is about what is new.
"""

from __future__ import annotations

from collections.abc import Sequence

from chatcli.conversation.calibration import seen_tokens
from chatcli.conversation.evidence import TakenRequest
from chatcli.conversation.messages import Message, Notice, Usage
from chatcli.conversation.token_budget import TokenBudget
from chatcli.conversation.window import Counter
from chatcli.text.units import format_number

# Ollama cuts what does not fit and says nothing: https://github.com/ollama/ollama/issues/4967. English has 4.4 bytes a
# token, Chinese up to 6; a count by a stranger's vocabulary may be off by a third.
_BYTES_PER_TOKEN_MOST = 7
_SUSPECT_BYTES = 4000
_SEEN_LEAST = 0.6
_AS_NEW = 0.25  # how far a count may be off that of the new messages and still be one of these alone
_FEW = 64  # tokens that the template of a server may add to those


def missing_tokens(usage: Usage | None, sent: Sequence[Message], counter: Counter) -> int:
    """Return how many tokens *sent* has where the server counted much fewer, 0 where it did not."""
    seen, size = seen_tokens(usage), sum(map(counter.bound, sent))
    if not seen or size < _SUSPECT_BYTES or seen * _BYTES_PER_TOKEN_MOST > size:
        return 0  # the count proper is asked for only where there is a suspicion: it may load a vocabulary
    tokens = round(sum(map(counter.count, sent)))
    return tokens if seen < tokens * _SEEN_LEAST else 0


def truncation_notice(taken: Sequence[TakenRequest], budget: TokenBudget) -> Notice | None:
    """Return the notice that the last request of *taken* was not read whole, None where nothing proves that."""
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
    counts = f"server saw {format_number(seen)} of ~{format_number(tokens)} tokens"
    return Notice("context_truncated", f"{counts}: it is truncating your history (Ollama num_ctx?)")


def _is_count_of(seen: int, new: Sequence[Message], budget: TokenBudget) -> bool:
    """Tell whether *seen* counts the *new* messages alone; what was learnt of a server that cuts makes them too few."""
    ours = sum(map(budget.counter.count, new))
    most = max(ours, sum(map(budget.count, new)))
    return ours * (1 - _AS_NEW) <= seen <= most * (1 + _AS_NEW) + _FEW
