"""Finds how fast, and how many at once, a server lets requests through. Pure; times are seconds on a monotonic clock.

A refusal (429, or 503 with a wait) closes the gate until the time that the server names, for all workers at once.
After it, requests start evenly: as far apart as they were let through before, the wait included, because that is the
pace the server allows. Of what was let through before an earlier refusal a quarter counts, so the first burst is soon
forgotten. And no more are under way than the server was answering when it refused, in case it limits their number.

Each answer makes the gaps a little shorter and allows a little more at once, so one bad minute does not slow the whole
run. A request that was under way when the gate closed, and is refused too, tells nothing new about the pace: it only
takes back that it was let through. So a burst of refusals counts as one.
"""

from __future__ import annotations

from math import inf

from chatcli.records import frozen

_KEPT_SHARE = 0.25
_EASED = 0.98  # at 60 a minute, it takes a minute to be three times as fast


@frozen
class Departure:
    """The start of a request; *epoch* counts the refusals before it."""

    at_s: float
    epoch: int


class Pace:
    """Decides when the next request may start; each one that does ends by `accept`, `refuse` or `give_up`."""

    def __init__(self) -> None:
        self.gap_s = 0.0
        self.most_under_way = inf
        self._under_way = 0
        self._open_s = 0.0
        self._epoch = 0
        self._epoch_start_s: float | None = None
        self._let_through = 0.0
        self._time_s = 0.0

    def wait_s(self, now_s: float) -> float:
        """Return the seconds until a request may start: 0 if now, infinity if another has to end first."""
        if self._under_way >= max(1, int(min(self.most_under_way, 1 << 30))):
            return inf
        return max(0.0, self._open_s - now_s)

    def start(self, now_s: float) -> Departure:
        """Start a request."""
        if self._epoch_start_s is None:
            self._epoch_start_s = now_s
        self._under_way += 1
        self._let_through += 1
        self._open_s = max(self._open_s, now_s + self.gap_s)
        return Departure(now_s, self._epoch)

    def accept(self, departure: Departure) -> None:
        """Note that a request was answered."""
        self._under_way -= 1
        if departure.epoch == self._epoch:
            self.gap_s *= _EASED
        self.most_under_way /= _EASED

    def give_up(self) -> None:
        """Note that a request ended in a way that says nothing about the server's limits."""
        self._under_way -= 1

    def refuse(self, departure: Departure, now_s: float, wait_s: float) -> None:
        """Note that a request was refused, and that the server wants no other for *wait_s*."""
        self._under_way -= 1
        self.most_under_way = max(1.0, min(self.most_under_way, self._under_way))
        self._let_through = max(0.0, self._let_through - _KEPT_SHARE ** (self._epoch - departure.epoch))
        self.hold(now_s, wait_s)
        if departure.epoch == self._epoch:
            self._end_epoch()
        elif self._let_through > 0:
            self.gap_s = self._time_s / max(self._let_through, _KEPT_SHARE)

    def hold(self, now_s: float, wait_s: float) -> None:
        """Start nothing for *wait_s*; this says nothing about the pace."""
        self._open_s = max(self._open_s, now_s + wait_s)

    def _end_epoch(self) -> None:
        self._time_s += self._open_s - (self._epoch_start_s or 0.0)
        self._epoch += 1
        self.gap_s = self._time_s / max(self._let_through, 1.0)
        self._let_through *= _KEPT_SHARE
        self._time_s *= _KEPT_SHARE
        self._epoch_start_s = self._open_s
