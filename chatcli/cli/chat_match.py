"""Asks before it changes a chat that is named by words, because the words may match a different chat."""

from __future__ import annotations

from typing import TYPE_CHECKING

from chatcli.cli.run import Run
from chatcli.errors import UsageError
from chatcli.text.sanitizer import sanitize

if TYPE_CHECKING:
    from chatcli.store.entries import ChatEntry, ChatMatch


def confirmed(run: Run, match: ChatMatch, name: str, question: str, *, is_clear: bool) -> ChatEntry:
    """Return the chat of *match*; unless it *is_clear* that *name* means it, only after *question*, such as "Rename".

    Raises UsageError if the answer is no, or if there is no terminal to ask on.
    """
    entry = match.entry
    if is_clear or run.endpoints.confirm(f"{question} {description(entry)}?"):
        return entry
    raise UsageError(_doubt(match, name), kept="nothing was changed", hint=f"to use it, give its id: {entry.short_id}")


def _doubt(match: ChatMatch, name: str) -> str:
    chat = description(match.entry)
    if match.by == "text":
        return f"`{name}` occurs only in the text of {chat}"
    return (
        f"`{name}` is only part of the title of {chat}"
        if match.is_only
        else f"`{name}` is in several titles, e.g. {chat}"
    )


def description(entry: ChatEntry) -> str:
    """Return title and id of a chat, sanitised for a terminal."""
    return f"“{sanitize(entry.title)}” ({entry.short_id})"
