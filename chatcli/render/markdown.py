"""Markdown on the screen: blocks to rows.

Each block becomes rows by itself, so that what is final is drawn once; what a block needs to know of those before it
(which one was last, the lexer's state, the table that is open) is little, and copied to draw what is still open.

Between blocks stands one empty row; within a list the source decides, because a stream cannot know whether a list will
turn out loose. Code stands at the left edge, without borders, even in lists: it is there to be copied.
"""

from __future__ import annotations

from collections.abc import Sequence

from chatcli.markdown.leaves import Block, Container, Item
from chatcli.records import frozen, replace
from chatcli.render.highlight import CodeHighlighter
from chatcli.render.inline import Inline, Prose
from chatcli.render.look import Look
from chatcli.render.rows import GAP, Flow, Prefix, ScreenRow, Span, flow, packed, skip
from chatcli.render.table import TableLayout
from chatcli.render.theme import PLAIN, Ink, inks
from chatcli.render.widths import measure

_LONGEST_RULE = 40


@frozen
class BlockContext:
    """How much of an open leaf stands on the screen for good: whole pieces of it, and characters of the next one."""

    pieces: int = 0
    characters: int = 0


class Renderer:
    """Draws blocks in their order, in the inks of a look laid over *ink*."""

    def __init__(self, look: Look, *, ink: Ink = PLAIN) -> None:
        self._ascii = look.ascii
        self.inks = inks(look)
        self.ink = ink
        self._inline = Inline(self.inks, links=look.links)
        self._last: Block | None = None  # the last block of which rows were drawn
        self._lead: Block | None = None  # the first piece of the leaf that is being drawn
        self._code = CodeHighlighter("", self.inks)
        self._table: TableLayout | None = None
        self._proses: dict[int, Prose] = {}
        self._flows: dict[int, tuple[object, Flow]] = {}
        self._left: dict[int, BlockContext] = {}

    def fork(self, most_rows: int) -> Renderer:
        """Return a renderer that goes on from here without changing this one; of a table it draws *most_rows*."""
        fork = Renderer.__new__(Renderer)
        fork.__dict__.update(self.__dict__)
        fork._left = self._left.copy()
        fork._code = self._code.fork()
        fork._table = self._table.fork(most_rows) if self._table else None
        return fork

    def render(self, block: Block, width: int) -> list[ScreenRow]:
        """Return the rows of *block*, without those that are on the screen for good."""
        if self._lead is None or self._lead.key != block.key:
            self._lead = block
        context = self._left.pop(block.key, None)
        rows = self._draw(block, width, context or BlockContext())
        if context and context.pieces:
            self._left[block.key] = replace(context, pieces=context.pieces - 1)
            rows = []
        elif rows and not context and self._is_apart(self._lead):
            rows.insert(0, self._gap(self._lead))
        if rows or context:
            self._last = block
        return rows

    def leave(self, block: Block, context: BlockContext) -> None:
        """Note what of an open leaf now stands on the screen for good; it cannot read otherwise any more."""
        self._left[block.key] = context
        if prose := self._proses.get(block.key):
            prose.pin(block.text, context.characters)

    def left(self, block: Block) -> BlockContext:
        """Return what of a leaf stands on the screen for good."""
        return self._left.get(block.key, BlockContext())

    def forget(self, block: Block) -> None:
        """Drop what was kept to draw *block* again: it is final."""
        self._proses.pop(block.key, None)
        self._flows.pop(block.key, None)

    def _draw(self, block: Block, width: int, context: BlockContext) -> list[ScreenRow]:
        match block.kind:
            case "paragraph" | "definition" | "heading":
                return self._prose_rows(block, width, context)
            case "rule":
                spans = [(("-" if self._ascii else "─") * min(width, _LONGEST_RULE), self.inks["rule"])]
                return self._flow(spans, self._prefix(block, width, context), width, context)
            case "fence" | "code":
                return self._code_rows(block, width, context)
            case "html" | "math":
                spans = [(block.text.expandtabs(4), self.inks[block.kind])]
                return self._flow(spans, self._prefix(block, width, context), width, context, words=False)
            case "table" | "row" | "end":
                return self._table_rows(block, width)

    def _prose_rows(self, block: Block, width: int, context: BlockContext) -> list[ScreenRow]:
        ink = self.inks[f"h{block.level}"] if block.kind == "heading" else PLAIN
        prose = self._proses.setdefault(block.key, Prose(self._inline))
        spans = prose.spans(block.text, ink.over(self.ink))
        shape = width, self._prefix(block, width, context), context.characters
        known = self._flows.get(block.key)
        if known is None or known[0] != (shape, prose.age):
            known = self._flows[block.key] = (shape, prose.age), Flow(*shape)
        return known[1].rows(spans, prose.settled)

    def _code_rows(self, block: Block, width: int, context: BlockContext) -> list[ScreenRow]:
        """Return a line of code at the left edge, or what stands above a block of it."""
        prefix = self._prefix(block, width, context)
        quotes = tuple(span for span in prefix.rest if span[0].strip())
        rows: list[ScreenRow] = []
        if prefix.first != prefix.rest:
            rows.append(packed((*prefix.first, (block.info, self.inks["fence"]))))
        elif block.kind == "fence" and block.info:
            rows.append(packed((*quotes, (block.info, self.inks["fence"]))))
        if block.kind == "fence":
            self._code = CodeHighlighter(block.info.split()[0].strip("{}.") if block.info else "", self.inks)
            return rows
        if self._lead is block:
            self._code = CodeHighlighter("", self.inks)
        return rows + self._flow(self._code.line(block.text), Prefix(quotes, quotes), width, context, words=False)

    def _table_rows(self, block: Block, width: int) -> list[ScreenRow]:
        if block.kind == "table":
            head, border = self.inks["head"], self.inks["border"]
            self._table = TableLayout(block.text, block.info, self._inline, head=head, border=border, ascii=self._ascii)
        table = self._table
        if table is None:
            return []
        if block.kind == "row":
            table.add(block.text)
        prefix = self._prefix(block, width, BlockContext())
        rows = table.take(max(1, width - _cells(prefix.rest)), is_ended=block.kind == "end")
        return [packed((*(prefix.rest if number else prefix.first), *row.spans)) for number, row in enumerate(rows)]

    def _flow(
        self, spans: Sequence[Span], prefix: Prefix, width: int, context: BlockContext, *, words: bool = True
    ) -> list[ScreenRow]:
        """Break the text of a leaf into rows, without the characters that are on the screen for good."""
        if context.characters:
            spans = skip(spans, context.characters)
            if not any(text for text, _ in spans):
                return []
        if self.ink.codes:
            spans = [(text, ink.over(self.ink)) for text, ink in spans]
        return flow(spans, width, prefix=prefix, words=words)

    def _prefix(self, block: Block, width: int, context: BlockContext) -> Prefix:
        """Return what stands before the rows of a leaf: marks where containers begin with it, else their space."""
        lead = self._lead or block
        is_begun = context != BlockContext() or (self._last is not None and self._last.key == block.key)
        opens = 0 if is_begun else lead.opens
        parts = [self._mark(container) for container in block.path]
        closed = len(parts) - opens
        first = [part if context >= closed else _rest(part) for context, part in enumerate(parts)]
        while parts and _cells(parts) > width // 2:
            del parts[0], first[0]
        return Prefix(tuple(first), tuple(_rest(part) for part in parts))

    def _mark(self, container: Container) -> Span:
        if not isinstance(container, Item):
            return ("| " if self._ascii else "▌ "), self.inks["quote"]
        if container.number is None:
            return (" - " if self._ascii else " • "), self.inks["marker"]
        # The column is as wide for the first item as for the tenth: a stream cannot know how many there will be.
        return f"{container.number:>2}. ", self.inks["marker"]

    def _is_apart(self, block: Block) -> bool:
        """Tell whether an empty row stands before the leaf that begins with *block*."""
        last = self._last
        if last is None or last.key == block.key:
            return False
        shared = _shared(last, block)
        is_in_list = any(isinstance(container, Item) for container in block.path[:shared])
        if is_in_list or _are_siblings(last, block, shared) or last.kind == block.kind == "definition":
            return block.gap
        return True

    def _gap(self, block: Block) -> ScreenRow:
        """Return the empty row before *block*, with the bars of the quotes that go on."""
        shared = _shared(self._last, block) if self._last else 0
        return packed((_rest(self._mark(container)) for container in block.path[:shared]), GAP)


def _rest(mark: Span) -> Span:
    """Return what stands below a mark: quotes go on, bullets and numbers leave their space."""
    text, ink = mark
    return mark if text in ("▌ ", "| ") else (" " * measure(text), ink)


def _cells(spans: Sequence[Span]) -> int:
    return sum(measure(text) for text, _ in spans)


def _shared(one: Block, other: Block) -> int:
    """Return how many containers two leaves share."""
    pairs = zip(one.path, other.path, strict=False)
    return next((context for context, (a, b) in enumerate(pairs) if a != b), min(len(one.path), len(other.path)))


def _are_siblings(one: Block, other: Block, context: int) -> bool:
    """Tell whether two leaves are in items of one list, which part at *context* of their paths."""
    if context >= min(len(one.path), len(other.path)):
        return False
    a, b = one.path[context], other.path[context]
    return isinstance(a, Item) and isinstance(b, Item) and a.list == b.list
