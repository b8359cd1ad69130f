"""Renders Markdown blocks to screen rows.

Each block becomes rows separately, so that what is final is drawn once; what a block needs to know of those before it
(which one was last, the lexer's state, the table that is open) is little, and copied to draw what is still open.

Between blocks stands one empty row; within a list the source decides, because a stream cannot know whether a list will
turn out loose. Code stands at the left edge, without borders, even in lists: it is there to be copied.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from rich.segment import Segment
from rich.style import Style

from chatcli.markdown.data_addresses import shorten_data
from chatcli.markdown.leaves import Block, Container, Item
from chatcli.records import frozen, replace
from chatcli.render.growing import GrowingProse
from chatcli.render.highlight import TAB_STOP, CodeHighlighter
from chatcli.render.inline import EMPHASIS, Inline
from chatcli.render.look import Look
from chatcli.render.prose import NO_PREFIX, Hanging, Part, Prefix
from chatcli.render.rows import EMPTY, GAP, Flow, ScreenRow, cells_of, draw, flow, packed, skip
from chatcli.render.theme import PLAIN, console_for
from chatcli.render.widths import measure

if TYPE_CHECKING:
    from chatcli.render.table import TableLayout

_LONGEST_RULE = 40


@frozen
class BlockContext:
    """How much of an open leaf stands on the screen for good: whole pieces of it, and characters of the next one.

    *is_parted* means that the last of its rows goes on in the next one.
    """

    pieces: int = 0
    characters: int = 0
    is_parted: bool = False


class Renderer:
    """Draws blocks in their order, in the theme of a look laid over *style*.

    Of a text that *is_whole*, a table has the same columns from its first row to its last.
    """

    def __init__(self, look: Look, *, style: Style = PLAIN, is_whole: bool = False) -> None:
        self._ascii = look.ascii
        self.console = console_for(look)
        self.style = style
        self._inline = Inline(self.console, links=look.links)
        self._is_whole = is_whole
        self._is_open = False  # what is drawn may still change
        self._last: Block | None = None  # the last block of which rows were drawn
        self._lead: Block | None = None  # the first piece of the leaf that is being drawn
        self._code = CodeHighlighter("", self.console)
        self._table: TableLayout | None = None
        self._proses: dict[int, GrowingProse] = {}
        self._flows: dict[int, tuple[object, Flow]] = {}
        self._left: dict[int, BlockContext] = {}
        self.faults: list[Exception] = []  # why blocks were drawn plain; shared with forks

    def fork(self, most_rows: int) -> Renderer:
        """Return a renderer that continues from here without changing this one; of a table it draws *most_rows*."""
        fork = Renderer.__new__(Renderer)
        fork.__dict__.update(self.__dict__)
        fork._is_open = True
        fork._left = self._left.copy()
        fork._table = self._table.fork(most_rows) if self._table else None
        return fork

    def render(self, block: Block, width: int) -> list[ScreenRow]:
        """Return the rows of *block*, without those that are on the screen for good."""
        if self._lead is None or self._lead.key != block.key:
            self._lead = block
        context = self._left.pop(block.key, None)
        rows = self._guarded(block, width, context or BlockContext())
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
            before = prose.left
            prose.leave(block.text, context.characters)
            if (known := self._flows.get(block.key)) and prose.left > before:
                known[1].leave(prose.left - before, is_parted=context.is_parted)

    def left(self, block: Block) -> BlockContext:
        """Return what of a leaf stands on the screen for good."""
        return self._left.get(block.key, BlockContext())

    def forget(self, block: Block) -> None:
        """Drop what was kept to draw *block* again: it is final."""
        self._proses.pop(block.key, None)
        self._flows.pop(block.key, None)

    def _guarded(self, block: Block, width: int, context: BlockContext) -> list[ScreenRow]:
        try:
            return self._draw(block, width, context)
        except Exception as error:  # a fault of ours or of a library: the words matter more than their look
            self.faults.append(error)
            return self._flow([(self._source(block), PLAIN)], NO_PREFIX, width, context)

    def _source(self, block: Block) -> str:
        """Return what a block says, as it was written; of a table all that was not yet drawn."""
        if block.kind not in ("row", "end"):
            return block.text
        table, self._table = self._table, None
        return "\n".join(table.sources) if table else block.text

    def _draw(self, block: Block, width: int, context: BlockContext) -> list[ScreenRow]:
        match block.kind:
            case "paragraph" | "definition" | "heading":
                return self._prose_rows(block, width, context)
            case "rule":
                from rich.constrain import Constrain  # few answers have any
                from rich.rule import Rule

                line = Constrain(Rule(characters="-" if self._ascii else "─", style="markdown.hr"), _LONGEST_RULE)
                return draw(self.console, Hanging(line, self._prefix(block, width, context)), width)
            case "fence" | "code":
                return self._code_rows(block, width, context)
            case "html" | "math":
                text = shorten_data(block.text, is_open=self._is_open) if block.kind == "html" else block.text
                parts = [(text.expandtabs(4), self.console.get_style(f"markdown.{block.kind}"))]
                return self._flow(parts, self._prefix(block, width, context), width, context, words=False)
            case "table" | "row" | "end":
                return self._table_rows(block, width)

    def _prose_rows(self, block: Block, width: int, context: BlockContext) -> list[ScreenRow]:
        style = self.console.get_style(f"markdown.h{block.level}") if block.kind == "heading" else PLAIN
        prose = self._proses.setdefault(block.key, GrowingProse(self._inline))
        parts = prose.parts(block.text, self.style + style, is_open=self._is_open)
        if context.characters and not any(text for text, _ in parts):
            return []
        shape = width, prose.age, block.path, block.opens
        known = self._flows.get(block.key)
        if known is None or known[0] != shape:
            prefix = self._prefix(block, width, context)
            known = self._flows[block.key] = shape, Flow(width, prefix, is_parted=context.is_parted)
        return known[1].rows(parts, prose.settled)

    def _code_rows(self, block: Block, width: int, context: BlockContext) -> list[ScreenRow]:
        """Return a line of code at the left edge, or what stands above a block of it."""
        prefix = self._prefix(block, width, context)
        quotes = tuple(segment for segment in prefix.rest if segment.text.strip())
        info = Segment(block.info, self.console.get_style("markdown.code_info"))
        rows: list[ScreenRow] = []
        if prefix.first != prefix.rest:
            rows.append(packed((*prefix.first, info)))
        elif block.kind == "fence" and block.info:
            rows.append(packed((*quotes, info)))
        if block.kind == "fence":
            self._code = CodeHighlighter(block.info.split()[0].strip("{}.") if block.info else "", self.console)
            return rows
        if self._lead is block:
            self._code = CodeHighlighter("", self.console)
        return rows + self._flow(self._code_parts(block.text), Prefix(quotes, quotes), width, context, words=False)

    def _code_parts(self, text: str) -> list[Part]:
        """Return a line in its colours; one that is still written has none, for its lexer would read half of it."""
        if self._is_open:
            return [(text.expandtabs(TAB_STOP), self.console.get_style("markdown.code_block"))]
        return self._code.line(text)

    def _table_rows(self, block: Block, width: int) -> list[ScreenRow]:
        if block.kind == "table":
            from chatcli.render.table import TableLayout  # rich's tables with it, which few answers have

            self._table = None  # none is left if this fails
            self._table = TableLayout(block.text, block.info, self.console, self._inline, settles=not self._is_whole)
        table = self._table
        if table is None:
            return self._flow([(block.text, PLAIN)], NO_PREFIX, width, BlockContext()) if block.text else []
        prefix = self._prefix(block, width, BlockContext())
        room = max(1, width - cells_of(prefix.rest))
        if block.kind == "row":
            text = block.text.rstrip("".join(EMPHASIS)) if self._is_open else block.text
            table.add(text, room, is_open=self._is_open)
        rows = table.take(room, is_ended=block.kind == "end")
        if prefix == NO_PREFIX:
            return rows
        return [packed((*(prefix.rest if number else prefix.first), *row.segments)) for number, row in enumerate(rows)]

    def _flow(
        self, parts: Sequence[Part], prefix: Prefix, width: int, context: BlockContext, *, words: bool = True
    ) -> list[ScreenRow]:
        """Break the text of a leaf into rows, without the characters that are on the screen for good."""
        if context.characters:
            parts = skip(parts, context.characters)
            if not any(text for text, _ in parts):
                return []
        if self.style:
            parts = [(text, self.style + style) for text, style in parts]
        return flow(parts, width, prefix=prefix, words=words)

    def _prefix(self, block: Block, width: int, context: BlockContext) -> Prefix:
        """Return what stands before the rows of a leaf: marks where containers begin with it, else their space."""
        lead = self._lead or block
        is_begun = context != BlockContext() or (self._last is not None and self._last.key == block.key)
        opens = 0 if is_begun else lead.opens
        marks = [self._mark(container) for container in block.path]
        closed = len(marks) - opens
        first = [mark if context >= closed else _rest(mark) for context, mark in enumerate(marks)]
        while marks and cells_of(marks) > width // 2:
            del marks[0], first[0]
        return Prefix(tuple(first), tuple(_rest(mark) for mark in marks))

    def _mark(self, container: Container) -> Segment:
        if not isinstance(container, Item):
            return Segment("| " if self._ascii else "▌ ", self.console.get_style("markdown.block_quote"))
        if container.number is None:
            return Segment(" - " if self._ascii else " • ", self.console.get_style("markdown.item.bullet"))
        # The column is as wide for the first item as for the tenth: a stream cannot know how many there will be.
        return Segment(f"{container.number:>2}{container.delimiter} ", self.console.get_style("markdown.item.number"))

    def _is_apart(self, block: Block) -> bool:
        """Return whether an empty row stands before the leaf that begins with *block*."""
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
        if not shared:
            return EMPTY
        return packed((_rest(self._mark(container)) for container in block.path[:shared]), GAP)


def _rest(mark: Segment) -> Segment:
    """Return what stands below a mark: quotes go on, bullets and numbers leave their space."""
    return mark if mark.text in ("▌ ", "| ") else Segment(" " * measure(mark.text))


def _shared(one: Block, other: Block) -> int:
    """Return how many containers two leaves share."""
    pairs = zip(one.path, other.path, strict=False)
    return next((context for context, (a, b) in enumerate(pairs) if a != b), min(len(one.path), len(other.path)))


def _are_siblings(one: Block, other: Block, context: int) -> bool:
    """Return whether two leaves are in items of one list, which part at *context* of their paths."""
    if context >= min(len(one.path), len(other.path)):
        return False
    a, b = one.path[context], other.path[context]
    return isinstance(a, Item) and isinstance(b, Item) and a.list == b.list
