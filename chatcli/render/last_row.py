"""Extends the last row of an open block with new words without redrawing the block.

Most pieces of most replies change no more than that, and drawing is what costs.
"""

from __future__ import annotations

import re

from rich.segment import Segment
from rich.style import Style

from chatcli.markdown.leaves import Block
from chatcli.render.highlight import TAB_STOP
from chatcli.render.inline import EMPHASIS
from chatcli.render.rows import ScreenRow
from chatcli.render.theme import PLAIN
from chatcli.render.widths import measure
from chatcli.text.patterns import pattern

# Characters that mean nothing but themselves wherever they stand in a word or behind one.
_PLAIN = "A-Za-z0-9,;'?.:!\"\\-\u3001\u3002\u3041-\u3096\u30a1-\u30fa\u4e00-\u9fff\uac00-\ud7a3\uff0c"
_WORD = pattern(f"[{_PLAIN}]+")
_WORDS = pattern(f"[{_PLAIN} ]+")
_CODE = re.compile("[ -~]+")
_LONGEST_WORD = 100
# What may be an address, a link only when it has ended; a full stop makes one of `www`.
_ADDRESS = re.compile("www|://|data:", re.IGNORECASE)


class LastRow:
    """Knows what has come since the last drawing, and what that can mean behind what was drawn."""

    def __init__(self, style: Style) -> None:
        self._style = style
        self.fresh = ""  # what has come since the last drawing
        # The last word that is drawn, and the space behind it, which no row shows; None if it is long or ends in marks.
        self._end: str | None = ""

    def reset(self, block: Block | None) -> None:
        """Note that everything has been drawn, up to the end of *block*, or nothing that is open."""
        self.fresh = ""
        if block is None:
            self._end = ""
        elif block.kind != "code" and block.text.endswith(EMPHASIS):
            self._end = None  # marks that may not be shown yet
        else:
            self._end = _end_of(block.text.expandtabs(TAB_STOP) if block.kind == "code" else block.text)

    def grow(self, row: ScreenRow, block: Block, width: int) -> ScreenRow | None:
        """Return *row*, the last of *block*, with what has come behind it; None where more may have changed."""
        if self._end is None or row.soft or not row.segments:
            return None
        words = (_spaces(self._end) + self.fresh).rstrip(" ")
        if row.cells + measure(words) > width:
            return None
        style = self._style_behind(row, block, self._end, words)
        if style is None:
            return None
        grown = _longer(row, words, style, row.size + len(self.fresh)) if words else row
        self.fresh, self._end = "", _end_of(self._end + self.fresh)
        return grown

    def _style_behind(self, row: ScreenRow, block: Block, end: str, words: str) -> Style | None:
        """Return the style of *words* that have come behind an open block; None where they may change what it shows."""
        last = row.segments[-1]
        if block.kind == "code":
            return last.style or PLAIN if _CODE.fullmatch(self.fresh) else None
        is_plain = block.kind == "paragraph" and _WORDS.fullmatch(self.fresh) and self._goes_on(last, end, words)
        return self._style if is_plain else None

    def _goes_on(self, last: Segment, end: str, words: str) -> bool:
        """Return whether *words* behind the *last* segment can only be plain: new words, or the rest of a plain one."""
        is_new = words[:1] in ("", " ")
        if _ADDRESS.search(end):
            return False
        if not is_new and not ((last.style or PLAIN) == self._style and _WORD.fullmatch(end)):
            return False
        return _ADDRESS.search(words if is_new else end + words) is None


def _longer(row: ScreenRow, words: str, style: Style, size: int) -> ScreenRow:
    """Return *row* with *words* of letters behind it, which no other sign joins."""
    *before, last = row.segments
    if (last.style or PLAIN) is style:
        return ScreenRow((*before, Segment(last.text + words, last.style)), row.cells + measure(words), size)
    return ScreenRow((*row.segments, Segment(words, style or None)), row.cells + measure(words), size)


def _end_of(text: str) -> str | None:
    """Return the last word of *text*, with the space behind it; None if it is longer than words are."""
    near = text[-_LONGEST_WORD:]
    start = len(near) - len(_spaces(near))
    position = max(near.rfind(space, 0, start) for space in " \n\t") + 1
    return near[position:] if position or len(text) <= _LONGEST_WORD else None


def _spaces(text: str) -> str:
    """Return the spaces at the end of *text*."""
    return text[len(text.rstrip(" ")) :]
