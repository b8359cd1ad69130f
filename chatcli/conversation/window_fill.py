"""Computes and formats how full the context window is, for every surface that shows it.

The server's own count of the last turn if it reported one and the chat has stayed as it was after that turn, else an
estimate of what would be sent before the next question.
"""

from __future__ import annotations

from functools import cache
from math import inf

from chatcli.conversation.messages import Usage
from chatcli.conversation.session import Session
from chatcli.conversation.turn import Turn
from chatcli.conversation.window import choose_turns
from chatcli.language import _
from chatcli.records import frozen, replace
from chatcli.text.units import format_tokens

WARN_PERCENT, ALARM_PERCENT = 50, 80
_MAX_PERCENT = 999


@frozen
class WindowFill:
    """The fill level of the context window; None is unknown. *is_truncated*: the server truncates our requests."""

    used_tokens: int | None = None
    window_tokens: int | None = None
    is_estimate: bool = False
    is_truncated: bool = False

    @property
    def percent(self) -> int | None:
        """The used share, None if either number is unknown."""
        if self.used_tokens is None or not self.window_tokens:
            return None
        return min(round(100 * self.used_tokens / self.window_tokens), _MAX_PERCENT)

    @property
    def estimate_mark(self) -> str:
        """`~` for an estimate, else empty."""
        return "~" if self.is_estimate else ""

    @property
    def alarm_mark(self) -> str:
        """` !` for a number that needs attention, else empty."""
        return " !" if self.is_truncated or (self.percent or 0) >= ALARM_PERCENT else ""


def describe_fill(fill: WindowFill) -> str:
    """Format the fill level: `ctx ~3.1k/128k (2%)`."""
    if fill.used_tokens is None and fill.window_tokens is None:
        return _("ctx {fill}", fill="?" + fill.alarm_mark)
    used = "?" if fill.used_tokens is None else f"{fill.estimate_mark}{format_tokens(fill.used_tokens)}"
    window = "?" if not fill.window_tokens else format_tokens(fill.window_tokens)
    percent = "" if fill.percent is None else f" ({fill.percent}%)"
    shown = f"{used}/{window}{percent}{fill.alarm_mark}"
    return _("ctx {fill}", fill=shown)


def window_fill(session: Session) -> WindowFill:
    """Return the fill level, and start preparing the count if it will be needed."""
    window_tokens = session.binding.budget.window_tokens
    usage = _reported(session)
    if usage and usage.prompt_tokens:
        used = usage.prompt_tokens + (usage.completion_tokens or 0)
        return WindowFill(used, window_tokens, usage.is_estimate, session.is_truncated)
    prepare_count(session)
    used = round(_guess(session))
    return WindowFill(used, window_tokens, is_estimate=used > 0, is_truncated=session.is_truncated)


def _reported(session: Session) -> Usage | None:
    """Return what the server reported of the turn that ends the chat, None if that is not what is sent next."""
    if session.last:
        return session.last.reply.usage if _is_newest(session, session.last) else None
    now, then, tree = session.state, session.opened, session.conversation.tree
    if then is None or tree.head is None or now.pinned or now.dropped or now.summary:
        return None
    facts = tree[tree.head].facts
    is_same = replace(now, head=then.head, options=then.options, asides=then.asides) == then
    return facts.usage if facts and is_same else None


def _is_newest(session: Session, last: Turn) -> bool:
    """Return whether the next question sends what *last* left: nothing of it was undone, excluded or changed."""
    now, then = session.state, last.state
    return then is not None and replace(now, options=then.options, asides=then.asides) == then


def _guess(session: Session) -> float:
    """Return the estimated tokens of the turns that the next question sends, which fit into the window."""
    budget, requests, conversation = session.binding.budget, session.requests, session.conversation
    tree = conversation.tree
    chosen = requests.chosen_turns(conversation.turns)
    fixed = budget.guess(conversation.instructions) if conversation.instructions else 0.0
    available = requests.available_tokens()

    @cache
    def size(number: int) -> float:
        return sum(map(budget.guess, tree.turn(tree.head, number)))

    room = inf if available is None else available - fixed - sum(map(size, chosen.pinned))
    return fixed + sum(map(size, choose_turns(len(conversation.turns), size, room, chosen)))


def prepare_count(session: Session) -> None:
    """Start preparing the count if the next question may need it, so that it does not wait for it."""
    budget, conversation = session.binding.budget, session.conversation
    room = budget.message_tokens(conversation.options)
    if room is None:
        return
    for node in conversation.tree.newest_first(conversation.tree.head):
        room -= budget.bound(node.message)
        if room < 0:
            budget.prepare()
            return
