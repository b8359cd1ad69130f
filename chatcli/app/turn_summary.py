"""Summarises a turn's tokens, cost and timing in one line."""

from __future__ import annotations

from chatcli.conversation.turn import Turn
from chatcli.conversation.window_fill import WindowFill
from chatcli.output.end_of_turn import TurnFigures, end_of_turn

_UNKNOWN = WindowFill()


def summarize_turn(turn: Turn, *, ascii_only: bool, reason: str = "", fill: WindowFill = _UNKNOWN) -> str:
    """Return the line for *turn*, empty if nothing is known about it.

    *reason* says why it is incomplete, *fill* how full the window is after it.
    """
    usage, stopwatch = turn.usage, turn.stopwatch
    figures = TurnFigures(
        reason=reason,
        fill=fill,
        prompt_tokens=usage.prompt_tokens if usage else None,
        completion_tokens=usage.completion_tokens if usage else None,
        cost=usage.cost if usage else None,
        total_s=stopwatch.total_s,
        first_s=stopwatch.first_s,
    )
    return end_of_turn(figures, ascii_only=ascii_only)
