"""An answer with each token shaded by its probability: something to look at rather than to read."""

from __future__ import annotations

from collections.abc import Sequence

from chatcli.conversation.messages import TokenLogprob
from chatcli.request.logprobs import token_pieces
from chatcli.text.sanitizer import sanitize

_OFF = "\x1b[m"
# From this chance up, how a token is drawn: in colour, and where there is none.
_LEVELS = ((0.9, "", ""), (0.6, "32", "2"), (0.3, "33", "4"), (0.0, "1;31", "1;4"))


def shade_tokens(tokens: Sequence[TokenLogprob], *, colour: bool) -> str:
    """Return the text of *tokens* as SGR sequences draw it, with a line that says what they mean."""
    text = "".join(_drawn(piece.text, piece.chance, colour=colour) for piece in token_pieces(tokens))
    return f"{_legend(colour=colour)}\n{text.strip(chr(10))}\n"


def _drawn(text: str, chance: float, *, colour: bool) -> str:
    codes = next(coloured if colour else plain for least, coloured, plain in _LEVELS if chance >= least)
    # A sequence does not reach over a line end: what scrolls would be coloured to its edge.
    lines = sanitize(text).split("\n")
    return "\n".join(f"\x1b[{codes}m{line}{_OFF}" if codes and line else line for line in lines)


def _legend(*, colour: bool) -> str:
    names = ("90 % or more", "60 % or more", "30 % or more", "less")
    drawn = (_drawn(name, level[0], colour=colour) for name, level in zip(names, _LEVELS, strict=True))
    return "chance of each token: " + ", ".join(drawn)
