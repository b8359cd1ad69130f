"""The line below the prompt and the line after a turn; pure.

Figures that are estimates carry `~`, unknown ones are `?` and never 0. What does not fit leaves from the right of
importance, not of place: first the title, then attachments, cost and provider. Nothing is padded, and nothing stands to
the right of a character whose width terminals disagree about.
"""

from __future__ import annotations

from collections.abc import Sequence

from chatcli.records import frozen, replace
from chatcli.terminal import cells
from chatcli.text.sanitizer import sanitize
from chatcli.text.units import format_cost, format_duration, format_tokens

WARN_PERCENT, ALARM_PERCENT = 50, 80
_NARROW, _TOO_NARROW = 40, 10
_MAX_PERCENT = 999


@frozen
class WindowFill:
    """How full the context window is; None is unknown. *is_truncated*: the server leaves out what we send."""

    used_tokens: int | None = None
    window_tokens: int | None = None
    is_estimate: bool = False
    is_truncated: bool = False

    @property
    def percent(self) -> int | None:
        """The part that is used, None where either number is not known."""
        if self.used_tokens is None or not self.window_tokens:
            return None
        return min(round(100 * self.used_tokens / self.window_tokens), _MAX_PERCENT)


@frozen
class ToolbarState:
    """What the toolbar may show; *cost* in US dollars, None where the price is not known."""

    model: str
    provider: str = ""
    fill: WindowFill = WindowFill()
    cost: float | None = None
    attachments: int = 0
    is_unlogged: bool = False
    title: str = ""


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


def toolbar(bar: ToolbarState, width: int, *, ascii_only: bool = False) -> str:
    """Return the toolbar for *width* cells, "" where there is no room for one."""
    return "".join(text for _, text in fragments(bar, width, ascii_only=ascii_only))


def fragments(bar: ToolbarState, width: int, *, ascii_only: bool = False) -> tuple[tuple[str, str], ...]:
    """Return the toolbar as pairs of a style and text; the styles are "", "warn" and "alarm"."""
    if width < _TOO_NARROW:
        return ()
    dot = " - " if ascii_only else " · "
    if width < _NARROW:
        return _joined(_narrow(bar, width, dot), dot, bar.fill)
    for shown in _lesser(bar):
        fields = _fields(shown)
        if cells.width(dot.join(fields)) <= width:
            break
    else:
        fields = _narrow(bar, width, dot)
    return _joined(fields, dot, bar.fill)


def end_of_turn(turn: TurnFigures, *, ascii_only: bool = False) -> str:
    """Return the line that sums a turn up, "" where nothing is known of it."""
    mark = "~" if turn.is_estimate else ""
    counts = " ".join(
        f"{name} {mark}{format_tokens(count)}"
        for name, count in (("in", turn.prompt_tokens), ("out", turn.completion_tokens))
        if count is not None
    )
    fields = (
        sanitize(turn.reason),
        counts,
        _context(turn.fill) if turn.fill.used_tokens is not None else "",
        format_cost(turn.cost) if turn.cost is not None else "",
        format_duration(turn.total_s) if turn.total_s is not None else "",
        f"first {format_duration(turn.first_s)}" if turn.first_s is not None else "",
        _speed(turn),
    )
    return (" - " if ascii_only else " · ").join(field for field in fields if field)


def _lesser(bar: ToolbarState) -> Sequence[ToolbarState]:
    """Return *bar* and what is left of it as its fields go, the least important first."""
    untitled = replace(bar, title="")
    unattached = replace(untitled, attachments=0)
    free = replace(unattached, cost=None)
    return bar, untitled, unattached, free, replace(free, provider=""), replace(free, provider="", is_unlogged=False)


def _fields(bar: ToolbarState) -> list[str]:
    name = f"{bar.model}@{bar.provider}" if bar.provider else bar.model
    more = (
        format_cost(bar.cost) if bar.cost is not None else "",
        f"{bar.attachments} attached" if bar.attachments else "",
        "unlogged" if bar.is_unlogged else "",
        sanitize(bar.title),
    )
    return [field.replace("\n", " ") for field in (sanitize(name), _context(bar.fill), *filter(None, more))]


def _narrow(bar: ToolbarState, width: int, dot: str) -> list[str]:
    """Return the model and how full the window is; the model's name loses its end where it must."""
    percent = "?" if bar.fill.percent is None else f"{_estimate(bar.fill)}{bar.fill.percent}%{_alarm(bar.fill)}"
    model = sanitize(bar.model).replace("\n", " ")
    room = width - cells.width(dot) - cells.width(percent)
    while model and cells.width(model) > room:
        model = model[: cells.previous(model, len(model))]
    return [model, percent]


def _context(fill: WindowFill) -> str:
    if fill.used_tokens is None and fill.window_tokens is None:
        return f"ctx ?{_alarm(fill)}"
    used = "?" if fill.used_tokens is None else f"{_estimate(fill)}{format_tokens(fill.used_tokens)}"
    window = "?" if not fill.window_tokens else format_tokens(fill.window_tokens)
    percent = "" if fill.percent is None else f" ({fill.percent}%)"
    return f"ctx {used}/{window}{percent}{_alarm(fill)}"


def _estimate(fill: WindowFill) -> str:
    return "~" if fill.is_estimate else ""


def _alarm(fill: WindowFill) -> str:
    return " !" if fill.is_truncated or (fill.percent or 0) >= ALARM_PERCENT else ""


def _style(fill: WindowFill) -> str:
    if _alarm(fill):
        return "alarm"
    return "warn" if (fill.percent or 0) >= WARN_PERCENT else ""


def _joined(fields: Sequence[str], dot: str, fill: WindowFill) -> tuple[tuple[str, str], ...]:
    """Return the fields with *dot* between them; the second one, the context, in its colour."""
    first, context, *rest = fields
    after = "".join(f"{dot}{field}" for field in rest)
    return tuple(pair for pair in (("", f"{first}{dot}"), (_style(fill), context), ("", after)) if pair[1])


def _speed(turn: TurnFigures) -> str:
    """Return tokens a second while the answer came, "" where that says nothing."""
    if turn.completion_tokens is None or turn.total_s is None:
        return ""
    streamed_s = turn.total_s - (turn.first_s or 0)
    if streamed_s < 0.1 or turn.completion_tokens < 2:
        return ""
    return f"{turn.completion_tokens / streamed_s:.0f} tok/s"
