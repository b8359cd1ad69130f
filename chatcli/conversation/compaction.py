"""Sums a conversation up with the model's help, so that a summary is sent in place of its turns.

What outgrows the window is summed up part by part, each together with the summary of those before it: no turn is left
out of the summary because the window is full. The originals stay in the tree.
"""

from __future__ import annotations

from collections.abc import Sequence

from chatcli.conversation.messages import Listener, Message, text_message
from chatcli.conversation.reply import Reply
from chatcli.conversation.session import Session
from chatcli.conversation.tree import Summary
from chatcli.conversation.window import split_before


def compact_conversation(session: Session, wish: str, show: Listener) -> Reply | None:
    """Let the model sum up all turns that are not summed up yet, as *wish* says; None where there are none.

    The last reply is returned: unless it is complete, nothing has changed. Raises ChatError where asking fails, then
    nothing has changed either.
    """
    before, reply = session.summary, None
    is_done = False
    try:
        while end := _next_part(session, wish):
            reply = session.ask_aside(wish, show, end=end)
            text = reply.message().text.strip()
            if reply.status != "complete" or not text:
                return reply
            session.summary = Summary(end, text)
        is_done = True
    finally:
        if not is_done:
            session.summary = before
    if reply:
        session.journal.keep(session.state)
    return reply


def _next_part(session: Session, wish: str) -> int | None:
    """Return the end of as many of the next turns as fit together, None where all are summed up."""
    summary = session.summary if session.summarized else None
    path = session.tree.path(session.tree.head)
    rest = [node for node in path if summary is None or node.id > summary.upto]
    turns = split_before(rest, lambda node: node.message.role == "user")
    room = session.available_tokens()
    if not turns or room is None:
        return rest[-1].id if rest else None
    fixed = [text_message("user", wish), *([session.instructions] if session.instructions else [])]
    if _bound(session, [*fixed, *(node.message for node in rest)]) <= room:
        return rest[-1].id
    room -= round(sum(map(session.budget.count, fixed)))
    end = turns[0][-1].id  # one that is too long alone is tried all the same: the error tells how long it is
    for turn in turns:
        room -= round(sum(session.budget.count(node.message) for node in turn))
        if room < 0:
            break
        end = turn[-1].id
    return end


def _bound(session: Session, messages: Sequence[Message]) -> float:
    return sum(map(session.budget.bound, messages))
