"""Tracks the open leaf and its containers: what starts inside them, what closes them, and the resulting blocks."""

from __future__ import annotations

import re
from typing import Any

from chatcli.markdown.containers import List, Open
from chatcli.markdown.leaves import Block, BlockKind, Container, Item, Quote
from chatcli.markdown.lines import CODE_INDENT, Marker, SourceLine
from chatcli.records import mutable, replace

_MOST_BLANKS = 100  # blank lines in a row within code; more would only scroll the text away


@mutable
class Leaf:
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


class OpenBlocks:
    """A stack of containers with a leaf on top."""

    def __init__(self) -> None:
        self.stack: list[Open] = []
        self.leaf: Leaf | None = None
        self.has_gap = False  # a blank line stands before what comes next
        self._out: list[Block] = []
        self._ids = 0
        self._fresh = 0  # open containers in which no leaf has begun: always the innermost ones

    def fork(self) -> OpenBlocks:
        """Return the same, to continue without changing this one, and without what was not yet taken."""
        fork = OpenBlocks.__new__(OpenBlocks)
        fork.__dict__.update(self.__dict__)
        fork.stack, fork._out = self.stack.copy(), []
        if self.leaf:
            fork.leaf = replace(self.leaf)
        return fork

    def take(self) -> list[Block]:
        """Return the blocks that have become final since the last call."""
        out, self._out = self._out, []
        return out

    def start(self, depth: int, kind: BlockKind, **fields: Any) -> Leaf:
        """Begin a leaf in the container at *depth*."""
        self.close(depth)
        self._settle()
        path = tuple(container.node for container in self.stack if not isinstance(container.node, List))
        self.leaf = Leaf(Block(kind, self._next_id(), path=path, opens=self._fresh, gap=self.has_gap, **fields))
        self._fresh, self.has_gap = 0, False
        return self.leaf

    def replace_leaf(self) -> None:
        """Drop the leaf that has just begun: the next one takes its place, and begins the containers it began."""
        if self.leaf:
            self._fresh, self.has_gap = self.leaf.block.opens, self.leaf.block.gap
        self.leaf = None

    def emit(self, leaf: Leaf, text: str, **changes: object) -> None:
        """Give a block of the leaf: all of it, or a line."""
        self._out.append(replace(leaf.block, text=text, **changes))
        leaf.block = replace(leaf.block, opens=0, gap=False)

    def keep(self, leaf: Leaf, text: str) -> None:
        """Emit a line as it is; blank lines wait for something to follow."""
        if not text.strip():
            leaf.blanks = min(leaf.blanks + 1, _MOST_BLANKS)
            return
        for blank in [""] * leaf.blanks:
            self.emit(leaf, blank)
        leaf.blanks = 0
        self.emit(leaf, text)

    def push_quote(self, depth: int) -> None:
        """Begin a quote behind the first *depth* containers."""
        self._push(depth, Quote(self._next_id()))

    def push_item(self, line: SourceLine, depth: int, found: Marker) -> None:
        """Begin an item behind the first *depth* containers, and a list where it belongs to none; take its marker."""
        self.close(depth)
        before = line.indent
        line.drop(before + found.width)
        space = line.indent
        if line.is_blank or space > CODE_INDENT:
            space = 1
        line.drop(min(space, line.indent))
        siblings = self._siblings(found)
        number = None if found.number is None else siblings.number
        item = Item(self._next_id(), siblings.id, number, found.delimiter)
        self._push(len(self.stack), item, indent=before + found.width + space, is_empty=line.is_blank)

    def close(self, depth: int) -> None:
        """Close the open leaf, and the containers behind the first *depth*."""
        leaf, self.leaf = self.leaf, None
        if leaf and leaf.block.kind == "paragraph":
            self.emit(leaf, leaf.text)
        if leaf and leaf.block.kind == "row":
            self.emit(leaf, "", kind="end")
        while len(self.stack) > depth:
            if self._fresh and isinstance(self.stack[-1].node, Item):
                self._leave_empty()
            self._fresh = max(0, self._fresh - (not isinstance(self.stack.pop().node, List)))

    def end_table(self) -> None:
        """End an open table: what follows is not one of its rows."""
        if self.leaf and self.leaf.block.kind == "row":
            self.close(len(self.stack))

    def _settle(self) -> None:
        """Prepare the innermost open container for a child: a list takes none but items."""
        if self.stack and isinstance(self.stack[-1].node, List):
            self.stack.pop()
        if self.stack:
            self.stack[-1] = replace(self.stack[-1], is_empty=False)

    def _push(self, depth: int, node: Container, *, indent: int = 0, is_empty: bool = False) -> None:
        self.close(depth)
        if isinstance(node, Quote):
            self._settle()
        self.stack.append(Open(node, indent, is_empty))
        self._fresh += 1

    def _siblings(self, found: Marker) -> List:
        """Return the list that an item with this marker belongs to, open on the stack and counting on."""
        node = self.stack[-1].node if self.stack else None
        if not isinstance(node, List) or node.delimiter != found.delimiter:
            self._settle()
            node = List(self._next_id(), found.delimiter, found.number or 0)
            self.stack.append(Open(node))
        self.stack[-1] = Open(replace(node, number=node.number + 1))
        return node

    def _leave_empty(self) -> None:
        """Emit a paragraph without text, so that an item without content is seen."""
        path = tuple(container.node for container in self.stack if not isinstance(container.node, List))
        self._out.append(Block("paragraph", self._next_id(), path=path, opens=self._fresh, gap=self.has_gap))
        self._fresh, self.has_gap = 0, False

    def _next_id(self) -> int:
        self._ids += 1
        return self._ids
