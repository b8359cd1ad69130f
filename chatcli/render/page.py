"""One text on the screen as it streams in: what is final leaves for good, what is open stays live.

The live rows never exceed the height they are given. An open leaf that outgrows it leaves its first rows for good, and
what has left is never drawn again, whatever becomes of the leaf; only a table, whose columns still move, shows its end
and leaves as a whole.

A stream ends with the rows of one render of the whole text. What differs, and why:

- A mark that finds its partner only after it has left a screen too small for both stays a mark, and a setext heading
  taller than the screen is drawn as a paragraph: nothing that has left can be drawn again.
- Where the size of the terminal changes, a row may end early: rows that may take any number of rows now are left as
  they are, and the text goes on below. A table that is open while the terminal gets narrower may leave a part of its
  rows behind.

And what differs from CommonMark, in a stream as in one render: links to definitions are not resolved (definitions often
come last), marks more than `growing.SEGMENT` characters apart do not pair, line breaks are kept, and colours of code
that depend on later lines (`render.highlight`) are those of its first lines.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import zip_longest
from typing import Protocol

from rich.segment import Segment
from rich.style import Style

from chatcli.markdown.blocks import Blocks
from chatcli.markdown.leaves import Block
from chatcli.records import frozen, replace
from chatcli.render.highlight import TAB_STOP
from chatcli.render.look import Look
from chatcli.render.markdown import BlockContext, Renderer
from chatcli.render.prose import Part
from chatcli.render.rows import EMPTY, GAP, ScreenRow, flow, packed
from chatcli.render.theme import PLAIN
from chatcli.render.widths import measure
from chatcli.text.sanitizer import Sanitizer

# Characters that mean nothing but themselves wherever they stand in a word or behind one.
_PLAIN = "A-Za-z0-9,;'?.:!\"\\-\u3001\u3002\u3041-\u3096\u30a1-\u30fa\u4e00-\u9fff\uac00-\ud7a3\uff0c"
_WORD = re.compile(f"[{_PLAIN}]+")
_WORDS = re.compile(f"[{_PLAIN} ]+")
_CODE = re.compile("[ -~]+")
_ADDRESS = re.compile("www", re.IGNORECASE)  # which a full stop makes the beginning of a link


class BlockSplitter(Protocol):
    """Cuts a text into blocks."""

    def feed(self, text: str) -> list[Block]:
        """Return what has become final."""
        ...

    def close(self) -> list[Block]:
        """Return what was open."""
        ...

    @property
    def tail(self) -> list[Block]:
        """What is open, as if the text ended here."""
        ...

    @property
    def open_key(self) -> int:
        """The key of the leaf that is open; 0 between leaves."""
        ...

    @property
    def is_growing(self) -> bool:
        """Whether what is open becomes longer by more words on its line, and nothing else."""
        ...


class Verbatim:
    """Takes a text line by line, as it is."""

    def __init__(self) -> None:
        self._partial = ""
        self._blanks = 0
        self._is_begun = False

    def feed(self, text: str) -> list[Block]:
        """Return the lines that have ended; blank ones wait for something to follow."""
        *lines, self._partial = (self._partial + text).split("\n")
        return [block for line in lines for block in self._read(line)]

    def close(self) -> list[Block]:
        """Return the last line."""
        rest, self._partial = self._partial, ""
        return self._read(rest)

    @property
    def tail(self) -> list[Block]:
        """The line that is open."""
        return _lines(self._blanks, self._partial) if self._partial.strip() else []

    @property
    def open_key(self) -> int:
        """A number for each open line; 0 between lines."""
        return 1 if self._partial else 0

    @property
    def is_growing(self) -> bool:
        """False: such text is drawn in other ways."""
        return False

    def _read(self, line: str) -> list[Block]:
        if not line.strip():
            self._blanks += self._is_begun
            return []
        blanks, self._blanks, self._is_begun = self._blanks, 0, True
        return _lines(blanks, line)


@frozen
class _Piece:
    """The live rows of an open block, and its number among the open blocks of its leaf."""

    rows: list[ScreenRow]
    block: Block
    number: int

    @property
    def shown(self) -> str:
        """The text of the block as it is drawn, as far as its end is concerned."""
        return self.block.text.expandtabs(TAB_STOP) if self.block.kind == "code" else self.block.text

    @property
    def is_fixed(self) -> bool:
        """Whether rows may leave before the leaf ends: tables still move, and what may be a table's heading."""
        if self.block.kind == "paragraph":
            return not self.block.text.rpartition("\n")[2].startswith("|")
        return self.block.kind not in ("table", "row", "end")


class Page:
    """A text that is drawn while it arrives."""

    def __init__(self, look: Look, *, style: Style = PLAIN, markdown: bool = True) -> None:
        self._safe = Sanitizer()
        self._splitter: BlockSplitter = Blocks() if markdown else Verbatim()
        self._renderer = Renderer(look, style=style)
        self._ready: list[Block] = []
        self._pieces: list[_Piece] = []
        self._remarks: list[tuple[list[Part], int]] = []  # and the leaf that was open when they came
        self._is_begun = False
        self._width = 0
        self._fresh = ""  # what has come since the last drawing
        self._end = ""  # the last word of what is drawn, with the space behind it, which no row shows

    def feed(self, text: str) -> None:
        """Take the next piece of the text, as it came."""
        shown = self._safe.feed(text)
        self._fresh += shown
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
        return [parts for parts, _ in self._remarks]

    def draw(self, width: int, height: int) -> tuple[list[ScreenRow], list[ScreenRow]]:
        """Return the rows that have become final since the last call, and the live rows, at most *height*."""
        final: list[ScreenRow] = []
        for block in self._ready:
            final += self._inserted(block.key, width)
            final += self._finished(block, width)
        self._ready.clear()
        final += self._inserted(self._splitter.open_key, width) if self._remarks else []
        self._pieces = self._open(width, height)
        self._width, self._fresh = width, ""
        self._end = _end_of(self._pieces[-1].shown) if self._pieces else ""
        live = [row for piece in self._pieces for row in piece.rows]
        excess = max(0, len(live) - height)
        if self.fixed(excess) == excess:
            self.leave(excess)
            final += live[:excess]
        else:
            self._drop(excess)
        return final, live[excess:]

    def grow(self, width: int) -> ScreenRow | None:
        """Return the last live row with the words behind it that have come since it was drawn.

        None where more may have changed than that; most pieces of most replies change no more, and drawing is what
        costs. What is drawn so is drawn again by the next `draw`.
        """
        fresh = self._fresh
        if not (self._pieces and fresh) or self._ready or self._remarks or width != self._width:
            return None
        piece = self._pieces[-1]
        row, words = piece.rows[-1], (_spaces(self._end) + fresh).rstrip(" ")
        if row.soft or not row.segments or not self._splitter.is_growing or row.cells + measure(words) > width:
            return None
        style = self._style_behind(piece, words)
        if style is None:
            return None
        grown = packed((*row.segments, Segment(words, style or None)), row.size + len(fresh)) if words else row
        piece.rows[-1] = grown
        self._fresh, self._end = "", _end_of(self._end + fresh)
        return grown

    def _style_behind(self, piece: _Piece, words: str) -> Style | None:
        """Return the style of *words* that have come behind an open piece; None where they may change what it shows."""
        last = piece.rows[-1].segments[-1]
        if piece.block.kind == "code":
            return last.style or PLAIN if _CODE.fullmatch(self._fresh) else None
        is_plain = piece.block.kind == "paragraph" and _WORDS.fullmatch(self._fresh) and self._goes_on(last, words)
        return self._renderer.style if is_plain else None

    def _goes_on(self, last: Segment, words: str) -> bool:
        """Tell whether *words* behind the *last* segment can only be plain: new words, or the rest of a plain one."""
        is_new = words[:1] in ("", " ")
        if not is_new and not ((last.style or PLAIN) == self._renderer.style and _WORD.fullmatch(self._end)):
            return False
        return _ADDRESS.search(words if is_new else self._end + words) is None

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
            rows += flow(self._renderer.console, self._remarks.pop(0)[0], width)
            self._is_begun = True
        return rows

    def _place_after(self, piece: _Piece, count: int, following: _Piece | None) -> BlockContext:
        """Return how much of the leaf has left once *count* rows of the piece have, or all of them."""
        if count >= len(piece.rows) and following and following.block.key == piece.block.key:
            return BlockContext(piece.number + 1)
        before = self._renderer.left(piece.block)
        characters = before.characters if before.pieces == piece.number else 0
        sizes = [row.size for row in piece.rows[:count] if row.size != GAP]
        return BlockContext(piece.number, characters + max(sum(sizes), bool(sizes)))  # a leaf without text has left too

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


def _end_of(text: str) -> str:
    """Return the last word of *text*, with the space behind it."""
    start = len(text) - len(_spaces(text))
    return text[max(text.rfind(space, 0, start) for space in " \n\t") + 1 :]


def _spaces(text: str) -> str:
    """Return the spaces at the end of *text*."""
    return text[len(text.rstrip(" ")) :]


def _lines(blanks: int, line: str) -> list[Block]:
    return [*[Block("code", 1)] * blanks, Block("code", 1, line)]
