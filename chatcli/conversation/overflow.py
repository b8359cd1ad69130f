"""Reports turns left out of the window: asks first if the user wants to decide, notifies once per change. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

from chatcli.conversation.messages import Message, Notice
from chatcli.conversation.window import Window
from chatcli.errors import ContextTooLongError, Remedy
from chatcli.language import N_, _, ngettext
from chatcli.records import mutable
from chatcli.text.phrases import one_line, shorten
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
    limit = _("{count} tokens", count=format_number(window_tokens)) if window_tokens else _("the context window")
    tokens = format_tokens(window.tokens or 0)
    sent = ngettext(
        "{count} turn sent, ~{tokens}", "{count} turns sent, ~{tokens}", window.earlier_turns + 1, tokens=tokens
    )
    message = ngettext(
        "context: turn {turns} left out to fit {limit} ({sent})",
        "context: turns {turns} left out to fit {limit} ({sent})",
        len(window.left_out),
        turns=format_ranges(window.left_out),
        limit=limit,
        sent=sent,
    )
    return Notice("context_left_out", message, Remedy("see_context"))


def no_longer_fits(window: Window, window_tokens: int | None, *, is_asked: bool) -> ContextTooLongError:
    """Return the error for turns that may not be left out; *is_asked*: the user decides each time."""
    decide = _("send it again to choose") if is_asked else _("set defaults.overflow to oldest")
    reason = left_out_notice(window, window_tokens).message
    return ContextTooLongError(
        _("the conversation no longer fits: {reason}", reason=reason),
        window_tokens=window_tokens,
        kept=_("nothing was sent"),
        hint=(Remedy("make_room"), decide),
    )


def tools_too_long(error: ContextTooLongError, exchange: Sequence[Message]) -> ContextTooLongError:
    """Return *error* for a question that fits without the calls and results in *exchange*; names the largest."""
    needed, window = error.needed_tokens, error.window_tokens
    what = _(
        "the tool calls and results of this turn do not fit the context window: {largest}", largest=_largest(exchange)
    )
    if needed and window:
        what = _(
            "the tool calls and results of this turn do not fit the context window:"
            " ~{needed} tokens, {window} available; {largest}",
            needed=format_number(needed),
            window=format_number(window),
            largest=_largest(exchange),
        )
    return ContextTooLongError(
        what,
        needed_tokens=needed,
        window_tokens=window,
        kept=_("the turn so far is kept"),
        hint=_("ask for less at once, or use a model with a larger context window"),
        server=error.server,
    )


def _largest(exchange: Sequence[Message]) -> str:
    names = {call.id: call.name for message in exchange for call in message.tool_calls}
    call, result = (
        N_("the largest part is the call of `{name}`, {size}"),
        N_("the largest part is the result of `{name}`, {size}"),
    )
    sizes = [(len(made.arguments), call, made.name) for message in exchange for made in message.tool_calls]
    sizes += [(len(one.text), result, names.get(one.tool_call_id or "", "")) for one in exchange if one.role == "tool"]
    size, what, name = max(sizes)
    return _(what, name=shorten(one_line(name), _MOST_NAME), size=format_size(size))


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
    return _(", ").join(str(run[0]) if len(run) == 1 else f"{run[0]}-{run[-1]}" for run in runs)
