"""Limits the output of tools: the head and the tail of what is too long stay."""

from __future__ import annotations

from chatcli.records import mutable
from chatcli.text.units import format_size

MOST_BYTES = 100_000
NO_OUTPUT = "(no output)"


@mutable
class BoundedOutput:
    """Keeps the first and the last half of *most_bytes* of what is fed; memory stays bounded.

    However the output is cut into pieces, the text is the same.
    """

    most_bytes: int = MOST_BYTES
    size: int = 0
    _head: bytes = b""
    _tail: bytes = b""

    def feed(self, data: bytes) -> None:
        """Add the next piece."""
        self.size += len(data)
        room = self._half - len(self._head)
        if room > 0:
            self._head += data[:room]
            data = data[room:]
        if data:
            self._tail = (self._tail + data)[-self._half :]

    def text(self) -> str:
        """Return the output as text, with a line in place of what is missing."""
        missing = self.size - len(self._head) - len(self._tail)
        if missing <= 0:
            return (self._head + self._tail).decode(errors="replace")
        # A character cut by the limit counts as missing.
        head, tail = self._head.decode(errors="ignore"), self._tail.decode(errors="ignore")
        return f"{head}\n[{format_size(missing)} left out]\n{tail}"

    @property
    def _half(self) -> int:
        return max(self.most_bytes // 2, 1)


def bound_text(text: str, most_bytes: int = MOST_BYTES) -> str:
    """Return *text* within *most_bytes*, besides the line that says how much is missing."""
    output = BoundedOutput(most_bytes)
    output.feed(text.encode(errors="replace"))
    return output.text()
