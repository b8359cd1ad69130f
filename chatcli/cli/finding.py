"""One finding of `chat doctor`."""

from __future__ import annotations

from typing import Literal, TypeAlias

from chatcli.errors import ChatError, hint_text, sentences_in_line
from chatcli.records import frozen
from chatcli.repl.remedies import word_on_command_line

FindingState: TypeAlias = Literal["ok", "note", "fault"]


@frozen
class Finding:
    """The result of one check; *remedy* is empty if nothing needs to be done."""

    name: str
    state: FindingState
    text: str
    remedy: str = ""
    exit_code: int = 0


def finding_of_error(name: str, error: ChatError) -> Finding:
    """Return *error* as the finding of check *name*."""
    told = [part for part in (error.kept, hint_text(error.hint, word_on_command_line)) if part]
    return Finding(name, "fault", error.what, sentences_in_line(told), error.exit_code)
