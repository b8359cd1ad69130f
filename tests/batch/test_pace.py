"""The pace that a server allows is found with few refusals, and used."""

from __future__ import annotations

import heapq
import math
from collections import deque
from typing import Protocol

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chatcli.batch.pace import Departure, Pace

ANSWERED_S, REFUSED_S, BACKOFF_S = 0.5, 0.02, 0.51


class Limiter(Protocol):
    def wait_s(self, now_s: float) -> float:
        """Take a request and return 0, or return the seconds until one would be taken."""
        ...


class FixedWindow:
    def __init__(self, most: int, window_s: float) -> None:
        self.most, self.window_s, self.number, self.count = most, window_s, -1, 0

    def wait_s(self, now_s: float) -> float:
        number = int(now_s // self.window_s)
        self.count = self.count if number == self.number else 0
        self.number = number
        self.count += 1
        return 0.0 if self.count <= self.most else (number + 1) * self.window_s - now_s


class SlidingLog:
    def __init__(self, most: int, window_s: float) -> None:
        self.window_s, self.taken = window_s, deque[float](maxlen=most)

    def wait_s(self, now_s: float) -> float:
        if len(self.taken) < (self.taken.maxlen or 0) or self.taken[0] <= now_s - self.window_s:
            self.taken.append(now_s)
            return 0.0
        return self.taken[0] + self.window_s - now_s


class Bucket:
    def __init__(self, most: int, window_s: float, size: int) -> None:
        self.rate, self.size, self.level, self.at_s = most / window_s, size, float(size), 0.0

    def wait_s(self, now_s: float) -> float:
        self.level = min(self.size, self.level + (now_s - self.at_s) * self.rate)
        self.at_s = now_s
        if self.level < 1:
            return (1 - self.level) / self.rate
        self.level -= 1
        return 0.0


def simulate(server: Limiter, *, jobs: int, rows: int) -> tuple[float, int]:
    """Return how long *rows* take, and how many requests the server refused; its waits are whole seconds."""
    pace, now_s, idle, left, refused = Pace(), 0.0, jobs, rows, 0
    under_way: list[tuple[float, int, Departure, float]] = []
    count = 0
    while left or under_way:
        while idle and left and pace.wait_s(now_s) == 0:
            wait_s = server.wait_s(now_s)
            ends_s = now_s + (REFUSED_S if wait_s else ANSWERED_S)
            count += 1
            heapq.heappush(under_way, (ends_s, count, pace.start(now_s), wait_s))
            idle, left = idle - 1, left - 1
        next_s = under_way[0][0] if under_way else math.inf
        if idle and left:
            next_s = min(next_s, now_s + max(pace.wait_s(now_s), 1e-6))
        now_s = next_s
        while under_way and under_way[0][0] <= now_s:
            _, _, departure, wait_s = heapq.heappop(under_way)
            idle += 1
            if wait_s:
                refused, left = refused + 1, left + 1
                pace.refuse(departure, now_s, wait_s if wait_s == BACKOFF_S else max(1.0, math.ceil(wait_s)))
            else:
                pace.accept(departure)
    return now_s, refused


class Crowded:
    """Answers *most* requests at once, and refuses others without naming a time."""

    def __init__(self, most: int) -> None:
        self.most, self.ends_s = most, list[float]()

    def wait_s(self, now_s: float) -> float:
        self.ends_s = [end_s for end_s in self.ends_s if end_s > now_s + 1e-9]
        if len(self.ends_s) >= self.most:
            return BACKOFF_S
        self.ends_s.append(now_s + ANSWERED_S)
        return 0.0


SERVERS = {
    "fixed window": lambda: FixedWindow(60, 60),
    "sliding window": lambda: SlidingLog(60, 60),
    "bucket of 60": lambda: Bucket(60, 60, 60),
    "bucket of 5": lambda: Bucket(60, 60, 5),
    "bucket of 1": lambda: Bucket(60, 60, 1),
}


@pytest.mark.parametrize("jobs", [1, 4, 32, 100])
@pytest.mark.parametrize("server", SERVERS.values(), ids=SERVERS)
def test_a_limit_of_60_a_minute_is_used_and_hardly_ever_hit(server: type, jobs: int) -> None:
    rows = 600

    took_s, refused = simulate(server(), jobs=jobs, rows=rows)

    assert refused <= jobs + 0.12 * rows
    assert took_s <= 60 * rows / 60 * 1.25


@given(
    st.sampled_from([FixedWindow, SlidingLog]),
    st.integers(5, 200),
    st.integers(5, 60),
    st.integers(1, 64),
)
def test_any_limit_lets_the_run_end_without_a_storm(kind: type, most: int, window_s: int, jobs: int) -> None:
    rows = 3 * most

    took_s, refused = simulate(kind(most, window_s), jobs=jobs, rows=rows)

    assert refused <= jobs + 0.2 * rows + 10
    assert took_s <= 6 * window_s + rows * ANSWERED_S / jobs + 10


@pytest.mark.parametrize("jobs", [4, 8, 32, 100])
@pytest.mark.parametrize("most", [1, 5, 20])
def test_a_server_that_answers_few_at_once_is_kept_busy_and_not_crowded(most: int, jobs: int) -> None:
    rows = 400

    took_s, refused = simulate(Crowded(most), jobs=jobs, rows=rows)

    assert refused <= jobs + 0.2 * rows
    assert took_s <= 1.6 * rows * ANSWERED_S / min(most, jobs) + 20


def test_a_refusal_closes_the_gate_for_everyone_and_a_burst_of_them_counts_once() -> None:
    pace = Pace()
    departures = [pace.start(0.0) for _ in range(32)]
    for departure in departures[:10]:
        pace.accept(departure)

    for departure in departures[10:]:
        pace.refuse(departure, 1.0, 30.0)

    assert pace.wait_s(1.0) == 30.0
    assert pace.wait_s(31.0) == 0.0
    assert pace.gap_s == pytest.approx(31.0 / 10, rel=0.2)


def test_a_run_without_refusals_is_never_slowed() -> None:
    pace = Pace()
    for number in range(1000):
        assert pace.wait_s(number / 1000) == 0.0
        pace.accept(pace.start(number / 1000))
