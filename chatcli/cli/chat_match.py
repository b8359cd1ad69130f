"""Asks before a chat is changed that was named only by words: they may stand in another than the one that is meant."""

from __future__ import annotations

from typing import TYPE_CHECKING

from chatcli.cli.run import Run
from chatcli.errors import UsageError
from chatcli.text.sanitizer import sanitize

if TYPE_CHECKING:
    from chatcli.store.entries import ChatEntry, ChatMatch


def confirmed(run: Run, match: ChatMatch, name: str, question: str, *, is_clear: bool) -> ChatEntry:
    """Return the chat of *match*; unless it *is_clear* that *name* means it, only after *question*, such as "Rename".

    Raises UsageError where the answer is no, and where nobody can be asked.
    """
    entry = match.entry
    if is_clear or run.endpoints.confirm(f"{question} {description(entry)}?"):
        return entry
    what = f"`{name}` {_why(match)} {description(entry)}"
    raise UsageError(what, kept="nothing was changed", hint=f"to mean this one, give its id: {entry.short_id}")


def _why(match: ChatMatch) -> str:
    if match.by == "text":
        return "is found only in the text of"
    return "is a part of the title of" if match.is_only else "is in the titles of several chats, such as"


def description(entry: ChatEntry) -> str:
    """Return title and id of a chat, harmless to a terminal."""
    return f"“{sanitize(entry.title)}” ({entry.short_id})"
