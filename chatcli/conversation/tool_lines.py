"""Describes tool calls in one line each: which tool, how it ended, and with which arguments. Pure."""

from __future__ import annotations

from chatcli.conversation.messages import ToolCall, ToolReported
from chatcli.language import _, ngettext
from chatcli.text.phrases import one_line, shorten
from chatcli.text.units import format_size

_MOST_NAME = 64
_MOST_REASON = 100
_MOST_ARGUMENTS = 200


def describe_report(report: ToolReported) -> str:
    """Return the line for a call that has ended; what matters most comes first, as the line may be cut."""
    return _line(report.call, _outcome(report))


def describe_call(call: ToolCall) -> str:
    """Return the line for a call in a stored chat, which does not say how it ended."""
    return _line(call, "")


def _line(call: ToolCall, outcome: str) -> str:
    arguments = one_line(call.arguments)
    shown = shorten(arguments, _MOST_ARGUMENTS) if arguments not in ("", "{}") else ""
    name = shorten(one_line(call.name), _MOST_NAME) or _("(no name)")
    return " · ".join(filter(None, [name, outcome, shown]))


def _outcome(report: ToolReported) -> str:
    match report.state:
        case "done":
            facts = [format_size(len(report.text.encode(errors="replace")))]
            facts += [ngettext("{count} image", "{count} images", len(report.images))] if report.images else []
            facts += [_("{seconds} s", seconds=format(report.took_s, ".1f"))] if report.took_s is not None else []
            return _(", ").join(facts)
        case "failed":
            return _("failed: {reason}", reason=shorten(one_line(report.told or report.text), _MOST_REASON))
        case "denied":
            return _("not run")
        case "interrupted":
            return _("stopped by you")
        case _:
            return _("running")
