"""Measures a turn as it passes by: when it began, when the first word came, how long it took."""

from __future__ import annotations

import time
from collections.abc import Callable

from chatcli.conversation.messages import TEXT_EVENTS, Event


class Stopwatch:
    """Stands between a turn and its *show*; times are seconds since the meter was made."""

    def __init__(self, show: Callable[[Event], None], *, clock: Callable[[], float] = time.monotonic) -> None:
        self._show = show
        self._clock = clock
        self._began_s = clock()
        self.first_s: float | None = None

    def show(self, event: Event) -> None:
        """Hand *event* on."""
        if self.first_s is None and isinstance(event, TEXT_EVENTS):
            self.first_s = self._clock() - self._began_s
        self._show(event)

    @property
    def total_s(self) -> float:
        """How long the turn has taken so far."""
        return self._clock() - self._began_s
