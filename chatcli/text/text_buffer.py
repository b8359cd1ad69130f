"""Collects a text that comes in pieces, without keeping the pieces."""

from __future__ import annotations

_LEAST_KEPT = 512  # characters; as objects, smaller pieces of a long answer would outweigh it many times
_MOST_PIECES = 256


class TextBuffer:
    """A text that grows; it is copied when it is asked for, and then not again until it has grown."""

    __slots__ = ("_latest", "_written")

    def __init__(self) -> None:
        self._written: list[str] = []
        self._latest: list[str] = []

    def append(self, piece: str) -> None:
        """Add *piece* to the end."""
        self._latest.append(piece)
        if len(piece) >= _LEAST_KEPT or len(self._latest) == _MOST_PIECES:
            *small, last = self._latest if len(piece) >= _LEAST_KEPT else (*self._latest, "")
            self._written += filter(None, ("".join(small), last))
            self._latest.clear()

    @property
    def text(self) -> str:
        """Everything so far."""
        if self._latest or len(self._written) > 1:
            self._written = ["".join((*self._written, *self._latest))]
            self._latest.clear()
        return self._written[0] if self._written else ""

    def __contains__(self, word: str) -> bool:
        """Whether *word* is somewhere in the text, which is not copied for the answer."""
        around, before = len(word), ""
        for piece in (*self._written, *self._latest):
            if word in piece or word in before + piece[:around]:
                return True
            before = (before + piece[-around:])[-around:]
        return False

    def __bool__(self) -> bool:
        return any(self._written) or any(self._latest)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, TextBuffer) and self.text == other.text

    __hash__ = None  # type: ignore[assignment]

    def __repr__(self) -> str:
        return f"TextBuffer({self.text!r})"
