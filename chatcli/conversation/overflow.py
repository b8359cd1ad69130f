"""Reports turns left out of the window: asks first if the user wants to decide, notifies once per change. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

from chatcli.conversation.messages import Message, Notice
from chatcli.conversation.window import Window
from chatcli.errors import ContextTooLongError, Remedy
from chatcli.records import mutable
from chatcli.text.phrases import count_noun, one_line, shorten
from chatcli.text.units import format_number, format_size, format_tokens

Overflow = Literal["oldest", "ask", "error"]

_MOST_NAME = 64  # characters of the name of a tool


@mutable
class OverflowNotices:
    """What the user was told about left-out turns, and has accepted up to turn *agreed*."""

    left_out: tuple[int, ...] = ()
    agreed: int = 0

    def admit(self, window: Window, overflow: Overflow, window_tokens: int | None) -> Notice | None:
        """Accept *window* for sending; return a notice if it leaves out other turns than before.

        Raises ContextTooLongError if *overflow* does not allow leaving out turns.
        """
        if window.left_out and (overflow == "error" or self.is_undecided(window, overflow)):
            raise no_longer_fits(window, window_tokens, is_asked=overflow == "ask")
        if window.left_out == self.left_out:
            return None
        self.left_out = window.left_out
        return left_out_notice(window, window_tokens) if window.left_out else None

    def is_undecided(self, window: Window, overflow: Overflow) -> bool:
        """Return whether the user still has to decide about turns that would be left out."""
        return overflow == "ask" and max(window.left_out, default=0) > self.agreed

    def agree(self, window: Window) -> None:
        """Accept that *window* leaves out its turns, and all before them."""
        self.agreed = max(self.agreed, *window.left_out)


def left_out_notice(window: Window, window_tokens: int | None) -> Notice:
    """Return the notice that names the left-out turns."""
    gone = f"turn{'s' if len(window.left_out) > 1 else ''} {format_ranges(window.left_out)}"
    limit = f"{format_number(window_tokens)} tokens" if window_tokens else "the context window"
    sent = f"{count_noun(window.earlier_turns + 1, 'turn')} sent, ~{format_tokens(window.tokens or 0)}"
    return Notice(
        "context_left_out",
        f"context: {gone} left out to fit {limit} ({sent})",
        Remedy("see_context"),
    )


def no_longer_fits(window: Window, window_tokens: int | None, *, is_asked: bool) -> ContextTooLongError:
    """Return the error for turns that may not be left out; *is_asked*: the user decides each time."""
    decide = "send it again to choose" if is_asked else "set defaults.overflow to oldest"
    return ContextTooLongError(
        f"the conversation no longer fits: {left_out_notice(window, window_tokens).message}",
        window_tokens=window_tokens,
        kept="nothing was sent",
        hint=(Remedy("make_room"), decide),
    )


def tools_too_long(error: ContextTooLongError, exchange: Sequence[Message]) -> ContextTooLongError:
    """Return *error* for a question that fits without the calls and results in *exchange*; names the largest."""
    needed, window = error.needed_tokens, error.window_tokens
    tokens = f"~{format_number(needed)} tokens, {format_number(window)} available; " if needed and window else ""
    return ContextTooLongError(
        f"the tool calls and results of this turn do not fit the context window: {tokens}{_largest(exchange)}",
        needed_tokens=needed,
        window_tokens=window,
        kept="the turn so far is kept",
        hint="ask for less at once, or use a model with a larger context window",
        server=error.server,
    )


def _largest(exchange: Sequence[Message]) -> str:
    names = {call.id: call.name for message in exchange for call in message.tool_calls}
    sizes = [(len(call.arguments), "call", call.name) for message in exchange for call in message.tool_calls]
    sizes += [
        (len(one.text), "result", names.get(one.tool_call_id or "", "")) for one in exchange if one.role == "tool"
    ]
    size, kind, name = max(sizes)
    return f"the largest part is the {kind} of `{shorten(one_line(name), _MOST_NAME)}`, {format_size(size)}"


def format_ranges(numbers: Sequence[int]) -> str:
    """Format ascending *numbers* as ranges: "1-3, 7"."""
    if len(numbers) > 1 and numbers[-1] - numbers[0] == len(numbers) - 1:
        return f"{numbers[0]}-{numbers[-1]}"
    runs: list[list[int]] = []
    for number in numbers:
        if runs and runs[-1][-1] == number - 1:
            runs[-1].append(number)
        else:
            runs.append([number])
    return ", ".join(str(run[0]) if len(run) == 1 else f"{run[0]}-{run[-1]}" for run in runs)
