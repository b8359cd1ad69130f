"""`chat tools`: lists tools, checks files of tools, and runs a tool without a model."""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from functools import partial
from typing import TYPE_CHECKING, Annotated, Any

from chatcli.app.mcp_servers import McpServers, ServerAccess, sign_in_hint
from chatcli.app.toolbox import Toolbox, describe_server, describe_tool
from chatcli.cli.run import Run
from chatcli.commands.markdown import code, table
from chatcli.commands.tools import HEAD
from chatcli.errors import ChatError, ConfigError, IncompleteAnswerError, Remedy, UsageError
from chatcli.language import N_, _
from chatcli.output.plain import Output
from chatcli.process.streams import is_terminal
from chatcli.repl.inquiries import InquiryPrompt, describe_offer
from chatcli.settings.keystore import key_store
from chatcli.terminal.question import ask_line
from chatcli.text.json_values import as_object, format_json, parse_json
from chatcli.tools.arguments import read_arguments
from chatcli.tools.inquiries import Inquire, Question, ServerReview, UserAnswer
from chatcli.tools.mcp.connections import Connections
from chatcli.tools.mcp.server_tools import UnacceptedToolsError
from chatcli.tools.mcp.sign_ins import sign_ins
from chatcli.tools.parallel import run_call
from chatcli.tools.tool import Tool, ToolError

if TYPE_CHECKING:
    import typer


def list_tools(run: Run) -> None:
    """List all tools: a table on a terminal, names in a pipe."""
    output = run.output()
    box = _toolbox(run, output)
    policy, offered = box.policy(lambda: None), box.toolset().tools
    tools = {tool.fingerprint: tool for tool in (*offered.values(), *box.all_tools())}.values()
    unaccepted = box.servers.unaccepted()
    for fault in box.servers.faults.values():
        output.fail(fault)
    if not is_terminal(run.environment.stdout):
        output.say("\n".join(tool.name for tool in tools), raw=True)
        for server in unaccepted:
            waiting = N_("chat: the tools of {server} are not accepted yet; `chat tools check` asks about them")
            output.note(_(waiting, server=server.name))
        return
    rows = [describe_tool(tool, policy, is_on=tool.name in offered) for tool in tools]
    rows += [describe_server(server) for server in unaccepted]
    output.say(table(HEAD, [(code(name), *told) for name, *told in rows]))


def check_tools(run: Run) -> None:
    """Check every file and server of tools, and show the tools as models see them; a server is asked about.

    Raises ConfigError if one cannot be used.
    """
    output, failed = run.output(), list[ChatError]()
    box = _toolbox(run, output)
    sources: list[Callable[[], Sequence[Tool]]] = [partial(box.functions, path) for path in box.named_files()]
    sources += [partial(_check_server, run, box.servers, name) for name in (*box.servers.by_name, *box.servers.faults)]
    for source in sources:
        try:
            tools = source()
        except ChatError as error:
            output.fail(error)
            failed.append(error)
            continue
        output.say("\n".join(format_json(tool.definition["function"], indent=2) for tool in tools), raw=True)
    if failed:
        raise ConfigError(
            _("{failed} of {all} files and servers of tools cannot be used", failed=len(failed), all=len(sources))
        )


def _check_server(run: Run, servers: McpServers, name: str) -> Sequence[Tool]:
    """Start a server, and ask whether its tools are accepted unless they are, or --yes names it."""
    if name in servers.faults:
        raise servers.faults[name]
    source = servers.source(name)
    if state := servers.sign_in_state(name):
        told = _("{place}: {problem}", place=name, problem=state)
        run.notes().note(f"chat: {told}")
    if not servers.review(source, is_agreed=name in run.flags.yes):
        hint = _("{command} accepts them as they are now", command=f"`chat tools check --yes {name}`")
        raise ConfigError(_("the tools of {server} are not accepted", server=name), hint=hint)
    return source.current() or ()


def run_tool(
    run: Run,
    name: Annotated[str, typer.Argument(metavar="NAME", help=_("Tool to run, on or off."))],
    arguments: Annotated[
        list[str] | None, typer.Argument(metavar="[ARGS]...", help=_("Its arguments: JSON, or NAME=VALUE each."))
    ] = None,
) -> None:
    """Run a tool and print its result; raises IncompleteAnswerError with the result if it fails."""
    tool = _find(run, name)
    try:
        given = read_arguments(_as_json(tool, arguments or []), tool.checks)
        result = run_call(tool, given, _inquire(run))
    except ToolError as error:
        hint = Remedy("review_tools") if isinstance(error, UnacceptedToolsError) else sign_in_hint(error)
        what = _("{tool} failed: {error}", tool=f"`{tool.name}`", error=error.reason)
        raise IncompleteAnswerError(what, hint=hint) from error
    run.output().say(run.endpoints.redactor().redact(result), raw=True)
    sys.stdout.flush()


def log_in(run: Run, name: Annotated[str, typer.Argument(metavar="NAME", help=_("MCP server to sign in to."))]) -> None:
    """Sign in to a server again, in the browser; raises ConfigError if that fails."""
    servers = _toolbox(run, run.output()).servers
    granted = servers.sign_in(name)
    if granted is None:
        run.output().note(_("chat: {server} asks for no sign-in", server=name))
        return
    what = _("chat: signed in to {server}; the sign-in is for {url} only", server=name, url=servers.by_name[name].url)
    run.output().note(what)


def log_out(
    run: Run, name: Annotated[str, typer.Argument(metavar="NAME", help=_("MCP server to sign out of."))]
) -> None:
    """Forget the sign-in to a server; raises ConfigError if there is none."""
    if not sign_ins(run.config.sources.dirs).remove(name):
        raise ConfigError(_("there is no sign-in to {server}", server=name))
    run.output().note(_("chat: forgot the sign-in to {server}; the server itself was not told", server=name))


def _toolbox(run: Run, output: Output) -> Toolbox:
    def note(sentence: str) -> None:
        output.note(f"chat: {sentence}")

    dirs = run.config.sources.dirs
    connections = Connections(run.environment.environ, run.files.secrets, key_store(dirs), sign_ins(dirs))
    access = ServerAccess(connections, _inquire(run), note=note)
    return Toolbox(run.config, McpServers(run.config, access), note)


def _inquire(run: Run) -> Inquire:
    """Return what asks at the terminal; without one, a server's tools, or what has changed in them, are shown."""
    prompt = InquiryPrompt(ask_line, redact=run.endpoints.redact)

    def ask(question: Question) -> UserAnswer:
        answer = prompt.ask(question)
        if answer.action == "nobody" and isinstance(question, ServerReview):
            for line in f"chat: {describe_offer(question)}".splitlines():
                run.notes().note(line)
        return answer

    return ask


def _find(run: Run, name: str) -> Tool:
    box = _toolbox(run, run.output())
    offered = box.toolset().tools
    if name in offered:
        return offered[name]
    found = box.find(name)
    if len(found) > 1:
        names = _(", ").join(tool.name for tool in found)
        raise UsageError(_("{name} has several tools", name=f"`{name}`"), hint=_("name one of {names}", names=names))
    if not found:
        hint = _("`chat tools check` asks about them, and accepts those of a server that --yes names to it")
        raise ConfigError(_("the tools of {server} are not accepted", server=f"`{name}`"), hint=hint)
    return found[0]


def _as_json(tool: Tool, words: list[str]) -> str:
    """Return the arguments as JSON: as given, or of NAME=VALUE pairs, whose values are text where the tool says so."""
    if len(words) == 1 and words[0].lstrip().startswith("{"):
        return words[0]
    given: dict[str, Any] = {}
    for word in words:
        name, equals, text = word.partition("=")
        if not equals:
            raise UsageError(
                _("{word} is not an argument", word=f"`{word}`"), hint=_("use NAME=VALUE, or one JSON object")
            )
        is_text = as_object(as_object(tool.parameters.get("properties")).get(name)).get("type") == "string"
        value = None if is_text else parse_json(text)
        given[name] = text if value is None and text != "null" else value
    return format_json(given)
