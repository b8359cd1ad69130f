"""Sums a conversation up with the model's help, so that a summary is sent in place of its turns.

What outgrows the window is summed up part by part, each together with the summary of those before it: no turn is left
out of the summary because the window is full. The originals stay in the tree.
"""

from __future__ import annotations

from chatcli.conversation.messages import Listener, text_message
from chatcli.conversation.reply import Reply
from chatcli.conversation.session import Session
from chatcli.conversation.tree import Summary
from chatcli.conversation.window import split_before


def compact_conversation(session: Session, wish: str, show: Listener) -> Reply | None:
    """Let the model sum up all turns that are not summed up yet, as *wish* says; None where there are none.

    The last reply is returned: unless it is complete, nothing has changed. Raises ChatError where asking fails, then
    nothing has changed either.
    """
    conversation, reply = session.conversation, None
    before = conversation.summary
    is_done = False
    try:
        while end := _end_of_next_part(session, wish):
            reply = session.ask_aside(wish, show, end=end)
            text = reply.message().text.strip()
            if reply.status != "complete" or not text:
                return reply
            conversation.summary = Summary(end, text)
        is_done = True
    finally:
        if not is_done:
            conversation.summary = before
    session.save_state()
    return reply


def _end_of_next_part(session: Session, wish: str) -> int | None:
    """Return the end of as many of the next turns as fit together, None where all are summed up."""
    conversation, budget = session.conversation, session.binding.budget
    summary = conversation.summary if conversation.summarized_turns else None
    path = conversation.tree.path(conversation.tree.head)
    rest = [node for node in path if summary is None or node.id > summary.upto]
    turns = split_before(rest, lambda node: node.message.role == "user")
    available = session.requests.available_tokens()
    if not turns or available is None:
        return rest[-1].id if rest else None
    fixed = [text_message("user", wish), *([conversation.instructions] if conversation.instructions else [])]
    if sum(map(budget.bound, [*fixed, *(node.message for node in rest)])) <= available:
        return rest[-1].id
    available -= round(sum(map(budget.count, fixed)))
    end = turns[0][-1].id  # one that is too long alone is tried all the same: the error tells how long it is
    for turn in turns:
        available -= round(sum(budget.count(node.message) for node in turn))
        if available < 0:
            break
        end = turn[-1].id
    return end
