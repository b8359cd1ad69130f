"""Starts the chat of a one-shot run; its arguments are judged before its endpoint."""

from __future__ import annotations

from collections.abc import Callable

from chatcli.app.model_binder import provider_to_talk_to, required_provider
from chatcli.app.running_chat import RunningChat, start_chat
from chatcli.cli.open_chat import open_chat
from chatcli.cli.run import Run
from chatcli.errors import ChatError
from chatcli.output.plain import Output
from chatcli.process.signals import InterruptGate
from chatcli.settings.endpoints import GUIDE


def start_connected_chat(
    run: Run,
    output: Output,
    interrupts: InterruptGate,
    *,
    fail: Callable[[ChatError], None],
    check: Callable[[RunningChat], object] = lambda _chat: None,
) -> RunningChat:
    """Start the chat; raises ConfigError if no model is connected, unless *check* or a flag raises something else.

    A mistyped flag is reported before a model is connected, not after.
    """
    provider = provider_to_talk_to(run.config)
    chat = start_chat(run.endpoints, provider, interrupts=interrupts, notify=output.notify, fail=fail)
    if not (run.config.provider() or run.flags.base_url):
        from chatcli.app.attachment_loader import attachment_loader_for, load_flagged_attachments

        try:
            check(chat)
            if not run.flags.fetch:  # nothing is fetched for a question that cannot be asked
                loader = attachment_loader_for(run.config, chat.session, chat.client, confirm=run.endpoints.confirm)
                load_flagged_attachments(run.config, loader)
            open_chat(run, chat.chats)
        except BaseException:
            chat.chats.close()
            raise
        if chat.client.endpoint.name == GUIDE:  # a stored chat may bring its own, such as a model file
            chat.chats.close()
            required_provider(run.config)
    return chat
