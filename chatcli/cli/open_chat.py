"""Which chat a run begins with, as its flags say."""

from __future__ import annotations

from typing import TYPE_CHECKING

from chatcli.app.chats import Chats
from chatcli.errors import UsageError
from chatcli.flags import Flags

if TYPE_CHECKING:
    from chatcli.store.entries import ChatEntry


def open_chat(flags: Flags, chats: Chats) -> ChatEntry | None:
    """Begin the chat of a run: a stored one where *flags* name it, which is returned, or else a new one."""
    if flags.go_on and flags.resume is not None:
        raise UsageError("-c and -r cannot be combined", hint="-c means the most recent chat, -r the chat it names")
    if flags.go_on:
        return chats.continue_latest()
    if flags.resume is not None:
        return chats.resume(flags.resume)
    chats.start()
    return None
