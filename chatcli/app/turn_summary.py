"""Summarises a turn's tokens, cost and timing in one line."""

from __future__ import annotations

from chatcli.conversation.turn import Turn
from chatcli.conversation.turn_tokens import TurnTokens
from chatcli.conversation.window_fill import WindowFill
from chatcli.output.end_of_turn import TurnFigures, end_of_turn

_UNKNOWN = WindowFill()


def summarize_turn(
    turn: Turn,
    tokens: TurnTokens,
    *,
    reason: str = "",
    fill: WindowFill = _UNKNOWN,
    columns: int | None = None,
    ascii_only: bool = False,
) -> str:
    """Return the line for *turn*, which took these *tokens*; it fits into *columns* if there are any.

    *reason* says why it is incomplete, *fill* how full the window is after it.
    """
    usage, stopwatch = turn.usage, turn.stopwatch
    figures = TurnFigures(
        reason=reason,
        fill=fill,
        prompt_tokens=tokens.prompt,
        completion_tokens=tokens.completion,
        is_estimate=tokens.is_estimate,
        cost=usage.cost if usage else None,
        total_s=stopwatch.total_s,
        first_s=stopwatch.first_s,
    )
    return end_of_turn(figures, columns=columns, ascii_only=ascii_only)
