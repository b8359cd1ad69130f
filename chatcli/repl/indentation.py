"""Shows an answer indented: as a quotation, whose marks are added to its text while it arrives."""

from __future__ import annotations

import re

from chatcli.conversation.messages import Event, Listener, Text
from chatcli.records import replace

_MARK = "> "
_LINE_START = re.compile(r"\n(?!\Z)")


def indented(show: Listener) -> Listener:
    """Return what passes events on to *show*, with each line of text quoted."""
    is_at_start = True

    def quote(text: str) -> str:
        nonlocal is_at_start
        first, is_at_start = _MARK * is_at_start, text.endswith("\n")
        return first + _LINE_START.sub(f"\n{_MARK}", text)

    def take(event: Event) -> None:
        show(replace(event, text=quote(event.text)) if isinstance(event, Text) and event.text else event)

    return take
