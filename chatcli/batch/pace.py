"""Finds the pace at which a server lets requests through. Pure; times are seconds on one monotonic clock.

A refusal (429, or 503 with a wait) closes the gate until the time that the server names, for all workers at once.
After it, requests start evenly: as far apart as they were let through before, the wait included, because that is the
pace the server allows. Of what was let through before an earlier refusal a quarter counts, so the first burst is soon
forgotten, and each answer makes the gaps a little shorter, so one bad minute does not slow the whole run.

A request that was under way when the gate closed, and is refused too, tells nothing new: it only takes back that it was
let through. So a burst of refusals counts as one.
"""

from __future__ import annotations

from chatcli.records import frozen

_KEPT_SHARE = 0.25
_QUICKER = 0.98  # at 60 a minute, it takes a minute to be three times as fast


@frozen
class Departure:
    """The start of a request; *epoch* counts the refusals before it."""

    at_s: float
    epoch: int


class Pace:
    """Decides when the next request may start."""

    def __init__(self) -> None:
        self.gap_s = 0.0
        self._open_s = 0.0
        self._epoch = 0
        self._epoch_start_s: float | None = None
        self._let_through = 0.0
        self._time_s = 0.0

    def wait_s(self, now_s: float) -> float:
        """Return the seconds until a request may start, 0 if it may start now."""
        return max(0.0, self._open_s - now_s)

    def start(self, now_s: float) -> Departure:
        """Start a request."""
        if self._epoch_start_s is None:
            self._epoch_start_s = now_s
        self._let_through += 1
        self._open_s = max(self._open_s, now_s + self.gap_s)
        return Departure(now_s, self._epoch)

    def accept(self, departure: Departure) -> None:
        """Note that a request was answered."""
        if departure.epoch == self._epoch:
            self.gap_s *= _QUICKER

    def refuse(self, departure: Departure, now_s: float, wait_s: float) -> None:
        """Note that a request was refused, and that the server wants no other for *wait_s*."""
        share = _KEPT_SHARE ** (self._epoch - departure.epoch)
        self._let_through = max(0.0, self._let_through - share)
        self.hold(now_s, wait_s)
        if departure.epoch == self._epoch:
            self._time_s += self._open_s - (self._epoch_start_s or 0.0)
            self._epoch += 1
            self.gap_s = self._time_s / max(self._let_through, 1.0)
            self._let_through *= _KEPT_SHARE
            self._time_s *= _KEPT_SHARE
            self._epoch_start_s = self._open_s
        elif self._let_through > 0:
            self.gap_s = self._time_s / max(self._let_through, _KEPT_SHARE)

    def hold(self, now_s: float, wait_s: float) -> None:
        """Start nothing for *wait_s*; this says nothing about the pace."""
        self._open_s = max(self._open_s, now_s + wait_s)
