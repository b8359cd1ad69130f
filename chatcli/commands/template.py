"""Command that applies a template during a conversation."""

from __future__ import annotations

from chatcli.commands.context import CommandContext
from chatcli.commands.markdown import code, table
from chatcli.commands.table import Outcome, Say, command

GROUP = "Model"


@command(
    "template", "[NAME]", group=GROUP, complete=lambda context: [name for name, _, _ in context.settings.templates()]
)
def template_command(context: CommandContext, argument: str) -> Outcome:
    """Apply a template, or list templates.

    A template sets system prompt, parameters, examples and model; its prompt text is put on the input line for you to
    complete. `/new` returns to the configured defaults. `/template --save NAME` makes a template of this chat's system
    prompt, parameters and examples.
    """
    if not argument:
        rows = [(code(name), own, told) for name, own, told in context.settings.templates()]
        return Say(table(("template", "from", "description"), rows))
    draft = context.settings.use_template(argument)
    return Say(f"Template {code(argument)} applies from the next question on.", draft=draft)
