"""Hints as a person at a shell reads them."""

from __future__ import annotations

from chatcli.errors import ChatError, hint_text
from chatcli.repl.remedies import word_on_command_line


def hint_of(error: ChatError) -> str:
    """Return what *error* says there is to do."""
    return hint_text(error.hint, word_on_command_line)
