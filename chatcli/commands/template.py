"""Command that applies a template during a conversation."""

from __future__ import annotations

from chatcli.commands.context import CommandContext
from chatcli.commands.markdown import code, table
from chatcli.commands.table import Outcome, Say, command
from chatcli.language import N_, _

GROUP = "Model"


def _names(context: CommandContext) -> list[str]:
    return [name for name, *_rest in context.settings.templates()]


@command("template", "[NAME [ARGUMENT=VALUE]...]", group=GROUP, complete=_names)
def template_command(context: CommandContext, argument: str) -> Outcome:
    """Apply a template, or list templates.

    A template sets system prompt, parameters, examples and model; its prompt text is put on the input line for you to
    complete. `/new` returns to the configured defaults. SERVER:PROMPT is a prompt of an MCP server, with its arguments;
    SERVER: alone lists them. `/template --save NAME` makes a template of this chat's system prompt, parameters and
    examples.
    """
    if not argument:
        rows = [(code(name), _(own), _(told)) for name, own, told in context.settings.templates()]
        return Say(table((N_("template"), N_("from"), N_("description")), rows))
    if ":" in argument and context.tools.content.knows(argument):
        return _server_prompt(context, argument)
    draft = context.settings.use_template(argument)
    return Say(_("Template {name} applies from the next question on.", name=code(argument)), draft=draft)


def _server_prompt(context: CommandContext, argument: str) -> Outcome:
    content = context.tools.content
    server, _separator, prompt = argument.partition(":")
    if not prompt:
        rows = [(code(name), given, told) for name, given, told in content.prompts(server)]
        return Say(table((N_("prompt"), N_("arguments"), N_("description")), rows))
    text = _("Prompt {name} is on the input line.", name=code(argument.split()[0]))
    return Say(text, draft=content.prompt(argument))
