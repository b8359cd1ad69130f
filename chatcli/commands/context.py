"""Declares what slash commands can use: the conversation, and a port for everything else."""

from __future__ import annotations

import time
from collections.abc import Callable

from chatcli.commands.ports import (
    ChatsPort,
    ClipboardPort,
    EndpointPort,
    FilesPort,
    HelpPort,
    SettingsPort,
    ShellPort,
    ToolsPort,
)
from chatcli.conversation.conversation import Conversation
from chatcli.conversation.session import Session
from chatcli.records import field, frozen
from chatcli.request.pending_attachments import PendingAttachments


@frozen
class CommandContext:
    """The context of a command; *attachments* are those of the next message, *edit* lets the user edit a text."""

    session: Session
    endpoint: EndpointPort
    settings: SettingsPort
    chats: ChatsPort
    files: FilesPort
    clipboard: ClipboardPort
    help: HelpPort
    tools: ToolsPort
    shell: ShellPort
    edit: Callable[[str], str]
    attachments: PendingAttachments = field(default_factory=PendingAttachments)
    now: Callable[[], float] = time.time

    @property
    def conversation(self) -> Conversation:
        """The current conversation."""
        return self.session.conversation
