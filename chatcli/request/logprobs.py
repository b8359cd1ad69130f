"""Computes the probability of each piece of an answer from the servers' log probabilities; pure.

A token may be part of a character. Such tokens are joined until their characters are complete; the piece has the lowest
probability among them.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from math import exp

from chatcli.conversation.messages import TokenLogprob
from chatcli.records import frozen
from chatcli.text.surrogates import repair


@frozen
class TokenPiece:
    """A piece of text, its probability from 0 to 1, and its alternatives with theirs."""

    text: str
    chance: float
    instead: tuple[tuple[str, float], ...] = ()


def token_pieces(tokens: Sequence[TokenLogprob]) -> Iterator[TokenPiece]:
    """Yield the pieces of an answer in order; joined, they are its text."""
    held: list[TokenLogprob] = []
    for token in tokens:
        held.append(token)
        if (text := _whole(held)) is not None:
            yield _piece(held, text)
            held = []
    if held:
        yield _piece(held, _data(held).decode("utf-8", "replace"))


def least_certain(tokens: Sequence[TokenLogprob], *, most: int, below: float) -> list[TokenPiece]:
    """Return the *most* least probable pieces under *below*, in text order, without white space."""
    doubtful = [piece for piece in token_pieces(tokens) if piece.chance < below and piece.text.strip()]
    chosen = sorted(doubtful, key=lambda piece: piece.chance)[:most]
    return [piece for piece in doubtful if piece in chosen][:most]


def _whole(held: Sequence[TokenLogprob]) -> str | None:
    if len(held) == 1 and not held[0].data:
        return repair(held[0].token)
    try:
        return _data(held).decode("utf-8")
    except UnicodeDecodeError:
        return None


def _data(held: Sequence[TokenLogprob]) -> bytes:
    return b"".join(token.data or token.token.encode("utf-8", "replace") for token in held)


def _piece(held: Sequence[TokenLogprob], text: str) -> TokenPiece:
    unlikeliest = min(held, key=lambda token: token.logprob)
    others = [(repair(other), _chance(logprob)) for other, logprob in unlikeliest.top if other != unlikeliest.token]
    return TokenPiece(text, _chance(unlikeliest.logprob), tuple(others) if len(held) == 1 else ())


def _chance(logprob: float) -> float:
    return exp(min(logprob, 0.0))
