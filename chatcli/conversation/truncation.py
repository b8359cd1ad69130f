"""Truncates attached and piped text on request until a question fits, and reports what was removed.

Typed text is never truncated. Cuts fall between characters, and a mark says how much text is missing.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

from chatcli.conversation.messages import Message, Part, TextPart
from chatcli.conversation.session import Session
from chatcli.language import N_, _
from chatcli.records import replace
from chatcli.text.units import format_number

KeptPart = Literal["head", "tail", "middle"]


def truncate(session: Session, parts: Sequence[Part], where: KeptPart) -> tuple[tuple[Part, ...], list[str]]:
    """Truncate *parts* to fit the window, and return them with a sentence about each truncated text.

    *where* says what to keep of a text: its head, its tail, or both ends. Parts that cannot fit are returned unchanged.
    """
    budget, instructions = session.binding.budget, session.conversation.instructions
    room = session.requests.available_tokens()
    indexes = [index for index, part in enumerate(parts) if isinstance(part, TextPart) and part.source is not None]
    if room is None or not indexes:
        return tuple(parts), []
    room -= round(budget.count(instructions)) if instructions else 0
    if budget.bound(Message("user", tuple(parts))) <= room or _size(session, parts) <= room:
        return tuple(parts), []
    kept, cut = tuple(parts), 1.0
    low, high = 0.0, 1.0
    for _halving in range(20):  # halving a million characters this often leaves one
        share = (low + high) / 2
        tried = _cut(parts, indexes, share, where)
        if _size(session, tried) <= room:
            kept, cut, low = tried, share, share
        else:
            high = share
    return (kept, _told(parts, kept, indexes, where)) if cut < 1 else (tuple(parts), [])


def keep_share(text: str, share: float, where: KeptPart) -> str:
    """Return *share* of the characters of *text*, with a mark where text was removed."""
    keep = int(len(text) * share)
    gone = f"[... {format_number(len(text) - keep)} characters left out ...]"
    match where:
        case "head":
            return f"{text[:keep]}\n{gone}"
        case "tail":
            return f"{gone}\n{text[len(text) - keep :]}"
        case "middle":
            ahead = keep // 2
            return f"{text[:ahead]}\n{gone}\n{text[len(text) - keep + ahead :]}"


def _cut(parts: Sequence[Part], indexes: Sequence[int], share: float, where: KeptPart) -> tuple[Part, ...]:
    return tuple(
        replace(part, text=_within_label(part.text, share, where))
        if index in indexes and isinstance(part, TextPart)
        else part
        for index, part in enumerate(parts)
    )


def _within_label(text: str, share: float, where: KeptPart) -> str:
    """Shorten the text inside a labelled block, and keep the label."""
    blank = text[: len(text) - len(text.lstrip("\n"))]
    first, _separator, rest = text[len(blank) :].partition("\n")
    inner, _separator, last = rest.rpartition("\n")
    if not (first.startswith("<") and last.startswith("</")):
        return keep_share(text, share, where)
    return f"{blank}{first}\n{keep_share(inner, share, where)}\n{last}"


def _told(before: Sequence[Part], after: Sequence[Part], indexes: Sequence[int], where: KeptPart) -> list[str]:
    told = []
    for index in indexes:
        old, new = before[index], after[index]
        if isinstance(old, TextPart) and isinstance(new, TextPart):
            gone, all = format_number(len(old.text) - len(new.text)), format_number(len(old.text))
            told.append(_(_KEPT[where], name=old.source, gone=gone, all=all))
    return told


def _size(session: Session, parts: Sequence[Part]) -> float:
    return session.binding.budget.count(Message("user", tuple(parts)))


_KEPT = {
    "head": N_("{name}: kept the head, removed about {gone} of {all} characters to fit the window"),
    "tail": N_("{name}: kept the tail, removed about {gone} of {all} characters to fit the window"),
    "middle": N_("{name}: kept both ends, removed about {gone} of {all} characters to fit the window"),
}
