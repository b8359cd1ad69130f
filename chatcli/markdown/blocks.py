"""Splits streaming Markdown into the leaves of its block structure, each as soon as it is final.

The block phase of CommonMark works line by line, so it can follow a stream: every whole line is looked at once, and
what it closes is final. A line of code, of HTML or of a table is final at its newline, a heading and a rule too, a
paragraph when the next thing begins. `tail` shows what is open as if the text ended here.

Beyond CommonMark: tables as GitHub has them; blocks of mathematics (`$$`, `\\[`) keep their lines; a link or footnote
definition is a leaf of its own and shown, because links are shown with their targets anyway. Nothing is resolved later,
so nothing that was shown has to change.
https://spec.commonmark.org/0.31.2/#phase-1-block-structure
"""

from __future__ import annotations

import re

from chatcli.markdown.leaves import Block
from chatcli.markdown.line_reader import LineReader
from chatcli.markdown.lines import LONGEST_MARKUP, SourceLine
from chatcli.markdown.open_blocks import OpenBlocks
from chatcli.records import replace

# A last line that is nothing but marks, behind the marks of containers: it may still become a list, a rule, a fence.
_UNDECIDED = re.compile(r"[ \t>]*+(?:(?:[-+*]|\d{1,9}[.)])[ \t]+)*+(?:[-+*_=|:#`~$\\ \t]*+|\d{1,9}[.)]?[ \t]*+)\Z")
# A last line that begins with a word, behind marks of containers and emphasis: it is text, however it continues.
_PLAIN_BEGINNING = re.compile(
    r"[ >]*+(?:(?:[-+*]|\d{1,9}[.)]) +)*+(?:[*_\"'(“「《【（]*+|`{1,2})(?:[^\W\d_]{2}|[^\x00-\x7f]{2})"
)


class Blocks:
    """Reads Markdown piece by piece; every way to cut the text gives the same blocks."""

    def __init__(self) -> None:
        self._open = OpenBlocks()
        self._partial = ""
        self._seen: tuple[str, list[Block]] = "", []  # a last line, and the tail it gave

    def feed(self, text: str) -> list[Block]:
        """Return the blocks that have become final."""
        if "\n" not in text:
            self._partial += text
            if len(self._partial) <= LONGEST_MARKUP:
                return []
            self._open.end_table()  # whatever follows is not a row
            return self._open.take()
        *lines, self._partial = (self._partial + text).split("\n")
        self._seen = "", []
        reader = LineReader(self._open)
        for line in lines:
            reader.read(SourceLine(line))
        return self._open.take()

    def close(self) -> list[Block]:
        """Return what was open, now final; the instance is used up."""
        last, self._partial = self._partial, ""
        return _closed(self._open, last)

    @property
    def tail(self) -> list[Block]:
        """What is open, as if the text ended here; without a last line that does not yet tell what it is."""
        seen, tail = self._seen
        if not tail or not self._partial.startswith(seen):
            tail = self._forked_tail()
        elif len(seen) < len(self._partial):
            tail = [*tail[:-1], replace(tail[-1], text=tail[-1].text + self._partial[len(seen) :])]
        is_plain = tail and tail[-1].kind in ("paragraph", "code") and _PLAIN_BEGINNING.match(self._partial)
        self._seen = (self._partial, tail) if is_plain else ("", [])
        return tail

    def _forked_tail(self) -> list[Block]:
        return _closed(self._open.fork(), "" if self._is_undecided() else self._partial)

    @property
    def open_key(self) -> int:
        """The key of the leaf that is open; 0 between leaves."""
        if self._open.leaf:
            return self._open.leaf.block.key
        return next((block.key for block in self.tail), 0)

    @property
    def is_growing(self) -> bool:
        """Whether the tail, when last looked at, ended in a leaf that more words on its line only make longer."""
        return bool(self._seen[1])

    def _is_undecided(self) -> bool:
        leaf = self._open.leaf
        if leaf and leaf.fence:
            return not self._partial.strip(" \t>`~")
        if leaf and leaf.end:
            return False
        return _UNDECIDED.match(self._partial) is not None


def _closed(blocks: OpenBlocks, partial: str) -> list[Block]:
    """Return what a last line and the end give."""
    if partial:
        LineReader(blocks).read(SourceLine(partial))
    blocks.close(0)
    return blocks.take()
