"""`chat sessions` without a subcommand: on a terminal, a list to choose a chat from and resume it."""

from __future__ import annotations

import time

from chatcli.cli.run import Run
from chatcli.cli.sessions import library_of, list_chats
from chatcli.commands.chats import MOST_LISTED, chat_row
from chatcli.input.choices import ChoiceList
from chatcli.language import _
from chatcli.records import replace


def sessions(run: Run) -> None:
    """Let the user choose a stored chat on a terminal; in a pipe, list them."""
    if run.environment.is_conversation:
        _choose(run)
    else:
        list_chats(run)


def _choose(run: Run) -> None:
    """Let the user choose a stored chat from a list, and resume it."""
    from chatcli.cli.chat import chat, picker_for  # imports the prompt

    with library_of(run) as library:
        rows = [chat_row(entry, time.time()) for entry in library.entries(most=MOST_LISTED)]
        key = picker_for(run).pick(ChoiceList(_("Resume which chat?"), rows)) if rows else None
    if key:
        run.config.flags = replace(run.flags, resume=key)
        chat(run)
    elif not rows:
        run.output().note(_("There are no stored chats yet."))
