"""What the toolbar shows of a conversation: looked at with every key, and worked out once a turn."""

from __future__ import annotations

from chatcli.commands.context import CommandContext
from chatcli.conversation.session import Session
from chatcli.conversation.window_fill import WindowFill
from chatcli.input.toolbar import ToolbarState
from chatcli.records import replace
from chatcli.settings.endpoints import GUIDE
from chatcli.usage.spending import total_spending


class ToolbarReader:
    """Works out what the toolbar shows; the server's own count of tokens is taken where it gave one."""

    def __init__(self, context: CommandContext) -> None:
        self._context = context
        self._state: tuple[object, ...] = ()
        self._bar = ToolbarState("")

    def read(self) -> ToolbarState:
        """Return what the toolbar shows now."""
        context, session = self._context, self._context.session
        tree, binding = session.conversation.tree, session.binding
        state = (
            *(id(tree), tree.head, id(session.last), binding.budget.window_tokens, binding.model, binding.provider),
            *(len(context.attachments), context.chats.is_on, context.chats.title),
        )
        if state != self._state:
            self._state, self._bar = state, self._worked_out()
        return self._bar

    def _worked_out(self) -> ToolbarState:
        context, session = self._context, self._context.session
        # The guide has one model, of its own name.
        provider = "" if session.binding.provider == GUIDE else session.binding.provider
        took = total_spending(session.conversation.tree.nodes)
        return ToolbarState(
            model=session.binding.model or "?",
            provider=provider,
            fill=replace(window_fill(session), is_truncated=session.is_truncated),
            attachments=len(context.attachments),
            cost=took.dollars if took.is_known else None,
            is_unlogged=not context.chats.is_on,
            title=context.chats.title,
        )


def window_fill(session: Session) -> WindowFill:
    """Return how full the window is, and begin to make counting ready where it will be needed."""
    last, measure = session.last, session.binding.budget
    is_newest = last is not None and session.conversation.history[-2:-1] == [last.question]
    usage = last.reply.usage if last and is_newest else None
    if usage and usage.prompt_tokens:
        return WindowFill(usage.prompt_tokens + (usage.completion_tokens or 0), measure.window_tokens)
    history, budget = session.conversation.history, measure.message_tokens(session.conversation.options)
    if budget is not None and sum(map(measure.bound, history)) > budget:
        measure.prepare()  # the next question may be counted, and should not wait for it
    used = round(sum(map(measure.guess, history)))
    return WindowFill(used, measure.window_tokens, is_estimate=used > 0)
