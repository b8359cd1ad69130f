"""Keeps requests within the limits of a provider: per minute, tokens per minute, and concurrent.

The minute is a sliding window on a monotonic clock: in any 60 s, wherever they begin, no more requests start than are
allowed. Requests start in the order in which they asked, so a large one is never overtaken forever by small ones.
No one polls: the first in line sleeps until its time, all others sleep until it is their turn.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from threading import Condition
from types import TracebackType

from chatcli.records import frozen, mutable

WINDOW_S = 60.0


@frozen
class RateLimits:
    """What a provider allows: requests and tokens a minute, requests at once; None means no limit."""

    rpm: int | None = None
    tpm: int | None = None
    concurrency: int | None = None

    def __post_init__(self) -> None:
        """Refuse limits under which nothing could ever start."""
        for name in ("rpm", "tpm", "concurrency"):
            limit = getattr(self, name)
            if limit is not None and limit < 1:
                message = f"{name} is {limit}; it must be at least 1"
                raise ValueError(message)


@mutable
class StartedRequest:
    """When a request started, and how many tokens it counts for."""

    at_s: float
    tokens: int


class SlidingWindow:
    """The starts of the last minute; pure apart from its memory. Times are seconds on one monotonic clock."""

    def __init__(self, limits: RateLimits) -> None:
        self._limits = limits
        self._starts: deque[StartedRequest] = deque()

    def next_slot(self, now_s: float, tokens: int) -> float:
        """Return the seconds until a request of *tokens* may start, 0 when it may start now.

        A request above the limit of tokens could never start; it starts when no other counts against it any more, and
        the server judges.
        """
        while self._starts and self._expiry_s(self._starts[0]) <= now_s:
            self._starts.popleft()
        return max(0.0, self._requests_fit_s() - now_s, self._tokens_fit_s(tokens) - now_s)

    def start(self, now_s: float, tokens: int) -> StartedRequest:
        """Remember a start; its tokens may be corrected once they are known."""
        entry = StartedRequest(now_s, tokens)
        self._starts.append(entry)
        return entry

    def _requests_fit_s(self) -> float:
        rpm = self._limits.rpm
        return 0.0 if rpm is None or len(self._starts) < rpm else self._expiry_s(self._starts[-rpm])

    def _tokens_fit_s(self, tokens: int) -> float:
        if self._limits.tpm is None:
            return 0.0
        room = max(0, self._limits.tpm - tokens)
        fit_s, counted = 0.0, sum(entry.tokens for entry in self._starts)
        for entry in self._starts:
            if counted <= room:
                break
            counted -= entry.tokens
            fit_s = self._expiry_s(entry)
        return fit_s

    @staticmethod
    def _expiry_s(entry: StartedRequest) -> float:
        return entry.at_s + WINDOW_S


class Slot:
    """The right to have one request under way; leaving it as a context manager gives it back."""

    def __init__(self, pacer: RateLimiter, start: StartedRequest) -> None:
        self._pacer = pacer
        self._start = start
        self._released = False

    def settle(self, tokens: int) -> None:
        """Count *tokens*, as the server reported them, in place of the estimate."""
        self._pacer.settle(self._start, tokens)

    def release(self) -> None:
        """Let another request be under way; a second time does nothing."""
        if not self._released:
            self._released = True
            self._pacer.release()

    def __enter__(self) -> Slot:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.release()


class RateLimiter:
    """The door through which the requests to one provider go, from any number of threads.

    with pacer.acquire(1200, clock=monotonic, wait=sleep, on_wait=show) as slot:
        ...
        slot.settle(usage.total)
    """

    def __init__(self, limits: RateLimits) -> None:
        self._limits = limits
        self._is_unlimited = limits == RateLimits()
        self._window = SlidingWindow(limits)
        self._changed = Condition()
        self._line: deque[object] = deque()
        self._under_way = 0

    def acquire(
        self,
        tokens: int = 0,
        *,
        clock: Callable[[], float],
        wait: Callable[[float], object],
        on_wait: Callable[[float], object] | None = None,
    ) -> Slot:
        """Wait for the turn of a request of about *tokens*, and start it.

        *on_wait* is told the seconds before each call of *wait*, which may return early: the time is checked again.
        Whatever *wait* raises ends the waiting and passes through. Without limits there is no queue.
        """
        if self._is_unlimited:
            return Slot(self, StartedRequest(clock(), tokens))
        ticket = object()
        with self._changed:
            self._line.append(ticket)
        try:
            while not isinstance(step := self._step(ticket, tokens, clock), Slot):
                if on_wait is not None:
                    on_wait(step)
                wait(step)
            return step
        finally:
            with self._changed:
                self._line.remove(ticket)
                self._changed.notify_all()

    def settle(self, start: StartedRequest, tokens: int) -> None:
        """Correct the tokens of *start*."""
        if self._is_unlimited:
            return
        with self._changed:
            start.tokens = max(0, tokens)

    def release(self) -> None:
        """Count one request less as being under way."""
        if self._is_unlimited:
            return
        with self._changed:
            self._under_way -= 1
            self._changed.notify_all()

    def _step(self, ticket: object, tokens: int, clock: Callable[[], float]) -> Slot | float:
        """Start the request when it may, or return the seconds it has to wait at the head of the line."""
        with self._changed:
            self._changed.wait_for(lambda: self._is_next(ticket))
            now_s = clock()
            seconds = self._window.next_slot(now_s, tokens)
            if seconds > 0:
                return seconds
            self._under_way += 1
            return Slot(self, self._window.start(now_s, tokens))

    def _is_next(self, ticket: object) -> bool:
        most = self._limits.concurrency
        return self._line[0] is ticket and (most is None or self._under_way < most)
