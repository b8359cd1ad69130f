"""Command that applies a template during a conversation."""

from __future__ import annotations

from chatcli.commands.context import CommandContext
from chatcli.commands.markdown import code, table
from chatcli.commands.table import Outcome, Say, command

GROUP = "Model"


def _names(context: CommandContext) -> list[str]:
    return [name for name, _, _ in context.settings.templates()]


@command("template", "[NAME [ARGUMENT=VALUE]...]", group=GROUP, complete=_names)
def template_command(context: CommandContext, argument: str) -> Outcome:
    """Apply a template, or list templates.

    A template sets system prompt, parameters, examples and model; its prompt text is put on the input line for you to
    complete. `/new` returns to the configured defaults. SERVER:PROMPT is a prompt of an MCP server, with its arguments;
    SERVER: alone lists them. `/template --save NAME` makes a template of this chat's system prompt, parameters and
    examples.
    """
    if not argument:
        rows = [(code(name), own, told) for name, own, told in context.settings.templates()]
        return Say(table(("template", "from", "description"), rows))
    if ":" in argument and context.tools.content.knows(argument):
        return _server_prompt(context, argument)
    draft = context.settings.use_template(argument)
    return Say(f"Template {code(argument)} applies from the next question on.", draft=draft)


def _server_prompt(context: CommandContext, argument: str) -> Outcome:
    content = context.tools.content
    server, _, prompt = argument.partition(":")
    if not prompt:
        rows = [(code(name), given, told) for name, given, told in content.prompts(server)]
        return Say(table(("prompt", "arguments", "description"), rows))
    return Say(f"Prompt {code(argument.split()[0])} is on the input line.", draft=content.prompt(argument))
