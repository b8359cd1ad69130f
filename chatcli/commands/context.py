"""What slash commands can use: the conversation, and a port for each thing outside of it."""

from __future__ import annotations

import time
from collections.abc import Callable

from chatcli.commands.ports import ChatsPort, ClipboardPort, EndpointPort, FilesPort, HelpPort, SettingsPort
from chatcli.conversation.conversation import Conversation
from chatcli.conversation.session import Session
from chatcli.records import field, frozen
from chatcli.request.pending_attachments import PendingAttachments


@frozen
class CommandContext:
    """The conversation that a command is typed into; *attachments* wait for its next message."""

    session: Session
    endpoint: EndpointPort
    settings: SettingsPort
    chats: ChatsPort
    files: FilesPort
    clipboard: ClipboardPort
    help: HelpPort
    attachments: PendingAttachments = field(default_factory=PendingAttachments)
    now: Callable[[], float] = time.time

    @property
    def conversation(self) -> Conversation:
        """What was said, and what is set for it."""
        return self.session.conversation
