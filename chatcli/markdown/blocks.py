"""Splits streaming Markdown into the leaves of its block structure, each as soon as nothing can change it any more.

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
from typing import Any

from chatcli.markdown.containers import List, Open, continues
from chatcli.markdown.leaves import Block, BlockKind, Container, Item, Quote
from chatcli.markdown.lines import (
    BLANK_LINE,
    CODE_INDENT,
    LONGEST_MARKUP,
    Marker,
    SourceLine,
    closes_fence,
    columns,
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
from chatcli.records import mutable, replace


@mutable
class _Leaf:
    """The open leaf: the block that its lines become, and how it ends.

    *text* are the lines of a paragraph. In code and HTML *blanks* counts blank lines that are kept only if something
    follows them, *fence* is the run of marks that opened a block of code, and *end* is found in the last line of HTML
    or mathematics.
    """

    block: Block
    text: str = ""
    blanks: int = 0
    indent: int = 0
    fence: str = ""
    end: re.Pattern[str] | None = None


_MOST_BLANKS = 100  # blank lines in a row within code; more would only scroll the text away
_DEEPEST = 64  # containers in each other, lists counting twice; deeper marks are text

# A last line that is nothing but marks, behind the marks of containers: it may still become a list, a rule, a fence.
_UNDECIDED = re.compile(r"[ \t>]*+(?:(?:[-+*]|\d{1,9}[.)])[ \t]+)*+(?:[-+*_=|:#`~$\\ \t]*+|\d{1,9}[.)]?[ \t]*+)\Z")
# A last line that begins with a word, behind marks of containers and emphasis: it is text, however it goes on.
_PLAIN_BEGINNING = re.compile(
    r"[ >]*+(?:(?:[-+*]|\d{1,9}[.)]) +)*+(?:[*_\"'(“「《【（]*+|`{1,2})(?:[^\W\d_]{2}|[^\x00-\x7f]{2})"
)


class Blocks:
    """Reads Markdown piece by piece; every way to cut the text gives the same blocks."""

    def __init__(self) -> None:
        self._partial = ""
        self._stack: list[Open] = []
        self._leaf: _Leaf | None = None
        self._out: list[Block] = []
        self._ids = 0
        self._fresh = 0  # open containers in which no leaf has begun: always the innermost ones
        self._gap = False
        self._seen: tuple[str, list[Block]] = "", []  # a last line, and the tail it gave

    def feed(self, text: str) -> list[Block]:
        """Return the blocks that have become final."""
        if "\n" not in text:
            self._partial += text
            if len(self._partial) > LONGEST_MARKUP and self._leaf and self._leaf.block.kind == "row":
                self._close(len(self._stack))  # whatever follows, it is no row
            return self._taken()
        *lines, self._partial = (self._partial + text).split("\n")
        self._seen = "", []
        for line in lines:
            self._read(SourceLine(line))
        return self._taken()

    def close(self) -> list[Block]:
        """Return what was open, now final; the instance is used up."""
        if self._partial:
            self._read(SourceLine(self._partial))
            self._partial = ""
        self._close(0)
        return self._taken()

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
        fork = Blocks.__new__(Blocks)
        fork.__dict__.update(self.__dict__)
        fork._stack, fork._out = self._stack.copy(), []
        if self._leaf:
            fork._leaf = replace(self._leaf)
        if self._is_undecided():
            fork._partial = ""
        return fork.close()

    @property
    def open_key(self) -> int:
        """The key of the leaf that is open; 0 between leaves."""
        if self._leaf:
            return self._leaf.block.key
        return next((block.key for block in self.tail), 0)

    @property
    def is_growing(self) -> bool:
        """Whether the tail, when last looked at, ended in a leaf that more words on its line only make longer."""
        return bool(self._seen[1])

    def _is_undecided(self) -> bool:
        if self._leaf and self._leaf.fence:
            return not self._partial.strip(" \t>`~")
        if self._leaf and self._leaf.end:
            return False
        return _UNDECIDED.match(self._partial) is not None

    def _taken(self) -> list[Block]:
        out, self._out = self._out, []
        return out

    def _read(self, line: SourceLine) -> None:
        depth = self._match(line)
        if depth == len(self._stack) and self._goes_on(line):
            return
        if line.is_blank:
            self._close(depth)
            self._gap = True
            return
        self._begin(line, depth)

    def _match(self, line: SourceLine) -> int:
        """Let the open containers take their share of *line*; return how many of them it continues."""
        for depth, container in enumerate(self._stack):
            if not continues(container, line):
                return depth
        return len(self._stack)

    def _goes_on(self, line: SourceLine) -> bool:
        """Add *line* to an open leaf that takes lines as they are; tell whether there was one and it took it."""
        leaf = self._leaf
        if leaf is None or leaf.block.kind not in ("code", "html", "math"):
            return False
        if leaf.fence:
            return self._in_fence(leaf, line)
        if leaf.end:
            return self._in_markup(leaf, leaf.end, line)
        if not line.is_blank and line.indent < CODE_INDENT:
            return False
        self._keep(leaf, line.rest[CODE_INDENT:])
        return True

    def _in_fence(self, leaf: _Leaf, line: SourceLine) -> bool:
        if line.indent < CODE_INDENT and closes_fence(line.text, leaf.fence):
            self._leaf = None
        else:
            self._keep(leaf, line.rest[min(line.indent, leaf.indent) :])
        return True

    def _in_markup(self, leaf: _Leaf, end: re.Pattern[str], line: SourceLine) -> bool:
        """Add a line of HTML or mathematics; formulas end at a blank line too, lest an open one swallow the rest."""
        if line.is_blank and (leaf.block.kind == "math" or end is BLANK_LINE):
            return False
        self._keep(leaf, line.rest)
        if end is not BLANK_LINE and end.search(line.rest):
            self._leaf = None
        return True

    def _keep(self, leaf: _Leaf, text: str) -> None:
        """Emit a line as it is; blank lines wait for something to follow."""
        if not text.strip():
            leaf.blanks = min(leaf.blanks + 1, _MOST_BLANKS)
            return
        for blank in [""] * leaf.blanks:
            self._emit(leaf, blank)
        leaf.blanks = 0
        self._emit(leaf, text)

    def _begin(self, line: SourceLine, depth: int) -> None:
        """Open the containers and the leaf that *line* begins behind the first *depth* containers."""
        in_place = depth == len(self._stack)
        while line.indent < CODE_INDENT and depth < _DEEPEST:
            is_paragraph = in_place and self._leaf is not None and self._leaf.block.kind == "paragraph"
            found = marker(line.text)
            if line.text.startswith(">"):
                self._push(depth, Quote(self._next_id()))
                line.drop(line.indent + 1)
                line.drop(line.rest.startswith(" "))
            elif self._leaf_begins(line, depth, is_paragraph):
                return
            elif found and not (is_paragraph and _needs_blank_line(found, line)):
                self._push_item(line, depth, found)
            else:
                break
            depth, in_place = len(self._stack), False
            if line.is_blank:
                return
        self._add(line, depth)

    def _leaf_begins(self, line: SourceLine, depth: int, is_paragraph: bool) -> bool:
        """Begin the leaf that the line's first marks announce; tell whether they announce one."""
        text = line.text
        if is_paragraph and is_setext(text):
            self._underline(1 if text.startswith("=") else 2)
        elif titled := heading(text):
            self._emit(self._start(depth, "heading", level=titled[0]), titled[1])
            self._leaf = None
        elif opened := fence(text):
            leaf = self._start(depth, "code", info=opened[1])
            leaf.fence, leaf.indent = opened[0], line.indent
            self._emit(leaf, "", kind="fence")
        elif is_rule(text):
            self._emit(self._start(depth, "rule"), "")
            self._leaf = None
        elif not is_paragraph and is_definition(text):
            self._emit(self._start(depth, "definition"), text.rstrip())
            self._leaf = None
        else:
            return self._markup_begins(line, depth)
        return True

    def _markup_begins(self, line: SourceLine, depth: int) -> bool:
        kind: BlockKind = "html" if line.text.startswith("<") else "math"
        is_lazy = self._leaf is not None and self._leaf.block.kind == "paragraph"
        end = html_end(line.text, interrupts=is_lazy) or math_end(line.text)
        if end is None:
            return False
        leaf = self._start(depth, kind)
        leaf.end = end
        self._keep(leaf, line.rest)
        if end is not BLANK_LINE and end.search(line.text, 2):
            self._leaf = None
        return True

    def _add(self, line: SourceLine, depth: int) -> None:
        """Add a line of text to the open paragraph or table, or begin a paragraph or indented code with it."""
        leaf = self._leaf
        if leaf and leaf.block.kind == "paragraph":
            self._add_to_paragraph(leaf, line, depth)
        elif leaf and leaf.block.kind == "row" and depth == len(self._stack) and is_row(line):
            self._emit(leaf, line.text)
        elif line.indent >= CODE_INDENT:
            self._keep(self._start(depth, "code"), line.rest[CODE_INDENT:])
        else:
            self._start(depth, "paragraph").text = line.text

    def _add_to_paragraph(self, leaf: _Leaf, line: SourceLine, depth: int) -> None:
        before, newline, header = leaf.text.rpartition("\n")
        alignments = columns(header, line.text) if depth == len(self._stack) else None
        if alignments is None or line.indent >= CODE_INDENT:
            leaf.text += "\n" + line.text
            return
        leaf.text = before
        if not newline:
            # The header alone was the paragraph: the table takes its place, and what opened with it.
            self._leaf = None
            self._fresh, self._gap = leaf.block.opens, leaf.block.gap
        table = self._start(depth, "row", info=alignments)
        self._emit(table, header, kind="table")

    def _underline(self, level: int) -> None:
        leaf = self._leaf
        if leaf:
            self._emit(leaf, leaf.text, kind="heading", level=level)
        self._leaf = None

    def _start(self, depth: int, kind: BlockKind, **fields: Any) -> _Leaf:
        """Begin a leaf in the container at *depth*."""
        self._close(depth)
        self._settle()
        path = tuple(container.node for container in self._stack if not isinstance(container.node, List))
        self._leaf = _Leaf(Block(kind, self._next_id(), path=path, opens=self._fresh, gap=self._gap, **fields))
        self._fresh, self._gap = 0, False
        return self._leaf

    def _settle(self) -> None:
        """Prepare the innermost open container for a child: a list takes none but items."""
        if self._stack and isinstance(self._stack[-1].node, List):
            self._stack.pop()
        if self._stack:
            self._stack[-1] = replace(self._stack[-1], is_empty=False)

    def _emit(self, leaf: _Leaf, text: str, **changes: Any) -> None:
        self._out.append(replace(leaf.block, text=text, **changes))
        leaf.block = replace(leaf.block, opens=0, gap=False)

    def _push(self, depth: int, node: Container, *, indent: int = 0, is_empty: bool = False) -> None:
        self._close(depth)
        if isinstance(node, Quote):
            self._settle()
        self._stack.append(Open(node, indent, is_empty))
        self._fresh += 1

    def _push_item(self, line: SourceLine, depth: int, found: Marker) -> None:
        self._close(depth)
        before = line.indent
        line.drop(before + found.width)
        space = line.indent
        if line.is_blank or space > CODE_INDENT:
            space = 1
        line.drop(min(space, line.indent))
        siblings = self._siblings(found)
        number = None if found.number is None else siblings.number
        item = Item(self._next_id(), siblings.id, number, found.delimiter)
        self._push(len(self._stack), item, indent=before + found.width + space, is_empty=line.is_blank)

    def _siblings(self, found: Marker) -> List:
        """Return the list that an item with this marker belongs to, open on the stack and counting on."""
        node = self._stack[-1].node if self._stack else None
        if not isinstance(node, List) or node.delimiter != found.delimiter:
            self._settle()
            node = List(self._next_id(), found.delimiter, found.number or 0)
            self._stack.append(Open(node))
        self._stack[-1] = Open(replace(node, number=node.number + 1))
        return node

    def _close(self, depth: int) -> None:
        """Close the open leaf, and the containers behind the first *depth*."""
        leaf, self._leaf = self._leaf, None
        if leaf and leaf.block.kind == "paragraph":
            self._emit(leaf, leaf.text)
        if leaf and leaf.block.kind == "row":
            self._emit(leaf, "", kind="end")
        while len(self._stack) > depth:
            if self._fresh and isinstance(self._stack[-1].node, Item):
                self._leave_empty()
            self._fresh = max(0, self._fresh - (not isinstance(self._stack.pop().node, List)))

    def _leave_empty(self) -> None:
        """Emit a paragraph without text, so that an item without content is seen."""
        path = tuple(container.node for container in self._stack if not isinstance(container.node, List))
        self._out.append(Block("paragraph", self._next_id(), path=path, opens=self._fresh, gap=self._gap))
        self._fresh, self._gap = 0, False

    def _next_id(self) -> int:
        self._ids += 1
        return self._ids


def _needs_blank_line(found: Marker, line: SourceLine) -> bool:
    """Tell whether the marker cannot interrupt a paragraph: an empty item, or a number that is not 1."""
    is_empty = not line.text[found.width :].strip()
    return is_empty or found.number not in (None, 1)
