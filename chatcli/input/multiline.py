"""Messages of several lines: a block between two lines of `\"\"\"`, and lines that end in a backslash; pure."""

from __future__ import annotations

FENCE = '"""'


def is_block(text: str) -> bool:
    """Tell whether *text* begins with a line that opens a block."""
    return text.partition("\n")[0].strip() == FENCE


def is_closed(text: str) -> bool:
    """Tell whether the block that *text* is has its closing line."""
    lines = text.rstrip().split("\n")
    return len(lines) > 1 and lines[-1].strip() == FENCE


def message(text: str) -> str:
    """Return what is meant: the inside of a closed block, any other text as it is."""
    if is_block(text) and is_closed(text):
        return "\n".join(text.rstrip().split("\n")[1:-1])
    return text


def is_continued(line: str) -> bool:
    """Tell whether a line asks for another one: it ends in a backslash that is not itself written as two."""
    return (len(line) - len(line.rstrip("\\"))) % 2 == 1
