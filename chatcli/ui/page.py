"""One text on the screen as it streams in: what is final leaves for good, what is open stays live.

The live rows never exceed the height they are given. An open leaf that outgrows it leaves its first rows for good, and
what has left is never drawn again, whatever becomes of the leaf; only a table, whose columns still move, shows its end
and leaves as a whole.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import zip_longest
from typing import Protocol

from chatcli.core.blocks import Block, Blocks
from chatcli.core.safe import Safe
from chatcli.core.values import value
from chatcli.ui.look import Look
from chatcli.ui.markdown import Place, Renderer
from chatcli.ui.rows import EMPTY, Row, Span, flow
from chatcli.ui.theme import PLAIN, Ink


class Splitter(Protocol):
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

    def _read(self, line: str) -> list[Block]:
        if not line.strip():
            self._blanks += self._is_begun
            return []
        blanks, self._blanks, self._is_begun = self._blanks, 0, True
        return _lines(blanks, line)


@value
class _Shown:
    """A live row, the piece of a leaf it belongs to, and the piece's number among the open pieces of its leaf."""

    row: Row
    block: Block
    piece: int

    @property
    def is_fixed(self) -> bool:
        """Whether the row may leave before its leaf ends: tables still move, and what may be a table's heading."""
        if self.block.kind == "paragraph":
            return not self.block.text.rpartition("\n")[2].startswith("|")
        return self.block.kind not in ("table", "row", "end")


class Page:
    """A text that is drawn while it arrives."""

    def __init__(self, look: Look, *, ink: Ink = PLAIN, markdown: bool = True) -> None:
        self._safe = Safe()
        self._splitter: Splitter = Blocks() if markdown else Verbatim()
        self._renderer = Renderer(look, ink=ink)
        self._ready: list[Block] = []
        self._shown: list[_Shown] = []
        self._remarks: list[tuple[list[Span], int]] = []  # and the leaf that was open when they came
        self._is_begun = False

    def feed(self, text: str) -> None:
        """Take the next piece of the text, as it came."""
        self._ready += self._splitter.feed(self._safe.feed(text))

    def close(self) -> None:
        """Take the end of the text: nothing is open any more."""
        self._ready += self._splitter.feed(self._safe.close())
        self._ready += self._splitter.close()

    def insert(self, spans: list[Span]) -> None:
        """Show a remark of ours as soon as no block is open, so that it parts none."""
        self._remarks.append((spans, self._splitter.open_key))

    @property
    def remarks(self) -> list[list[Span]]:
        """The remarks that wait for the open block to end."""
        return [spans for spans, _ in self._remarks]

    def draw(self, width: int, height: int) -> tuple[list[Row], list[Row]]:
        """Return the rows that have become final since the last call, and the live rows, at most *height*."""
        final: list[Row] = []
        for block in self._ready:
            final += self._inserted(block.key, width)
            final += self._finished(block, width)
        self._ready.clear()
        final += self._inserted(self._splitter.open_key, width) if self._remarks else []
        self._shown = self._open(width)
        excess = self._shown[: max(0, len(self._shown) - height)]
        if all(shown.is_fixed for shown in excess):
            self.leave(len(excess))
            final += [shown.row for shown in excess]
        else:
            del self._shown[: len(excess)]
        return final, [shown.row for shown in self._shown]

    def leave(self, count: int) -> None:
        """Note that the first *count* live rows now stand on the screen for good."""
        for shown, following in zip_longest(self._shown[:count], self._shown[1 : count + 1]):
            self._renderer.leave(shown.block, self._place_after(shown, following))
        del self._shown[:count]

    def fixed(self, count: int) -> int:
        """Return how many of the first *count* live rows may stay where they are for good."""
        moving = (place for place, shown in enumerate(self._shown[:count]) if not shown.is_fixed)
        return next(moving, min(count, len(self._shown)))

    def _inserted(self, key: int, width: int) -> list[Row]:
        """Return rows for the remarks that do not have to wait for the end of the leaf that comes next."""
        rows: list[Row] = []
        while self._remarks and self._remarks[0][1] != key:
            rows += [EMPTY] * self._is_begun
            rows += flow(self._remarks.pop(0)[0], width)
            self._is_begun = True
        return rows

    def _place_after(self, shown: _Shown, following: _Shown | None) -> Place:
        """Return how much of the leaf has left once the row *shown* has."""
        if following and following.block.key == shown.block.key and following.piece > shown.piece:
            return Place(shown.piece + 1)
        before = self._renderer.left(shown.block)
        characters = before.characters if before.pieces == shown.piece else 0
        return Place(shown.piece, characters + shown.row.size)

    def _finished(self, block: Block, width: int) -> Sequence[Row]:
        rows = self._renderer.render(block, width)
        self._renderer.forget(block)
        self._is_begun = self._is_begun or bool(rows)
        return rows

    def _open(self, width: int) -> list[_Shown]:
        renderer, shown, numbers = self._renderer.fork(), [], dict[int, int]()
        for block in self._splitter.tail:
            number = numbers[block.key] = numbers.get(block.key, -1) + 1
            shown += [_Shown(row, block, number) for row in renderer.render(block, width)]
        return shown


def _lines(blanks: int, line: str) -> list[Block]:
    return [*[Block("code", 1)] * blanks, Block("code", 1, line)]
