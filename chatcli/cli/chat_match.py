"""Asks before it changes a chat that is named by words, because the words may match a different chat."""

from __future__ import annotations

from typing import TYPE_CHECKING

from chatcli.cli.run import Run
from chatcli.errors import UsageError
from chatcli.language import _
from chatcli.text.sanitizer import sanitize

if TYPE_CHECKING:
    from chatcli.store.entries import ChatEntry, ChatMatch


def confirmed(run: Run, match: ChatMatch, name: str, question: str, *, is_clear: bool) -> ChatEntry:
    """Return the chat of *match*; unless it *is_clear* that *name* means it, only after *question* about a `{chat}`.

    Raises UsageError if the answer is no, or if there is no terminal to ask on.
    """
    entry = match.entry
    if is_clear or run.endpoints.confirm(_(question, chat=description(entry))):
        return entry
    raise UsageError(
        _doubt(match, name),
        kept=_("nothing was changed"),
        hint=_("to use it, give its id: {id}", id=entry.short_id),
    )


def _doubt(match: ChatMatch, name: str) -> str:
    said, chat = f"`{name}`", description(match.entry)
    if match.by == "text":
        return _("{words} occurs only in the text of {chat}", words=said, chat=chat)
    if match.is_only:
        return _("{words} is only part of the title of {chat}", words=said, chat=chat)
    return _("{words} is in several titles, e.g. {chat}", words=said, chat=chat)


def description(entry: ChatEntry) -> str:
    """Return title and id of a chat, sanitised for a terminal."""
    return _("“{title}” ({id})", title=sanitize(entry.title), id=entry.short_id)
