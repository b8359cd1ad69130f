"""An answer with each token shaded by its probability: something to look at rather than to read."""

from __future__ import annotations

from collections.abc import Sequence

from rich.text import Text

from chatcli.conversation.messages import TokenLogprob
from chatcli.request.logprobs import token_pieces
from chatcli.text.sanitizer import sanitize

# From this chance up, what a token is drawn with, and how the legend calls it.
_LEVELS = (
    (0.9, "none", "at least 90 %"),
    (0.6, "logprob.likely", "at least 60 %"),
    (0.3, "logprob.open", "at least 30 %"),
    (0.0, "logprob.unlikely", "less than 30 %"),
)


def shade_tokens(tokens: Sequence[TokenLogprob]) -> Text:
    """Return the text of *tokens* in shades, below a line that says what they mean."""
    text = Text("token probability: ")
    text.append_text(Text(", ").join(Text(name, style) for _, style, name in _LEVELS))
    text.append("\n")
    body = Text.assemble(*[(sanitize(piece.text), _style(piece.chance)) for piece in token_pieces(tokens)])
    return text.append_text(_without_empty_lines(body))


def _style(chance: float) -> str:
    return next(style for least, style, _ in _LEVELS if chance >= least)


def _without_empty_lines(text: Text) -> Text:
    """Return *text* without the newlines at its ends."""
    plain = text.plain
    start = len(plain) - len(plain.lstrip("\n"))
    return text[start : max(start, len(plain.rstrip("\n")))]
