"""Counts the tokens of a turn, for every surface that shows them: as the server reported them, else estimated. Pure."""

from __future__ import annotations

from chatcli.conversation.token_budget import TokenBudget
from chatcli.conversation.turn import Turn
from chatcli.records import frozen


@frozen
class TurnTokens:
    """The tokens of a request and of its answer; None is unknown."""

    prompt: int
    completion: int | None
    is_estimate: bool = False


def turn_tokens(turn: Turn, budget: TokenBudget) -> TurnTokens:
    """Return the tokens of *turn*; no vocabulary is loaded for an estimate."""
    usage = turn.usage
    if usage and usage.prompt_tokens is not None:
        return TurnTokens(usage.prompt_tokens, usage.completion_tokens)
    sent, answer = turn.window.messages, turn.reply.message()
    return TurnTokens(round(sum(map(budget.guess, sent))), round(budget.guess(answer)), is_estimate=True)
