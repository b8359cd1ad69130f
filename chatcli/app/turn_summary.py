"""What a turn took, in the line that ends it."""

from __future__ import annotations

from chatcli.conversation.session import Turn
from chatcli.output.status import TurnFigures as Summary
from chatcli.output.status import end_of_turn
from chatcli.output.stopwatch import Stopwatch


def summarize_turn(turn: Turn, meter: Stopwatch, *, ascii_only: bool, reason: str = "") -> str:
    """Return the line for *turn*, empty where nothing is known of it; *reason* says why it is not complete."""
    usage = turn.reply.usage
    summary = Summary(
        reason=reason,
        prompt_tokens=usage.prompt_tokens if usage else None,
        completion_tokens=usage.completion_tokens if usage else None,
        cost=usage.cost if usage else None,
        total_s=meter.total_s,
        first_s=meter.first_s,
    )
    return end_of_turn(summary, ascii_only=ascii_only)
