"""Command that shows the token probabilities of an answer."""

from __future__ import annotations

from collections.abc import Sequence

from chatcli.commands.context import CommandContext
from chatcli.commands.markdown import code, table
from chatcli.commands.table import Outcome, Say, command
from chatcli.conversation.messages import TokenLogprob
from chatcli.errors import UsageError
from chatcli.language import N_, _
from chatcli.request.logprobs import TokenPiece, least_certain
from chatcli.request.parameters import LOGPROBS

_MOST = 8
_DOUBTFUL = 0.9
_ALTERNATIVES = 3


@command("logprobs", "[on | off]", group="Model", complete=lambda _context: ["on", "off"])
def logprobs_command(context: CommandContext, argument: str) -> Outcome:
    """Shade the tokens of the last answer by probability.

    `on` requests probabilities from the next turn on, and lists the least certain tokens of each answer with their
    alternatives. Not every endpoint supports it.
    """
    options = context.conversation.options
    if argument == "on":
        options.update(LOGPROBS)
        return Say(_("From the next turn on, the least certain tokens are listed below each answer."))
    if argument == "off":
        for name in LOGPROBS:
            options.pop(name, None)
        return Say(_("Token probabilities are off."))
    if argument:
        raise UsageError(
            _("unknown argument `{argument}` for /logprobs", argument=argument),
            hint=_("use on or off, or none for the last answer"),
        )
    last = context.session.last
    if last is None or not last.reply.choice.logprobs:
        return Say(_("The last answer has no token probabilities; `/logprobs on` requests them."))
    from chatcli.output.logprob_shading import shade_tokens  # it brings rich

    return Say(doubts(last.reply.choice.logprobs), drawn=shade_tokens(last.reply.choice.logprobs))


def doubts(tokens: Sequence[TokenLogprob]) -> str:
    """Return the least certain tokens with their alternatives as a Markdown table, empty if all are certain."""
    rows = [_row(piece) for piece in least_certain(tokens, most=_MOST, below=_DOUBTFUL)]
    return table((N_("token"), N_("probability"), N_("alternatives")), rows) if rows else ""


def _row(piece: TokenPiece) -> tuple[str, str, str]:
    others = _(", ").join(f"{code(_visible(text))} {chance:.0%}" for text, chance in piece.instead[:_ALTERNATIVES])
    return code(_visible(piece.text)), f"{piece.chance:.0%}", others


def _visible(text: str) -> str:
    return text.strip(" ").replace("\n", "\\n") or _("space")
