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

    All that follows *lead* stands behind it, and the rest of an indented line is indented too.
    """
    if not is_terminal(stream):
        return lead + text
    indent = width(lead)
    room = (screen_size(stream)[0] or _UNKNOWN_COLUMNS) - indent
    rows = [row for line in text.split("\n") for row in _rows(line, room)]
    return lead + ("\n" + " " * indent).join(rows)


def _rows(line: str, columns: int) -> list[str]:
    words = line.lstrip(" ")
    indent = line[: len(line) - len(words)]
    return [indent + row for row in wrap_words(words, max(columns - len(indent), 1)).split("\n")]
