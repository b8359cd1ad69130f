"""Command that shows the tokens and cost of the chat and of today."""

from __future__ import annotations

from chatcli.commands.context import CommandContext
from chatcli.commands.markdown import table
from chatcli.commands.table import Outcome, Say, command
from chatcli.language import N_, _, ngettext
from chatcli.text.units import format_cost, format_tokens
from chatcli.usage.spending import Spending

GROUP = "Program"
_HEAD = ("", N_("answers"), N_("in"), N_("out"), N_("cost"))


@command("cost", group=GROUP, aliases=("usage", "stats"))
def cost_command(context: CommandContext, _argument: str) -> Outcome:
    """Show tokens and cost of this chat and of today.

    Today includes all stored chats. The cost is the server's own figure if it sends one, else it comes from `price` in
    `[models."NAME"]` or from public prices. Answers without a known price are listed separately, never counted as 0.
    If a server reports no tokens, they are estimated, and marked with `~`.
    """
    chat, today = context.chats.spent, context.chats.spent_today()
    if not (chat.answers or today.answers):
        return Say(_("No answer has been counted yet."))
    rows = [_row(_("this chat"), chat), _row(_("today, all stored chats"), today)]
    parts = (table(_HEAD, rows, numbers=_HEAD[1:]), _estimated(chat, today), _unpriced(chat, today))
    return Say("\n\n".join(filter(None, parts)))


def _row(name: str, took: Spending) -> tuple[str, ...]:
    mark = "~" if took.estimated else ""
    tokens = [f"{mark}{format_tokens(count)}" for count in (took.prompt_tokens, took.completion_tokens)]
    return name, str(took.answers), *tokens, f"{mark}{format_cost(took.dollars)}" if took.is_known else "?"


def _estimated(*several: Spending) -> str:
    most = max(took.estimated for took in several)
    if not most:
        return ""
    return ngettext(
        "{count} answer estimated (`~`): the server reported no tokens.",
        "{count} answers estimated (`~`): the server reported no tokens.",
        most,
    )


def _unpriced(*several: Spending) -> str:
    most = max(took.unpriced for took in several)
    if not most:
        return ""
    return ngettext(
        '{count} answer not included (no known price; set `price` in `[models."NAME"]`).',
        '{count} answers not included (no known price; set `price` in `[models."NAME"]`).',
        most,
    )
