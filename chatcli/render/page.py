"""Shows one streaming text: final rows become permanent, the open part stays live.

The live rows never exceed the height they are given. An open leaf that outgrows it leaves its first rows for good, and
what has left is never drawn again, whatever becomes of the leaf; only a table, whose columns still move, shows its end
and leaves as a whole.

A stream ends with the rows of one render of the whole text. What differs, and why:

- A mark that finds its partner only after it has left a screen too small for both stays a mark, and a setext heading
  taller than the screen is drawn as a paragraph: nothing that has left can be drawn again.
- Where the size of the terminal changes, a row may end early: rows that may take any number of rows now are left as
  they are, and the text continues below. A table that is open while the terminal gets narrower may leave a part of its
  rows behind. tmux breaks rows up to a quarter of a second before it reports its new size; what a frame writes
  meanwhile may stand beside what was there.

And what differs from CommonMark, in a stream as in one render: links to definitions are not resolved (definitions often
come last), marks more than `growing.SEGMENT` characters apart do not pair, line breaks are kept, and colours of code
that depend on later lines (`render.highlight`) are those of its first lines.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import zip_longest

from rich.style import Style

from chatcli.language import _
from chatcli.markdown.blocks import Blocks
from chatcli.markdown.leaves import Block
from chatcli.markdown.lines import LONGEST_MARKUP
from chatcli.records import frozen, replace
from chatcli.render.last_row import LastRow
from chatcli.render.look import Look
from chatcli.render.markdown import BlockContext, Renderer
from chatcli.render.prose import Part
from chatcli.render.rows import EMPTY, GAP, ScreenRow, flow
from chatcli.render.theme import PLAIN
from chatcli.render.verbatim import BlockSplitter, Verbatim
from chatcli.text.sanitizer import Sanitizer, sanitize


@frozen
class _Piece:
    """The live rows of an open block, and its number among the open blocks of its leaf."""

    rows: list[ScreenRow]
    block: Block
    number: int

    @property
    def is_fixed(self) -> bool:
        """Whether rows may leave before the leaf ends: tables still move, and what may be a table's heading."""
        if self.block.kind == "paragraph":
            line = self.block.text.rpartition("\n")[2]
            return "|" not in line or len(line) > LONGEST_MARKUP
        return self.block.kind not in ("table", "row", "end")


class Page:
    """A text that is drawn while it arrives, or at once where it *is_whole*."""

    def __init__(self, look: Look, *, style: Style = PLAIN, markdown: bool = True, is_whole: bool = False) -> None:
        self._safe = Sanitizer()
        self._splitter: BlockSplitter = Blocks() if markdown else Verbatim()
        self._renderer = Renderer(look, style=style, is_whole=is_whole)
        self._ready: list[Block] = []
        self._pieces: list[_Piece] = []
        self._remarks: list[tuple[list[Part], int]] = []  # and the leaf that was open when they came
        self._is_begun = self._has_reported = False
        self._width = 0
        self._last_row = LastRow(style)

    def feed(self, text: str) -> None:
        """Take the next piece of the text, as it came."""
        shown = self._safe.feed(text)
        self._last_row.fresh += shown
        self._ready += self._splitter.feed(shown)

    def close(self) -> None:
        """Take the end of the text: nothing is open any more."""
        self._ready += self._splitter.feed(self._safe.close())
        self._ready += self._splitter.close()

    def insert(self, parts: list[Part]) -> None:
        """Show a remark of ours as soon as no block is open, so that it parts none."""
        self._remarks.append((parts, self._splitter.open_key))

    @property
    def remarks(self) -> list[list[Part]]:
        """The remarks that wait for the open block to end."""
        return [parts for parts, _ignored in self._remarks]

    def draw(self, width: int, height: int) -> tuple[list[ScreenRow], list[ScreenRow]]:
        """Return the rows that have become final since the last call, and the live rows, at most *height*."""
        final: list[ScreenRow] = []
        for block in self._ready:
            final += self._inserted(block.key, width)
            final += self._finished(block, width)
        self._ready.clear()
        self._report_faults()
        final += self._inserted(self._splitter.open_key, width) if self._remarks else []
        self._pieces = self._open(width, height)
        self._width = width
        self._last_row.reset(self._pieces[-1].block if self._pieces else None)
        live = [row for piece in self._pieces for row in piece.rows]
        excess = len(live) - height
        if excess <= 0:
            return final, live
        if self.fixed(excess) == excess:
            self.leave(excess)
            final += live[:excess]
        else:
            self._drop(excess)
        return final, live[excess:]

    def grow(self, width: int) -> ScreenRow | None:
        """Return the last live row with the words behind it that have come since it was drawn.

        None where more may have changed than that. What is drawn so is drawn again by the next `draw`.
        """
        is_alone = not self._ready and not self._remarks and width == self._width
        if not (self._pieces and self._last_row.fresh and is_alone and self._splitter.is_growing):
            return None
        piece = self._pieces[-1]
        grown = self._last_row.grow(piece.rows[-1], piece.block, width)
        if grown:
            piece.rows[-1] = grown
        return grown

    def leave(self, count: int) -> None:
        """Note that the first *count* live rows now stand on the screen for good."""
        rest = count
        for piece, following in zip_longest(self._pieces, self._pieces[1:]):
            if rest <= 0:
                break
            self._renderer.leave(piece.block, self._place_after(piece, rest, following))
            rest -= len(piece.rows)
        self._drop(count)

    def fixed(self, count: int) -> int:
        """Return how many of the first *count* live rows may stay where they are for good."""
        fixed = 0
        for piece in self._pieces:
            if fixed >= count or not piece.is_fixed:
                break
            fixed += len(piece.rows)
        return min(fixed, count)

    def _drop(self, count: int) -> None:
        """Forget the first *count* live rows."""
        pieces: list[_Piece] = []
        for piece in self._pieces:
            pieces += [replace(piece, rows=piece.rows[count:])] if count < len(piece.rows) else []
            count = max(0, count - len(piece.rows))
        self._pieces = pieces

    def _inserted(self, key: int, width: int) -> list[ScreenRow]:
        """Return rows for the remarks that do not have to wait for the end of the leaf that comes next."""
        rows: list[ScreenRow] = []
        while self._remarks and (self._remarks[0][1] != key or not key):
            rows += [EMPTY] * self._is_begun
            rows += flow(self._remarks.pop(0)[0], width)
            self._is_begun = True
        return rows

    def _report_faults(self) -> None:
        """Say once that a block is drawn plain, because its look could not be drawn."""
        if self._renderer.faults and not self._has_reported:
            self._has_reported = True
            error = self._renderer.faults[0]
            reason = _(
                "Part of this answer is shown as plain text, because rendering failed: {reason}",
                reason=": ".join((type(error).__name__, str(error))),
            )
            self.insert([(sanitize(reason), self._renderer.console.get_style("chat.notice"))])

    def _place_after(self, piece: _Piece, count: int, following: _Piece | None) -> BlockContext:
        """Return how much of the leaf has left once *count* rows of the piece have, or all of them."""
        if count >= len(piece.rows) and following and following.block.key == piece.block.key:
            return BlockContext(piece.number + 1)
        before = self._renderer.left(piece.block)
        characters = before.characters if before.pieces == piece.number else 0
        left = [row for row in piece.rows[:count] if row.size != GAP]
        characters += max(sum(row.size for row in left), bool(left))  # a leaf without text has left too
        return BlockContext(piece.number, characters, is_parted=bool(left) and left[-1].soft)

    def _finished(self, block: Block, width: int) -> Sequence[ScreenRow]:
        rows = self._renderer.render(block, width)
        self._renderer.forget(block)
        self._is_begun = self._is_begun or bool(rows)
        return rows

    def _open(self, width: int, height: int) -> list[_Piece]:
        renderer, pieces, numbers = self._renderer.fork(height), list[_Piece](), dict[int, int]()
        for block in self._splitter.tail:
            number = numbers[block.key] = numbers.get(block.key, -1) + 1
            if rows := renderer.render(block, width):
                pieces.append(_Piece(rows, block, number))
        return pieces
