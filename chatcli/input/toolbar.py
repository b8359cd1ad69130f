"""Builds the line below the prompt; pure.

Figures that are estimates carry `~`, unknown ones are `?` and never 0. What does not fit leaves from the right of
importance, not of place: first the title, then attachments, cost and provider. Nothing is padded, and nothing stands to
the right of a character whose width terminals disagree about.
"""

from __future__ import annotations

from collections.abc import Sequence

from chatcli.conversation.window_fill import WARN_PERCENT, WindowFill, describe_fill
from chatcli.language import _
from chatcli.records import frozen, replace
from chatcli.terminal import cells
from chatcli.text.ascii_marks import to_ascii
from chatcli.text.sanitizer import sanitize
from chatcli.text.units import format_cost

_NARROW, _TOO_NARROW = 39, 9  # cells in windows of 40 and 10 columns, the last of which stays free


@frozen
class ToolbarState:
    """What the toolbar may show; *cost* in US dollars, None where the price is not known.

    *fill* is None for a model that counts no tokens.
    """

    model: str
    provider: str = ""
    fill: WindowFill | None = WindowFill()
    cost: float | None = None
    attachments: int = 0
    is_unlogged: bool = False
    title: str = ""
    is_estimated_cost: bool = False


def toolbar(bar: ToolbarState, width: int, *, ascii_only: bool = False) -> str:
    """Return the toolbar for *width* cells, "" if there is no room."""
    return "".join(text for _ignored, text in fragments(bar, width, ascii_only=ascii_only))


def fragments(bar: ToolbarState, width: int, *, ascii_only: bool = False) -> tuple[tuple[str, str], ...]:
    """Return the toolbar as pairs of a style and text; the styles are "", "warn" and "alarm"."""
    if width < _TOO_NARROW:
        return ()
    dot = " - " if ascii_only else " · "
    if width < _NARROW:
        return _joined(_narrow(bar, width, dot), dot, bar.fill)
    for shown in _lesser(bar):
        fields = [to_ascii(field) if ascii_only else field for field in _fields(shown)]
        if cells.width(dot.join(fields)) <= width:
            break
    else:
        fields = _narrow(bar, width, dot)
    return _joined(fields, dot, bar.fill)


def _lesser(bar: ToolbarState) -> Sequence[ToolbarState]:
    """Return *bar* and what is left of it as its fields go, the least important first."""
    untitled = replace(bar, title="")
    unattached = replace(untitled, attachments=0)
    free = replace(unattached, cost=None)
    return bar, untitled, unattached, free, replace(free, provider=""), replace(free, provider="", is_unlogged=False)


def _fields(bar: ToolbarState) -> list[str]:
    name = f"{bar.model}@{bar.provider}" if bar.provider else bar.model
    more = (
        f"{'~' * bar.is_estimated_cost}{format_cost(bar.cost)}" if bar.cost is not None else "",
        _("{count} attached", count=bar.attachments) if bar.attachments else "",
        _("unlogged") if bar.is_unlogged else "",
        sanitize(bar.title),
    )
    context = [describe_fill(bar.fill)] if bar.fill else []
    return [field.replace("\n", " ") for field in (sanitize(name), *context, *filter(None, more))]


def _narrow(bar: ToolbarState, width: int, dot: str) -> list[str]:
    """Return the model and how full the window is; the model's name loses its end where it must."""
    percent = [_percent(bar.fill)] if bar.fill else []
    room = width - cells.width("".join(dot + field for field in percent))
    mark = "..." if dot.isascii() else "…"
    return [cells.cut_to_width(sanitize(bar.model).replace("\n", " "), room, mark=mark), *percent]


def _percent(fill: WindowFill) -> str:
    return "?" if fill.percent is None else f"{fill.estimate_mark}{fill.percent}%{fill.alarm_mark}"


def _style(fill: WindowFill) -> str:
    if fill.alarm_mark:
        return "alarm"
    return "warn" if (fill.percent or 0) >= WARN_PERCENT else ""


def _joined(fields: Sequence[str], dot: str, fill: WindowFill | None) -> tuple[tuple[str, str], ...]:
    """Return the fields with *dot* between them; the second one, the context where there is one, in its colour."""
    if fill is None:
        return (("", dot.join(fields)),)
    first, context, *rest = fields
    after = "".join(f"{dot}{field}" for field in rest)
    return tuple(pair for pair in (("", f"{first}{dot}"), (_style(fill), context), ("", after)) if pair[1])
