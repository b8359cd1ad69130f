"""Words the row that says what a turn waits for, so that it fits; pure.

How long it takes leaves first, then words from the end of what is waited for; the key that helps leaves last, but
before a word is cut.
"""

from __future__ import annotations

from chatcli.render.widths import measure
from chatcli.terminal import cells
from chatcli.text.ascii_marks import to_ascii

_LEAST = 3  # characters that say something in a script without spaces


def describe_state(state: str, elapsed: str, key: str, columns: int, *, is_ascii: bool) -> str:
    """Return *state*, how long it has lasted and the *key* that helps, as far as there is room in *columns*."""
    dot, mark = (" - ", "...") if is_ascii else (" · ", "…")
    state = to_ascii(state) if is_ascii else state
    for said in filter(None, (elapsed and f"{state} {elapsed}", state)):
        if measure(f"{said}{dot}{key}") <= columns:
            return f"{said}{dot}{key}"
    room = columns - measure(dot + key)
    if measure(_first_word(state) + mark) <= room:
        return f"{cells.cut_to_width(state, room, mark=mark)}{dot}{key}"
    return cells.cut_to_width(state, columns, mark=mark)


def _first_word(text: str) -> str:
    """Return the first word, or a few characters of a script that sets no spaces."""
    word = text.partition(" ")[0]
    return word if word.isascii() else word[:_LEAST]
