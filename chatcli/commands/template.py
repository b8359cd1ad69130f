"""Asking by a template in mid-conversation."""

from __future__ import annotations

from chatcli.commands.context import CommandContext
from chatcli.commands.markdown import code, table
from chatcli.commands.table import Outcome, Say, command

GROUP = "Model"


@command(
    "template", "[NAME]", group=GROUP, complete=lambda context: [name for name, _, _ in context.settings.templates()]
)
def template_command(context: CommandContext, argument: str) -> Outcome:
    """Go on by a template: its system prompt, parameters, examples and model; without NAME list them.

    Its question comes to the prompt, for what is asked to be added. `/new` goes back to what is configured.
    """
    if not argument:
        rows = [(code(name), own, told) for name, own, told in context.settings.templates()]
        return Say(table(("template", "from", "what it is for"), rows))
    draft = context.settings.use_template(argument)
    return Say(f"From the next question on: template {code(argument)}.", draft=draft)
