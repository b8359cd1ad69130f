"""Shades each token of an answer by its probability."""

from __future__ import annotations

from collections.abc import Sequence

from rich.text import Text

from chatcli.conversation.messages import TokenLogprob
from chatcli.language import N_, _
from chatcli.request.logprobs import token_pieces
from chatcli.text.sanitizer import sanitize

# From this chance up, what a token is drawn with, and how the legend calls it.
_LEVELS = (
    (0.9, "none", N_("at least 90 %")),
    (0.6, "logprob.likely", N_("at least 60 %")),
    (0.3, "logprob.open", N_("at least 30 %")),
    (0.0, "logprob.unlikely", N_("less than 30 %")),
)


def shade_tokens(tokens: Sequence[TokenLogprob]) -> Text:
    """Return the text of *tokens* in shades, below a line that says what they mean."""
    text = Text(_("token probability: "))
    text.append_text(Text(_(", ")).join(Text(_(name), style) for _chance, style, name in _LEVELS))
    text.append("\n")
    body = Text.assemble(*[(sanitize(piece.text), _style(piece.chance)) for piece in token_pieces(tokens)])
    return text.append_text(_without_empty_lines(body))


def _style(chance: float) -> str:
    return next(style for least, style, _name in _LEVELS if chance >= least)


def _without_empty_lines(text: Text) -> Text:
    """Return *text* without the newlines at its ends."""
    plain = text.plain
    start = len(plain) - len(plain.lstrip("\n"))
    return text[start : max(start, len(plain.rstrip("\n")))]
