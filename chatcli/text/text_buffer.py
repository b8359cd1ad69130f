"""Collects a text that comes in pieces, without keeping the pieces."""

from __future__ import annotations

from io import StringIO


class TextBuffer:
    """A text that grows: the pieces of a long answer, as objects, would outweigh it many times."""

    __slots__ = ("_written",)

    def __init__(self) -> None:
        self._written = StringIO()

    def append(self, piece: str) -> None:
        """Add *piece* to the end."""
        self._written.write(piece)

    @property
    def text(self) -> str:
        """Everything so far."""
        return self._written.getvalue()

    def __bool__(self) -> bool:
        return self._written.tell() > 0

    def __eq__(self, other: object) -> bool:
        return isinstance(other, TextBuffer) and self.text == other.text

    __hash__ = None  # type: ignore[assignment]

    def __repr__(self) -> str:
        return f"TextBuffer({self.text!r})"
