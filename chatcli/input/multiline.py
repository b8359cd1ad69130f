"""Recognises messages of several lines: a block between `\"\"\"` lines, or trailing backslashes; pure.

The marks count where they were typed; in pasted text they are letters.
"""

from __future__ import annotations

from chatcli.text.draft import Draft

FENCE = '"""'


def is_block(draft: Draft) -> bool:
    """Return whether *draft* begins with a line that opens a block."""
    return _is_fence(draft, 0, _end_of_line(draft.text, 0))


def is_closed(draft: Draft) -> bool:
    """Return whether the block that *draft* is has its closing line."""
    text = draft.text.rstrip()
    begin = text.rfind("\n") + 1
    return begin > 0 and _is_fence(draft, begin, len(text))


def message(draft: Draft) -> Draft:
    """Return the message: the inside of a closed block, any other draft as it is."""
    if is_block(draft) and is_closed(draft):
        end = draft.text.rstrip().rfind("\n")
        return draft.part(min(_end_of_line(draft.text, 0) + 1, end), end)
    return draft


def is_continued(draft: Draft) -> bool:
    """Return whether the last line asks for another one: it ends in a typed backslash that is not itself one of two."""
    end = len(draft.text)
    begin = end
    while draft.text[begin - 1 : begin] == "\\" and draft.is_typed(begin - 1, begin):
        begin -= 1
    return (end - begin) % 2 == 1


def _end_of_line(text: str, begin: int) -> int:
    end = text.find("\n", begin)
    return end if end >= 0 else len(text)


def _is_fence(draft: Draft, begin: int, end: int) -> bool:
    """Return whether the line from *begin* to *end* is a typed fence, white space aside."""
    line = draft.part(begin, end).strip()
    return line.text == FENCE and line.is_typed()
