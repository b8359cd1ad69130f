"""The gate through which all workers of a batch send: a `Pace` shared by threads, and an end to every wait."""

from __future__ import annotations

import time
from collections.abc import Callable
from threading import Condition

from chatcli.api.retry import backoff_s
from chatcli.batch.pace import Departure, Pace
from chatcli.errors import ChatError, QuotaError, RateLimitError, UnreachableError
from chatcli.records import field, mutable

_LOOK_S = 1.0  # a closed gate is looked at again after this time at the latest
_MAX_DOUBLINGS = 4
_MAX_WAITS = 3


class StoppedWorkerError(Exception):
    """The run ends: nothing more is sent."""


@mutable
class Gate:
    """Lets requests start at the pace of the server; *max_wait_s* is the longest wait that the user allows.

    A server that cannot be reached after it has answered is waited for, by all workers, until *max_wait_s* is over.
    *has_succeeded* says whether any answer was not a failure.
    """

    max_wait_s: float
    clock: Callable[[], float] = time.monotonic
    is_closed: bool = False
    has_succeeded: bool = False
    _pace: Pace = field(default_factory=Pace)
    _changed: Condition = field(default_factory=Condition)
    _refused_in_a_row: int = 0
    _refused_since_s: float | None = None
    _lost_since_s: float | None = None
    _has_answered: bool = False

    def depart(self) -> Departure:
        """Wait until a request may start, and start it; raises StoppedWorkerError once the gate is closed."""
        with self._changed:
            while not self.is_closed:
                now_s = self.clock()
                wait_s = self._pace.wait_s(now_s)
                if wait_s <= 0:
                    return self._pace.start(now_s)
                self._changed.wait(min(wait_s, _LOOK_S))
        raise StoppedWorkerError

    def accept(self, departure: Departure, *, is_success: bool = True) -> None:
        """Note that the server took a request, and whether it answered it."""
        with self._changed:
            self.has_succeeded = self.has_succeeded or is_success
            self._pace.accept(departure)
            self._refused_in_a_row, self._refused_since_s = 0, None
            self._lost_since_s, self._has_answered = None, True
            self._changed.notify()

    def refuse(self, departure: Departure, error: ChatError) -> None:
        """Close the gate for as long as the server asks.

        Raises *error* if that is longer than allowed, or if the server has let nothing through for several such waits.
        """
        with self._changed:
            asked_s, now_s = error.server.retry_after_s, self.clock()
            self._refused_since_s = now_s if self._refused_since_s is None else self._refused_since_s
            is_hopeless = now_s - self._refused_since_s > _MAX_WAITS * self.max_wait_s
            if is_hopeless or (asked_s is not None and asked_s > self.max_wait_s):
                raise error
            wait_s = asked_s or backoff_s(min(self._refused_in_a_row, _MAX_DOUBLINGS), chance=0.0)
            self._refused_in_a_row += 1
            self._pace.refuse(departure, now_s, wait_s)
            self._changed.notify()

    def lose(self, error: UnreachableError) -> None:
        """Close the gate for a moment; raises *error* if the server has been away for too long, or never answered."""
        with self._changed:
            now_s = self.clock()
            self._pace.give_up()
            self._changed.notify()
            self._lost_since_s = now_s if self._lost_since_s is None else self._lost_since_s
            away_s = now_s - self._lost_since_s
            if not self._has_answered or away_s >= self.max_wait_s:
                raise error
            self._pace.hold(now_s, min(max(away_s, 1.0), self.max_wait_s - away_s))

    def sleep(self, seconds: float) -> None:
        """Wait for *seconds*; raises StoppedWorkerError if the gate is closed meanwhile."""
        with self._changed:
            if self._changed.wait_for(lambda: self.is_closed, seconds):
                raise StoppedWorkerError

    def close(self) -> None:
        """End every wait."""
        with self._changed:
            self.is_closed = True
            self._changed.notify_all()


def is_refusal(error: ChatError) -> bool:
    """Return whether the server turned a request away unread, because there are too many."""
    return (isinstance(error, RateLimitError) and not isinstance(error, QuotaError)) or error.server.status in (
        503,
        529,
    )
