"""Builds the tool loop of a chat, and offers its tools to the model."""

from __future__ import annotations

from collections.abc import Callable

from chatcli.app.configuration import Configuration
from chatcli.app.toolbox import Toolbox
from chatcli.conversation.session import Session
from chatcli.records import replace
from chatcli.tools.loop import Show, ToolLoop
from chatcli.tools.policy import Approve
from chatcli.tools.results import MOST_BYTES

_LEAST_BYTES = 2_000


def tool_loop_for(
    config: Configuration,
    session: Session,
    *,
    approve: Approve,
    show: Show,
    note: Callable[[str], None],
    redact: Callable[[str], str],
) -> ToolLoop:
    """Return the loop of *session*, which offers the configured tools from now on.

    Raises ConfigError or UsageError for tools that cannot be used.
    """
    box = Toolbox(config, note)
    toolset = box.toolset()
    session.settings = replace(session.settings, tools=toolset.definitions)

    def most_bytes() -> int:
        # As many bytes as the window has tokens fill at most a third of it.
        window_tokens = session.binding.budget.window_tokens
        return min(MOST_BYTES, max(window_tokens, _LEAST_BYTES)) if window_tokens else MOST_BYTES

    return ToolLoop(
        toolset,
        box.policy(lambda: session.conversation.tree),
        approve,
        show,
        guard=session.guard,
        most_rounds=config.settings.tools.rounds,
        most_bytes=most_bytes,
        clean=redact,
    )
