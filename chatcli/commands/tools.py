"""Command that lists and switches the tools that the model may call."""

from __future__ import annotations

from chatcli.commands.context import CommandContext
from chatcli.commands.markdown import code, table
from chatcli.commands.table import Outcome, Say, command, pair
from chatcli.errors import UsageError
from chatcli.language import N_, _, ngettext
from chatcli.text.phrases import join_words

_STATES = {"on": True, "off": False}
HEAD = (N_("tool"), N_("from"), N_("state"), N_("description"))


@command(
    "tools",
    "[NAME [on | off]]",
    group="Model",
    complete=pair(lambda context: context.tools.names(), lambda _name: _STATES),
)
def tools_command(context: CommandContext, argument: str) -> Outcome:
    """List the tools that the model may call, or switch one on or off.

    NAME is a built-in tool, an MCP server, a Python file, or a file or function of your folder of tools. A change
    applies from the next question on. You are asked before a tool runs, unless you allow it; `chat help tools`
    explains.
    """
    name, _separator, state = argument.partition(" ")
    if not name:
        rows = [(code(tool), origin, told, said) for tool, origin, told, said in context.tools.rows()]
        return Say(table(HEAD, rows))
    if (state.strip() or "on") not in _STATES:
        raise UsageError(_("unknown state `{state}` for /tools", state=state.strip()), hint=_("use on or off"))
    is_on = _STATES[state.strip() or "on"]
    switched = context.tools.switch(name, is_on=is_on)
    names, count = join_words([code(each) for each in switched], "and"), len(switched)
    if is_on:
        return Say(ngettext("{names} is on.", "{names} are on.", count, names=names))
    return Say(ngettext("{names} is off.", "{names} are off.", count, names=names))
