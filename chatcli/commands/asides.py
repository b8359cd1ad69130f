"""Command that asks beside the chat."""

from __future__ import annotations

from chatcli.commands.context import CommandContext
from chatcli.commands.table import AskBeside, Outcome, command
from chatcli.conversation.tree import Node, Tree
from chatcli.language import _

GROUP = "Conversation"


@command("btw", "QUESTION", group=GROUP, sends=AskBeside)
def btw_command(_context: CommandContext, _argument: str) -> Outcome:
    """Ask a question beside the chat.

    The model sees the chat, but neither the question nor its answer is ever sent with a later one. Both are stored:
    `/tree` lists them, and exports mark them. Files named with `@` go along; tools are not offered.
    """
    raise AssertionError  # its argument is a message


def describe_aside(tree: Tree, question: Node) -> str:
    """Return an aside with its answer, as a quotation."""
    answers = [answer for node in tree.children(question.id) if (answer := node.message.text or node.message.refusal)]
    missing = _("(no answer)")
    text = f"**{question.message.typed}**\n\n{answers[0] if answers else missing}"
    return "\n".join(f"> {line}".rstrip() for line in text.split("\n"))
