"""Times a turn: when it was asked, when the first word arrived, how long it took."""

from __future__ import annotations

from collections.abc import Callable

from chatcli.conversation.messages import TEXT_EVENTS, Event


class Stopwatch:
    """Listens to the events of a turn; *asked_at* is in seconds since the epoch, all else in seconds since then."""

    def __init__(self, asked_at: float, clock: Callable[[], float]) -> None:
        self.asked_at = asked_at
        self._clock = clock
        self._began_s = clock()
        self.first_s: float | None = None
        self.total_s: float | None = None

    def hear(self, event: Event) -> None:
        """Record when the first word arrived."""
        if self.first_s is None and isinstance(event, TEXT_EVENTS):
            self.first_s = self._clock() - self._began_s

    def stop(self) -> None:
        """Record the end of the turn."""
        self.total_s = self._clock() - self._began_s
