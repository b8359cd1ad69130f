"""Shows text as it is, line by line, through the interface that `Page` expects of a block splitter."""

from __future__ import annotations

from typing import Protocol

from chatcli.markdown.leaves import Block


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


def _lines(blanks: int, line: str) -> list[Block]:
    return [*[Block("code", 1)] * blanks, Block("code", 1, line)]
