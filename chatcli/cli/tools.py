"""`chat tools`: lists tools, checks files of tools, and runs a tool without a model."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Annotated, Any

from chatcli.app.toolbox import Toolbox, describe_tool
from chatcli.cli.run import Run
from chatcli.commands.markdown import code, table
from chatcli.commands.tools import HEAD
from chatcli.errors import ChatError, ConfigError, IncompleteAnswerError, UsageError
from chatcli.process.streams import is_terminal
from chatcli.text.json_values import as_object, format_json, parse_json
from chatcli.tools.arguments import read_arguments
from chatcli.tools.parallel import run_all
from chatcli.tools.tool import Cancellation, Tool, ToolError

if TYPE_CHECKING:
    import typer


def list_tools(run: Run) -> None:
    """List all tools: a table on a terminal, names in a pipe."""
    output = run.output()
    box = Toolbox(run.config, lambda sentence: output.note(f"chat: {sentence}"))
    policy, offered = box.policy(lambda: None), box.toolset().tools
    tools = {tool.fingerprint: tool for tool in (*offered.values(), *box.all_tools())}.values()
    if not is_terminal(run.environment.stdout):
        output.say("\n".join(tool.name for tool in tools), raw=True)
        return
    rows = [describe_tool(tool, policy, is_on=tool.name in offered) for tool in tools]
    output.say(table(HEAD, [(code(name), *told) for name, *told in rows]))


def check_tools(run: Run) -> None:
    """Check every file of tools and show its functions as models see them; raises ConfigError for the first bad one."""
    output, failed = run.output(), list[ChatError]()
    box = Toolbox(run.config, lambda sentence: output.note(f"chat: {sentence}"))
    for path in box.named_files():
        try:
            tools = box.functions(path)
        except ChatError as error:
            output.fail(error)
            failed.append(error)
            continue
        output.say("\n".join(format_json(tool.definition["function"], indent=2) for tool in tools), raw=True)
    box.toolset()
    if failed:
        raise ConfigError(f"{len(failed)} of {len(box.named_files())} files of tools cannot be used")


def run_tool(
    run: Run,
    name: Annotated[str, typer.Argument(metavar="NAME", help="Tool to run, on or off.")],
    arguments: Annotated[
        list[str] | None, typer.Argument(metavar="[ARGS]...", help="Its arguments: JSON, or NAME=VALUE each.")
    ] = None,
) -> None:
    """Run a tool and print its result; raises IncompleteAnswerError with the result if it fails."""
    tool = _find(run, name)
    cancellation = Cancellation()
    try:
        given = read_arguments(_as_json(tool, arguments or []), tool.parameters)
        ((_, result),) = run_all([lambda: tool.run(given, cancellation)])
    except ToolError as error:
        raise IncompleteAnswerError(f"`{tool.name}` failed: {str(error).rstrip('.')}") from error
    finally:
        cancellation.cancel()
    run.output().say(run.endpoints.redactor().redact(result), raw=True)
    sys.stdout.flush()


def _find(run: Run, name: str) -> Tool:
    box = Toolbox(run.config)
    offered = box.toolset().tools
    if name in offered:
        return offered[name]
    found = box.find(name)
    if len(found) > 1:
        names = ", ".join(tool.name for tool in found)
        raise UsageError(f"`{name}` is a file of several tools", hint=f"name one of {names}")
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
