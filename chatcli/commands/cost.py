"""Command that shows the tokens and cost of the chat and of today."""

from __future__ import annotations

from chatcli.commands.context import CommandContext
from chatcli.commands.markdown import table
from chatcli.commands.table import Outcome, Say, command
from chatcli.text.phrases import count_noun
from chatcli.text.units import format_cost, format_tokens
from chatcli.usage.spending import Spending, total_spending

GROUP = "Program"
_HEAD = ("", "answers", "in", "out", "cost")


@command("cost", group=GROUP, aliases=("usage", "stats"))
def cost_command(context: CommandContext, _argument: str) -> Outcome:
    """Show tokens and cost of this chat and of today.

    Today includes all stored chats. The cost is the server's own figure if it sends one, else it comes from `price` in
    `[models."NAME"]` or from public prices. Answers without a known price are listed separately, never counted as 0.
    If a server reports no tokens, they are estimated, and marked with `~`.
    """
    chat, today = total_spending(context.conversation.tree.nodes), context.chats.spent_today()
    if not (chat.answers or today.answers):
        return Say("No answer has been counted yet.")
    rows = [_row("this chat", chat), _row("today, all stored chats", today)]
    parts = (table(_HEAD, rows, numbers=_HEAD[1:]), _estimated(chat, today), _unpriced(chat, today))
    return Say("\n\n".join(filter(None, parts)))


def _row(name: str, took: Spending) -> tuple[str, ...]:
    mark = "~" if took.estimated else ""
    tokens = [f"{mark}{format_tokens(count)}" for count in (took.prompt_tokens, took.completion_tokens)]
    return name, str(took.answers), *tokens, f"{mark}{format_cost(took.dollars)}" if took.is_known else "?"


def _estimated(*several: Spending) -> str:
    most = max(took.estimated for took in several)
    return f"{count_noun(most, 'answer')} estimated (`~`): the server reported no tokens." if most else ""


def _unpriced(*several: Spending) -> str:
    most = max(took.unpriced for took in several)
    if not most:
        return ""
    return f'{count_noun(most, "answer")} not included (no known price; set `price` in `[models."NAME"]`).'
