"""Repairs a tree with missing messages: every remaining message gets a remaining parent. Pure.

Law: whatever numbers go in, each message comes out below an earlier one or at the beginning; what was right stays.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Collection, Mapping
from typing import NamedTuple

from chatcli.conversation.tree import ChatState, Summary
from chatcli.records import replace

MOST_MESSAGES = 1 << 53  # a number above is damage, and the next one could not be stored


def is_message_number(value: object) -> bool:
    """Return whether *value* can be the number of a message."""
    return isinstance(value, int) and 1 <= value < MOST_MESSAGES


def mend_parents(parents: Mapping[int, object]) -> dict[int, int | None]:
    """Return for each message the one it hangs below; *parents* has what stands in the file.

    A parent that is lost becomes the nearest earlier message that is left, a nonsensical one the message before.
    """
    kept = sorted(parents)
    return {id: _parent(id, parent, kept) for id, parent in parents.items()}


def _parent(id: int, parent: object, kept: list[int]) -> int | None:
    if parent is None:
        return None
    before = parent if isinstance(parent, int) and 1 <= parent < id else id - 1
    return nearest(before, kept)


def nearest(id: int, kept: list[int]) -> int | None:
    """Return *id*, or else the greatest number before it, of those that are *kept*, in order."""
    position = bisect_left(kept, id + 1)
    return kept[position - 1] if position else None


class TreeLink(NamedTuple):
    """Where a message hangs, and whether it is a question."""

    parent: int | None
    is_question: bool


def mend_head(head: object, kept: Mapping[int, TreeLink]) -> int | None:
    """Return the end of the branch in use: *head*, or the newest message where that one is lost.

    A question at the end, whose answer is lost, is given back to the user, and so the branch ends before it.
    """
    if head is None or (isinstance(head, int) and head in kept):
        return head
    newest = max(kept, default=None)
    link = kept[newest] if newest else None
    return link.parent if link and link.is_question and link.parent else newest


def mend_state(state: ChatState, kept: Collection[int]) -> ChatState:
    """Return *state* without what it says of messages that are lost; a summary ends at the nearest that is left."""
    summary = state.summary
    if summary and summary.upto not in kept:
        upto = nearest(summary.upto, sorted(kept))
        summary = Summary(upto, summary.text) if upto else None
    ids = {name: getattr(state, name) & set(kept) for name in ("pinned", "dropped", "asides")}
    return replace(state, **ids, summary=summary)
