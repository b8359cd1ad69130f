"""The calls of a round: read from the reply, and grouped by what may run at once."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from chatcli.conversation.messages import ToolCall, ToolReported, ToolState
from chatcli.language import _, in_english
from chatcli.records import field, frozen, replace
from chatcli.text.similar import did_you_mean
from chatcli.tools.arguments import read_arguments
from chatcli.tools.tool import CallOutcome, Cancellation, Tool, ToolError, ToolOrigin, Toolset


@frozen
class Call:
    """One call of a round: its *tool* and *arguments*, or the *result* it gets without running."""

    wire: ToolCall
    tool: Tool | None = None
    arguments: dict[str, Any] = field(default_factory=dict)
    result: ToolReported | None = None
    resume: Callable[[Cancellation], CallOutcome] | None = None

    def run(self, tool: Tool, cancellation: Cancellation) -> CallOutcome:
        """Run the call, or the rest of it."""
        return self.resume(cancellation) if self.resume else tool.run(self.arguments, cancellation)

    @property
    def beginning(self) -> ToolState:
        """The state in which it is shown first."""
        return "requested" if self.result else "continuing" if self.resume else "running"

    def ended(self, state: ToolState, text: str, took_s: float | None = None) -> Call:
        """Return the call with its result."""
        return replace(self, result=ToolReported(self.wire, state, text, took_s))


def read_call(toolset: Toolset, wire: ToolCall) -> Call:
    """Return a call of one of the tools in *toolset*, or its result if it cannot be one."""
    try:
        return _read(toolset, wire)
    except ToolError as error:
        told = str(error)
    with in_english():
        return Call(wire, result=ToolReported(wire, "failed", _complaint(toolset, wire), told=told))


def _read(toolset: Toolset, wire: ToolCall) -> Call:
    tool = toolset.tools.get(wire.name)
    if tool is None:
        raise ToolError(_unknown(toolset, wire.name))
    return Call(wire, tool, read_arguments(wire.arguments, tool.checks))


def _complaint(toolset: Toolset, wire: ToolCall) -> str:
    try:
        _read(toolset, wire)
    except ToolError as error:
        return str(error)
    return ""


def group_calls(calls: Sequence[Call]) -> list[list[Call]]:
    """Return *calls* in groups that may run at once, in their order."""
    groups: list[list[Call]] = []
    busy: set[ToolOrigin] = set()
    for call in calls:
        origin = call.tool.origin if call.tool and not call.tool.is_parallel else None
        if not groups or origin in busy:
            groups.append([])
            busy = set()
        groups[-1].append(call)
        busy |= {origin} if origin else set()
    return groups


def _unknown(toolset: Toolset, name: str) -> str:
    known = _(", ").join(toolset.tools) or _("none")
    meant = did_you_mean(name, toolset.tools)
    if meant:
        return _("There is no tool `{name}`: {meant} The tools are: {names}.", name=name, meant=meant, names=known)
    return _("There is no tool `{name}`. The tools are: {names}.", name=name, names=known)
