"""Computes the content of the toolbar: read at every key press, updated once per turn."""

from __future__ import annotations

from chatcli.commands.context import CommandContext
from chatcli.conversation.session import Session
from chatcli.conversation.window_fill import WindowFill, window_fill
from chatcli.errors import ChatError
from chatcli.input.toolbar import ToolbarState
from chatcli.language import _
from chatcli.settings.endpoints import GUIDE, model_title


class ToolbarReader:
    """Computes the toolbar; uses the server's own token count if it sent one."""

    def __init__(self, context: CommandContext) -> None:
        self._context = context
        self._state: tuple[object, ...] = ()
        self._bar = ToolbarState("")

    def read(self) -> ToolbarState:
        """Return the current content of the toolbar."""
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
        # The guide has a single model, with its own name.
        provider = "" if session.binding.provider == GUIDE else session.binding.provider
        took = context.chats.spent
        return ToolbarState(
            model=model_title(session.binding.model) or next(iter(context.endpoint.model_names()), _("default model")),
            provider=provider,
            fill=_fill(session) if session.binding.provider != GUIDE else None,
            attachments=len(context.attachments),
            cost=took.dollars if took.is_known and (took.dollars or provider) else None,
            is_estimated_cost=took.estimated > 0,
            is_unlogged=not context.chats.is_on,
            title=context.chats.title,
        )


def _fill(session: Session) -> WindowFill:
    try:
        return window_fill(session)
    except ChatError:  # what is stored cannot be read now; a question will tell
        return WindowFill(window_tokens=session.binding.budget.window_tokens)
