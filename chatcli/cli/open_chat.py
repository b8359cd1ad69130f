"""Which chat a run begins with, as its flags say."""

from __future__ import annotations

from typing import TYPE_CHECKING

from chatcli.app.chats import Chats
from chatcli.cli.chat_match import confirmed
from chatcli.cli.run import Run
from chatcli.errors import UsageError

if TYPE_CHECKING:
    from chatcli.store.entries import ChatEntry


def open_chat(run: Run, chats: Chats, *, is_shown: bool = False) -> ChatEntry | None:
    """Begin the chat of a run: a stored one where its flags name it, which is returned, or else a new one.

    Unless it *is_shown* before anything is asked in it, a chat that was found by its text must be confirmed.
    """
    flags = run.flags
    if flags.go_on and flags.resume is not None:
        raise UsageError("-c and -r cannot both be given", hint="-c means the last chat, -r the one it names")
    if flags.go_on:
        return chats.continue_latest()
    if flags.resume is not None:
        match = chats.match(flags.resume)
        is_clear = is_shown or match.by != "text"  # of several titles the one used last is meant
        return chats.open(confirmed(run, match, flags.resume, "Ask in", is_clear=is_clear))
    chats.start()
    return None
