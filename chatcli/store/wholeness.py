"""Repairs a tree with missing messages: every remaining message gets a remaining parent. Pure.

Law: whatever numbers go in, each message comes out below an earlier one or at the beginning; what was right stays.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Collection, Mapping

from chatcli.conversation.outline import Outline
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
    # Checked here and not in a function of its own: there may be many, and nearly always all of them are sound.
    return {
        id: parent
        if parent is None or (isinstance(parent, int) and parent < id and parent in parents)
        else _mended(id, parent, kept)
        for id, parent in parents.items()
    }


def _mended(id: int, parent: object, kept: list[int]) -> int | None:
    before = parent if isinstance(parent, int) and 1 <= parent < id else id - 1
    return nearest(before, kept)


def nearest(id: int, kept: list[int]) -> int | None:
    """Return *id*, or else the greatest number before it, of those that are *kept*, in order."""
    position = bisect_left(kept, id + 1)
    return kept[position - 1] if position else None


def mend_head(head: object, outline: Outline) -> int | None:
    """Return the end of the branch in use: *head*, or the newest message where that one is lost.

    A question at the end, whose answer is lost, is given back to the user, and so the branch ends before it.
    """
    if head is None or (isinstance(head, int) and head in outline.parents):
        return head
    newest = max(outline.parents, default=None)
    parent = outline.parents[newest] if newest else None
    return parent if newest in outline.questions and parent else newest


def mend_state(state: ChatState, kept: Collection[int]) -> ChatState:
    """Return *state* without what it says of messages that are lost; a summary ends at the nearest that is left."""
    summary = state.summary
    if summary and summary.upto not in kept:
        upto = nearest(summary.upto, sorted(kept))
        summary = Summary(upto, summary.text) if upto else None
    ids = {name: getattr(state, name) & set(kept) for name in ("pinned", "dropped", "asides")}
    return replace(state, **ids, summary=summary)
