"""Opens the chat that a run starts with, according to its flags."""

from __future__ import annotations

from typing import TYPE_CHECKING

from chatcli.app.chats import Chats
from chatcli.cli.run import Run
from chatcli.errors import UsageError
from chatcli.language import N_, _

if TYPE_CHECKING:
    from chatcli.store.entries import ChatEntry


def open_chat(run: Run, chats: Chats, *, is_shown: bool = False) -> ChatEntry | None:
    """Open the chat of a run: the stored one that its flags name, which is returned, or else a new one.

    A chat that was found by its text must be confirmed, unless it *is_shown* before the first question.
    """
    flags = run.flags
    if flags.go_on and flags.resume is not None:
        hint = _("-c means the most recent chat, -r the chat it names")
        raise UsageError(_("-c and -r cannot be combined"), hint=hint)
    if flags.go_on:
        return chats.continue_latest()
    if flags.resume is not None:
        from chatcli.cli.chat_match import confirmed

        match = chats.match(flags.resume)
        is_clear = is_shown or match.by != "text"  # of several matching titles, the most recent one is meant
        return chats.open(confirmed(run, match, flags.resume, N_("Ask in {chat}?"), is_clear=is_clear))
    chats.start()
    return None
