"""Compacts a conversation: the model writes a summary, which is sent in place of the turns.

A conversation larger than the window is summarised part by part, each together with the summary so far, so that no turn
is missing from the summary. A part that the server rejects as too long is made smaller, and the middle of a single turn
that is too long is removed. The originals stay in the tree.
"""

from __future__ import annotations

from collections.abc import Sequence

from chatcli.conversation.asides import ask_aside
from chatcli.conversation.messages import Listener, Message, Notice, TextPart, text_message
from chatcli.conversation.overflow import format_ranges
from chatcli.conversation.reply import Reply
from chatcli.conversation.session import Session
from chatcli.conversation.tree import Node, Summary
from chatcli.conversation.truncation import keep_share
from chatcli.conversation.window import split_before
from chatcli.errors import ContextTooLongError
from chatcli.language import ngettext
from chatcli.records import replace

_LEAST_SHARE = 1 / 64  # of a turn; if even this is too long, something else is wrong
_SPARE = 0.9  # of the estimated room for part of a turn
_Turns = Sequence[Sequence[Node]]


def compact_conversation(session: Session, wish: str, show: Listener) -> Reply | None:
    """Let the model summarise all turns without a summary, following *wish*; None if there are none.

    Returns the last reply; unless it is complete, nothing has changed. Raises ChatError if a request fails, which also
    changes nothing.
    """
    conversation, reply = session.conversation, None
    before = conversation.summary
    is_done = False
    try:
        while turns := _turns_left(session):
            if not session.learn():
                return Reply(stopped=True)
            session.requests.fit([], text_message("user", wish))  # raises if not even the wish fits
            part = turns[: _fitting(session, wish, turns)]
            if len(part) < len(turns):
                show(_progress(conversation.summarized_turns, len(part), len(turns)))
            end, reply = _sum_up(session, wish, part, show)
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


def _progress(done: int, part: int, left: int) -> Notice:
    turns = format_ranges(range(done + 1, done + part + 1))
    words = ngettext(
        "summing up turn {turns} of {all}", "summing up turns {turns} of {all}", part, turns=turns, all=done + left
    )
    return Notice("compacting", words)


def _sum_up(session: Session, wish: str, turns: _Turns, show: Listener) -> tuple[int, Reply]:
    """Summarise the first of *turns*, as many as the server accepts; return where they end, and the reply."""
    share = _share(session, wish, turns)
    while True:
        end = turns[-1][-1].id
        try:
            return end, ask_aside(session, wish, show, _history(session, turns, share))
        except ContextTooLongError:
            if len(turns) > 1:
                turns = turns[: min(_fitting(session, wish, turns), len(turns) - 1)]
                share = _share(session, wish, turns)
            elif share > _LEAST_SHARE:
                share = min(_share(session, wish, turns), share / 2)
            else:
                raise


def _turns_left(session: Session) -> _Turns:
    """Return the turns without a summary."""
    conversation = session.conversation
    summary = conversation.summary if conversation.summarized_turns else None
    path = conversation.tree.path(conversation.tree.head)
    rest = [node for node in path if summary is None or node.id > summary.upto]
    return split_before(rest, lambda node: node.message.role == "user")


def _fitting(session: Session, wish: str, turns: _Turns) -> int:
    """Return how many of *turns* fit together, at least one."""
    budget, available = session.binding.budget, session.requests.available_tokens()
    fixed = _fixed(session, wish)
    messages = [node.message for turn in turns for node in turn]
    if available is None or (budget.is_bounded and sum(map(budget.bound, [*fixed, *messages])) <= available):
        return len(turns)
    left = available - sum(map(budget.count, fixed))
    for number, turn in enumerate(turns):
        left -= sum(budget.count(node.message) for node in turn)
        if left < 0:
            return max(number, 1)
    return len(turns)


def _share(session: Session, wish: str, turns: _Turns) -> float:
    """Return the share of its text that a single turn may keep to fit; 1 if there are more turns."""
    available = session.requests.available_tokens()
    if len(turns) > 1 or available is None or _fits(session, wish, turns, available):
        return 1.0
    budget = session.binding.budget
    left = available - sum(map(budget.count, _fixed(session, wish)))
    size = sum(budget.count(node.message) for node in turns[0])
    return min(max(_SPARE * left / size, _LEAST_SHARE), 1.0)


def _fits(session: Session, wish: str, turns: _Turns, available: int) -> bool:
    messages, budget = [*_fixed(session, wish), *(node.message for node in turns[0])], session.binding.budget
    return sum(map(budget.bound, messages)) <= available or sum(map(budget.count, messages)) <= available


def _fixed(session: Session, wish: str) -> list[Message]:
    conversation = session.conversation
    return session.requests.required(conversation.turns, text_message("user", wish))


def _history(session: Session, turns: _Turns, share: float) -> list[Message]:
    """Return the conversation up to the end of *turns*, with only a *share* of their texts."""
    first = turns[0][0].parent
    kept = [node.message if share == 1 else _abridged(node.message, share) for turn in turns for node in turn]
    return [*session.conversation.history_to(first), *kept]


def _abridged(message: Message, share: float) -> Message:
    parts = (
        replace(part, text=_shorter(part.text, share)) if isinstance(part, TextPart) else part for part in message.parts
    )
    return replace(message, parts=tuple(parts))


def _shorter(text: str, share: float) -> str:
    """Return *share* of *text*, or all of it if the truncation mark would be longer."""
    return min(text, keep_share(text, share, "middle"), key=len)
