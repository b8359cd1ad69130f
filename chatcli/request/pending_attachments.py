"""What waits to be sent with the next message, each under a number that it keeps."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator

from chatcli.request.attachments import Attachment


class PendingAttachments:
    """Attachments by number: 1 for the first after nothing waited, and none is used twice until nothing waits again."""

    def __init__(self) -> None:
        self._by_number: dict[int, Attachment] = {}
        self._last = 0

    def __len__(self) -> int:
        return len(self._by_number)

    def __iter__(self) -> Iterator[Attachment]:
        return iter(self._by_number.values())

    @property
    def numbered(self) -> list[tuple[int, Attachment]]:
        """What waits, with its numbers, in the order in which it is sent."""
        return list(self._by_number.items())

    def add(self, found: Iterable[Attachment]) -> list[tuple[int, Attachment]]:
        """Put *found* behind what waits already, and return it with its numbers."""
        added = list(enumerate(found, self._last + 1))
        self._by_number.update(added)
        self._last += len(added)
        return added

    def replace(self, found: Iterable[Attachment]) -> None:
        """Let *found* wait, and nothing else."""
        self.clear()
        self.add(found)

    def drop(self, numbers: Collection[int]) -> list[Attachment]:
        """Take out those of *numbers*, which must all wait, and return them in order."""
        dropped = [one for number, one in self.numbered if number in numbers]
        self._by_number = {number: one for number, one in self.numbered if number not in numbers}
        if not self._by_number:
            self.clear()
        return dropped

    def clear(self) -> None:
        """Let nothing wait."""
        self._by_number.clear()
        self._last = 0
