"""Knows how large the screen behind a stream is, and breaks lines between words where it would break a word."""

from __future__ import annotations

import os
from typing import TextIO

from chatcli.process.streams import is_terminal
from chatcli.terminal.cells import width, wrap_words

_UNKNOWN_COLUMNS = 80


def screen_size(stream: TextIO) -> tuple[int, int]:
    """Return columns and rows of the terminal behind *stream* as it is now."""
    try:
        columns, rows = os.get_terminal_size(stream.fileno())
    except (OSError, ValueError):
        return _UNKNOWN_COLUMNS, 24
    return columns, rows


def wrap_for(stream: TextIO, text: str, *, lead: str = "") -> str:
    """Return *lead* and *text*, broken between words if *stream* is a terminal; lines in pipes and files stay whole.

    All that follows *lead* stands behind it.
    """
    if not is_terminal(stream):
        return lead + text
    indent = width(lead)
    room = max((screen_size(stream)[0] or _UNKNOWN_COLUMNS) - indent, 1)
    rows = "\n".join(wrap_words(line, room) for line in text.split("\n")).split("\n")
    return lead + ("\n" + " " * indent).join(rows)
