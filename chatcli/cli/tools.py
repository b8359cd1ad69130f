"""`chat tools`: lists tools, checks files of tools, and runs a tool without a model."""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from functools import partial
from typing import TYPE_CHECKING, Annotated, Any

from chatcli.app.mcp_servers import McpServers, ServerAccess
from chatcli.app.toolbox import Toolbox, describe_server, describe_tool
from chatcli.cli.run import Run
from chatcli.commands.markdown import code, table
from chatcli.commands.tools import HEAD
from chatcli.errors import ChatError, ConfigError, IncompleteAnswerError, Remedy, UsageError
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
from chatcli.tools.parallel import run_all
from chatcli.tools.tool import Cancellation, Inquiry, Tool, ToolError, ToolResult

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
            output.note(f"chat: the tools of {server.name} are not accepted yet; `chat tools check` asks about them")
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
        raise ConfigError(f"{len(failed)} of {len(sources)} files and servers of tools cannot be used")


def _check_server(run: Run, servers: McpServers, name: str) -> Sequence[Tool]:
    """Start a server, and ask whether its tools are accepted unless they are, or --yes names it."""
    if name in servers.faults:
        raise servers.faults[name]
    source = servers.source(name)
    if not servers.review(source, is_agreed=name in run.flags.yes):
        raise ConfigError(f"the tools of {name} are not accepted", hint=f"--yes {name} accepts them as they are now")
    return source.current() or ()


def run_tool(
    run: Run,
    name: Annotated[str, typer.Argument(metavar="NAME", help="Tool to run, on or off.")],
    arguments: Annotated[
        list[str] | None, typer.Argument(metavar="[ARGS]...", help="Its arguments: JSON, or NAME=VALUE each.")
    ] = None,
) -> None:
    """Run a tool and print its result; raises IncompleteAnswerError with the result if it fails."""
    tool = _find(run, name)
    try:
        result = _run_to_end(run, tool, read_arguments(_as_json(tool, arguments or []), tool.parameters))
    except ToolError as error:
        hint = Remedy("review_tools") if isinstance(error, UnacceptedToolsError) else None
        raise IncompleteAnswerError(f"`{tool.name}` failed: {error.reason}", hint=hint) from error
    run.output().say(run.endpoints.redactor().redact(result), raw=True)
    sys.stdout.flush()


def _run_to_end(run: Run, tool: Tool, arguments: dict[str, Any]) -> str:
    """Run *tool*, ask what comes up meanwhile, and return the result."""
    work: Callable[[Cancellation], ToolResult | Inquiry] = partial(tool.run, arguments)
    while True:
        cancellation = Cancellation()
        try:
            ((_, result),) = run_all([partial(work, cancellation)])
        finally:
            cancellation.cancel()
        if not isinstance(result, Inquiry):
            return result if isinstance(result, str) else result.text
        work = partial(result.resume, _inquire(run)(result.question))


def _toolbox(run: Run, output: Output) -> Toolbox:
    def note(sentence: str) -> None:
        output.note(f"chat: {sentence}")

    connections = Connections(run.environment.environ, run.files.secrets, key_store(run.config.sources.dirs))
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
        names = ", ".join(tool.name for tool in found)
        raise UsageError(f"`{name}` has several tools", hint=f"name one of {names}")
    if not found:
        raise ConfigError(f"the tools of `{name}` are not accepted", hint="`chat tools check` asks about them")
    return found[0]


def _as_json(tool: Tool, words: list[str]) -> str:
    """Return the arguments as JSON: as given, or of NAME=VALUE pairs, whose values are text where the tool says so."""
    if len(words) == 1 and words[0].lstrip().startswith("{"):
        return words[0]
    given: dict[str, Any] = {}
    for word in words:
        name, equals, text = word.partition("=")
        if not equals:
            raise UsageError(f"`{word}` is not an argument", hint="use NAME=VALUE, or one JSON object")
        is_text = as_object(as_object(tool.parameters.get("properties")).get(name)).get("type") == "string"
        value = None if is_text else parse_json(text)
        given[name] = text if value is None and text != "null" else value
    return format_json(given)
