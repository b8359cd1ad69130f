"""Computes and formats how full the context window is, for every surface that shows it.

The server's own count of the last turn if it reported one, else an estimate of what would be sent before the next
question.
"""

from __future__ import annotations

from collections.abc import Iterator

from chatcli.conversation.messages import Message
from chatcli.conversation.session import Session
from chatcli.conversation.window import split_turns
from chatcli.language import _
from chatcli.records import frozen
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
    last, budget, conversation = session.last, session.binding.budget, session.conversation
    is_newest = last is not None and conversation.history[-2:-1] == [last.question]
    usage = last.reply.usage if last and is_newest else None
    if usage and usage.prompt_tokens:
        used = usage.prompt_tokens + (usage.completion_tokens or 0)
        return WindowFill(used, budget.window_tokens, is_truncated=session.is_truncated)
    prepare_count(session)
    sent = [conversation.instructions] if conversation.instructions else []
    used = round(sum(map(budget.guess, [*sent, *_sent_turns(session)])))
    return WindowFill(used, budget.window_tokens, is_estimate=used > 0, is_truncated=session.is_truncated)


def _sent_turns(session: Session) -> Iterator[Message]:
    """Yield the messages of turns that are not excluded or replaced by a summary."""
    conversation = session.conversation
    gone = conversation.turn_numbers(conversation.dropped) | set(range(1, conversation.summarized_turns + 1))
    gone -= conversation.turn_numbers(conversation.pinned)
    for number, turn in enumerate(split_turns(conversation.history), 1):
        if number not in gone:
            yield from turn


def prepare_count(session: Session) -> None:
    """Start preparing the count if the next question may need it, so that it does not wait for it."""
    budget, conversation = session.binding.budget, session.conversation
    room = budget.message_tokens(conversation.options)
    if room is not None and sum(map(budget.bound, conversation.history)) > room:
        budget.prepare()
