"""Reads Markdown line by line as CommonMark does: each line continues or opens containers and a leaf.

https://spec.commonmark.org/0.31.2/#phase-1-block-structure
"""

from __future__ import annotations

import re

from chatcli.markdown.containers import continues
from chatcli.markdown.leaves import BlockKind
from chatcli.markdown.lines import (
    BLANK_LINE,
    CODE_INDENT,
    Marker,
    SourceLine,
    closes_fence,
    column_alignments,
    fence,
    heading,
    html_end,
    is_definition,
    is_row,
    is_rule,
    is_setext,
    marker,
    math_end,
)
from chatcli.markdown.open_blocks import Leaf, OpenBlocks

_DEEPEST = 64  # containers in each other, lists counting twice; deeper marks are text


class LineReader:
    """Reads whole lines into what is open."""

    def __init__(self, blocks: OpenBlocks) -> None:
        self._open = blocks

    def read(self, line: SourceLine) -> None:
        """Take the next line."""
        depth = self._match(line)
        if depth == len(self._open.stack) and self._goes_on(line):
            return
        if line.is_blank:
            self._open.close(depth)
            self._open.has_gap = True
            return
        self._begin(line, depth)

    def _match(self, line: SourceLine) -> int:
        """Let the open containers take their share of *line*; return how many of them it continues."""
        for depth, container in enumerate(self._open.stack):
            if not continues(container, line):
                return depth
        return len(self._open.stack)

    def _goes_on(self, line: SourceLine) -> bool:
        """Add *line* to an open leaf that takes lines as they are; tell whether there was one and it took it."""
        leaf = self._open.leaf
        if leaf is None or leaf.block.kind not in ("code", "html", "math"):
            return False
        if leaf.fence:
            return self._in_fence(leaf, line)
        if leaf.end:
            return self._in_markup(leaf, leaf.end, line)
        if not line.is_blank and line.indent < CODE_INDENT:
            return False
        self._open.keep(leaf, line.rest[CODE_INDENT:])
        return True

    def _in_fence(self, leaf: Leaf, line: SourceLine) -> bool:
        if line.indent < CODE_INDENT and closes_fence(line.text, leaf.fence):
            self._open.leaf = None
        else:
            self._open.keep(leaf, line.rest[min(line.indent, leaf.indent) :])
        return True

    def _in_markup(self, leaf: Leaf, end: re.Pattern[str], line: SourceLine) -> bool:
        """Add a line of HTML or mathematics; formulas end at a blank line too, lest an open one swallow the rest."""
        if line.is_blank and (leaf.block.kind == "math" or end is BLANK_LINE):
            return False
        self._open.keep(leaf, line.rest)
        if end is not BLANK_LINE and end.search(line.rest):
            self._open.leaf = None
        return True

    def _begin(self, line: SourceLine, depth: int) -> None:
        """Open the containers and the leaf that *line* begins behind the first *depth* containers."""
        in_place = depth == len(self._open.stack)
        while line.indent < CODE_INDENT and depth < _DEEPEST:
            is_paragraph = in_place and self._open.leaf is not None and self._open.leaf.block.kind == "paragraph"
            found = marker(line.text)
            if line.text.startswith(">"):
                self._open.push_quote(depth)
                line.drop(line.indent + 1)
                line.drop(line.rest.startswith(" "))
            elif self._leaf_begins(line, depth, is_paragraph):
                return
            elif found and not (is_paragraph and _needs_blank_line(found, line)):
                self._open.push_item(line, depth, found)
            else:
                break
            depth, in_place = len(self._open.stack), False
            if line.is_blank:
                return
        self._add(line, depth)

    def _leaf_begins(self, line: SourceLine, depth: int, is_paragraph: bool) -> bool:
        """Begin the leaf that the line's first marks announce; tell whether they announce one."""
        text = line.text
        if is_paragraph and is_setext(text):
            self._underline(1 if text.startswith("=") else 2)
        elif titled := heading(text):
            self._open.emit(self._open.start(depth, "heading", level=titled[0]), titled[1])
            self._open.leaf = None
        elif opened := fence(text):
            leaf = self._open.start(depth, "code", info=opened[1])
            leaf.fence, leaf.indent = opened[0], line.indent
            self._open.emit(leaf, "", kind="fence")
        elif is_rule(text):
            self._open.emit(self._open.start(depth, "rule"), "")
            self._open.leaf = None
        elif not is_paragraph and is_definition(text):
            self._open.emit(self._open.start(depth, "definition"), text.rstrip())
            self._open.leaf = None
        else:
            return self._markup_begins(line, depth)
        return True

    def _markup_begins(self, line: SourceLine, depth: int) -> bool:
        kind: BlockKind = "html" if line.text.startswith("<") else "math"
        is_lazy = self._open.leaf is not None and self._open.leaf.block.kind == "paragraph"
        end = html_end(line.text, interrupts=is_lazy) or math_end(line.text)
        if end is None:
            return False
        leaf = self._open.start(depth, kind)
        leaf.end = end
        self._open.keep(leaf, line.rest)
        if end is not BLANK_LINE and end.search(line.text, 2):
            self._open.leaf = None
        return True

    def _add(self, line: SourceLine, depth: int) -> None:
        """Add a line of text to the open paragraph or table, or begin a paragraph or indented code with it."""
        leaf = self._open.leaf
        if leaf and leaf.block.kind == "paragraph":
            self._add_to_paragraph(leaf, line, depth)
        elif leaf and leaf.block.kind == "row" and depth == len(self._open.stack) and is_row(line):
            self._open.emit(leaf, line.text)
        elif line.indent >= CODE_INDENT:
            self._open.keep(self._open.start(depth, "code"), line.rest[CODE_INDENT:])
        else:
            self._open.start(depth, "paragraph").text = line.text

    def _add_to_paragraph(self, leaf: Leaf, line: SourceLine, depth: int) -> None:
        before, newline, header = leaf.text.rpartition("\n")
        alignments = column_alignments(header, line.text) if depth == len(self._open.stack) else None
        if alignments is None or line.indent >= CODE_INDENT:
            leaf.text += "\n" + line.text
            return
        leaf.text = before
        if not newline:
            # The header alone was the paragraph: the table takes its place, and what opened with it.
            self._open.replace_leaf()
        table = self._open.start(depth, "row", info=alignments)
        self._open.emit(table, header, kind="table")

    def _underline(self, level: int) -> None:
        leaf = self._open.leaf
        if leaf:
            self._open.emit(leaf, leaf.text, kind="heading", level=level)
        self._open.leaf = None


def _needs_blank_line(found: Marker, line: SourceLine) -> bool:
    """Return whether the marker cannot interrupt a paragraph: an empty item, or a number that is not 1."""
    is_empty = not line.text[found.width :].strip()
    return is_empty or found.number not in (None, 1)
