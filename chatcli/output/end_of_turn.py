"""Builds the summary line of a turn; pure. Unknown figures are left out, never 0; estimates carry `~`."""

from __future__ import annotations

from chatcli.conversation.window_fill import WindowFill, describe_fill
from chatcli.language import _
from chatcli.records import frozen
from chatcli.terminal import cells
from chatcli.text.sanitizer import sanitize
from chatcli.text.units import format_cost, format_duration, format_tokens

_LEAST = (5, 6, 4, 1, 3, 2)  # which fields leave first: the first token, speed, time, counts, cost, window
_ANY_WIDTH = 1_000_000


@frozen
class TurnFigures:
    """What a turn was; *reason* says why it is not complete, "" when it is."""

    reason: str = ""
    prompt_tokens: int | None = None
    completion_tokens: int | None = None
    is_estimate: bool = False
    fill: WindowFill = WindowFill()
    cost: float | None = None
    total_s: float | None = None
    first_s: float | None = None


def end_of_turn(turn: TurnFigures, *, columns: int | None = None, ascii_only: bool = False) -> str:
    """Return the line that sums a turn up, "" where nothing is known of it.

    On a screen of so many *columns* it takes one row: speed and times leave first, the reason and the window last.
    """
    fields = (
        sanitize(turn.reason),
        _counts(turn),
        describe_fill(turn.fill) if turn.fill.used_tokens is not None else "",
        format_cost(turn.cost) if turn.cost is not None else "",
        format_duration(turn.total_s) if turn.total_s is not None else "",
        _("first {duration}", duration=format_duration(turn.first_s)) if turn.first_s is not None else "",
        _speed(turn),
    )
    dot, mark = (" - ", "...") if ascii_only else (" · ", "…")
    return cells.fit_fields(fields, _ANY_WIDTH if columns is None else columns, dot=dot, mark=mark, least=_LEAST)


def _counts(turn: TurnFigures) -> str:
    mark = "~" if turn.is_estimate else ""
    sent, came = (
        None if count is None else mark + format_tokens(count) for count in (turn.prompt_tokens, turn.completion_tokens)
    )
    if sent is None:
        return "" if came is None else _("out {tokens}", tokens=came)
    return _("in {tokens}", tokens=sent) if came is None else _("in {sent} out {came}", sent=sent, came=came)


def _speed(turn: TurnFigures) -> str:
    """Return tokens a second while the answer came, "" where that says nothing."""
    if turn.completion_tokens is None or turn.total_s is None:
        return ""
    streamed_s = turn.total_s - (turn.first_s or 0)
    if streamed_s < 0.1 or turn.completion_tokens < 2:
        return ""
    return _("{rate:.0f} tok/s", rate=turn.completion_tokens / streamed_s)
