"""No more requests start in a minute, and run at once, than a provider allows; and each gets its turn."""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier, Event, Lock, Thread

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chatcli.api.rate_limiter import WINDOW_S, RateLimiter, RateLimits, SlidingWindow

PATIENCE_S = 10  # before a test that hangs is called hung


class FakeClock:
    """A clock that moves when someone waits, and remembers the waits."""

    def __init__(self) -> None:
        self.now_s = 1000.0
        self.waits: list[float] = []
        self._lock = Lock()

    def __call__(self) -> float:
        return self.now_s

    def wait(self, seconds: float) -> None:
        with self._lock:
            self.waits.append(seconds)
            self.now_s += seconds


def most_in_any_minute(starts: Sequence[tuple[float, int]]) -> tuple[int, int]:
    """Return the most starts, and the most tokens, that one window of a minute holds."""
    counts, sums = [0], [0]
    for begin, _ in starts:
        inside = [tokens for at, tokens in starts if begin <= at and at < begin + WINDOW_S]
        counts.append(len(inside))
        sums.append(sum(inside))
    return max(counts), max(sums)


def run_all(pacer: RateLimiter, clock: FakeClock, requests: Sequence[int]) -> list[tuple[float, int]]:
    starts = []
    for tokens in requests:
        with pacer.acquire(tokens, clock=clock, wait=clock.wait):
            starts.append((clock.now_s, tokens))
    return starts


REQUESTS = st.lists(st.tuples(st.floats(0, 50), st.integers(0, 40)), max_size=30)


@given(REQUESTS, st.integers(1, 5), st.integers(1, 60))
def test_no_minute_holds_more_than_is_allowed(requests: list[tuple[float, int]], rpm: int, tpm: int) -> None:
    clock, pacer = FakeClock(), RateLimiter(RateLimits(rpm=rpm, tpm=tpm))
    starts: list[tuple[float, int]] = []

    for pause_s, tokens in requests:
        clock.now_s += pause_s
        with pacer.acquire(tokens, clock=clock, wait=clock.wait):
            starts.append((clock.now_s, tokens))

    count, tokens_used = most_in_any_minute(starts)
    assert count <= rpm
    assert tokens_used <= max([tpm, *(tokens for _, tokens in starts)])  # one above the limit goes alone


@given(REQUESTS, st.integers(1, 5), st.integers(1, 60))
def test_no_request_waits_longer_than_the_limits_make_it(requests: list[tuple[float, int]], rpm: int, tpm: int) -> None:
    """Starting a moment earlier would break a limit: the wait is the shortest there is."""
    window, now_s = SlidingWindow(RateLimits(rpm=rpm, tpm=tpm)), 0.0
    starts: list[tuple[float, int]] = []

    for pause_s, tokens in requests:
        now_s += pause_s
        wait_s = window.next_slot(now_s, tokens)
        if wait_s > 0.01:
            early = [(at, used) for at, used in starts if at + WINDOW_S > now_s + wait_s - 0.005]
            used = sum(used for _, used in early)
            assert len(early) + 1 > rpm or (used and used + tokens > tpm)
        now_s += wait_s
        while (rest_s := window.next_slot(now_s, tokens)) > 0:
            now_s += rest_s
        window.start(now_s, tokens)
        starts.append((now_s, tokens))


def test_window_slides_and_does_not_begin_anew_each_minute() -> None:
    clock, pacer = FakeClock(), RateLimiter(RateLimits(rpm=2))

    begin_s = clock.now_s
    starts = []
    for pause_s in (0, 50, 0, 0):
        clock.now_s += pause_s
        with pacer.acquire(clock=clock, wait=clock.wait):
            starts.append(clock.now_s - begin_s)

    assert starts == [0, 50, 60, 110]


def test_wait_that_ends_early_is_taken_up_again() -> None:
    """The time that counts is the one after waiting, not the one before it."""
    clock, pacer = FakeClock(), RateLimiter(RateLimits(rpm=1))
    told: list[float] = []

    def doze(seconds: float) -> None:
        clock.wait(min(seconds, 25))

    for _ in range(2):
        pacer.acquire(clock=clock, wait=doze, on_wait=told.append).release()

    assert told == [60, 35, 10]
    assert clock.now_s == 1060


def test_without_limits_nobody_waits() -> None:
    clock = FakeClock()

    run_all(RateLimiter(RateLimits()), clock, [10**9] * 50)

    assert clock.waits == []


def test_request_above_the_limit_of_tokens_goes_alone() -> None:
    clock = FakeClock()

    starts = run_all(RateLimiter(RateLimits(tpm=100)), clock, [40, 500, 40])

    assert [at - 1000 for at, _ in starts] == [0, 60, 120]


def test_tokens_count_as_the_server_counted_them() -> None:
    clock, pacer = FakeClock(), RateLimiter(RateLimits(tpm=100))

    for estimate, counted in ((90, 10), (80, 100), (1, 1)):
        with pacer.acquire(estimate, clock=clock, wait=clock.wait) as slot:
            slot.settle(counted)

    assert clock.waits == [60]


@pytest.mark.parametrize("name", ["rpm", "tpm", "concurrency"])
def test_limits_under_which_nothing_starts_are_refused(name: str) -> None:
    with pytest.raises(ValueError, match=f"{name} is 0; it must be at least 1"):
        RateLimits(**{name: 0})


def test_slot_is_given_back_once() -> None:
    clock, pacer = FakeClock(), RateLimiter(RateLimits(concurrency=1))

    with pacer.acquire(clock=clock, wait=clock.wait) as slot:
        slot.release()
    first = pacer.acquire(clock=clock, wait=clock.wait)
    second = Thread(target=lambda: pacer.acquire(clock=clock, wait=clock.wait).release())
    second.start()
    second.join(0.05)

    assert second.is_alive()
    first.release()
    second.join(PATIENCE_S)
    assert not second.is_alive()


def test_slot_is_given_back_after_an_error() -> None:
    clock, pacer = FakeClock(), RateLimiter(RateLimits(concurrency=1))

    def fail() -> None:
        with pacer.acquire(clock=clock, wait=clock.wait):
            raise RuntimeError

    for _ in range(2):
        with pytest.raises(RuntimeError):
            fail()


def test_as_many_run_at_once_as_are_allowed_and_no_more() -> None:
    clock, pacer, lock = FakeClock(), RateLimiter(RateLimits(concurrency=3)), Lock()
    inside: list[int] = []
    most: list[int] = []
    three = Barrier(3)  # no one passes it alone, so three must be inside together

    def work(number: int) -> None:
        with pacer.acquire(clock=clock, wait=clock.wait):
            with lock:
                inside.append(number)
                most.append(len(inside))
            three.wait(PATIENCE_S)
            with lock:
                inside.remove(number)

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(work, range(30), timeout=PATIENCE_S))

    assert max(most) == 3


@given(st.integers(1, 4), st.lists(st.integers(0, 9), min_size=1, max_size=12))
def test_starts_of_many_threads_keep_to_the_minute(rpm: int, requests: list[int]) -> None:
    """The time of a start is taken inside the door, where no other thread can move the clock."""
    clock, pacer = FakeClock(), RateLimiter(RateLimits(rpm=rpm))
    seen: list[float] = []

    def read_clock() -> float:
        seen.append(clock.now_s)
        return clock.now_s

    def work(tokens: int) -> None:
        pacer.acquire(tokens, clock=read_clock, wait=clock.wait).release()

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(work, requests, timeout=PATIENCE_S))

    assert sum(clock.waits) == pytest.approx(WINDOW_S * ((len(requests) - 1) // rpm))
    assert len(seen) <= len(requests) + len(clock.waits)  # no one looks at the clock for nothing


def test_large_request_is_not_overtaken() -> None:
    """Small ones that would fit stand behind a large one that does not yet."""
    clock, pacer = FakeClock(), RateLimiter(RateLimits(tpm=100))
    order: list[int] = []
    waiting, go = Event(), Event()

    def hold(seconds: float) -> None:
        waiting.set()
        go.wait(PATIENCE_S)
        clock.wait(seconds)

    def ask(tokens: int) -> None:
        with pacer.acquire(tokens, clock=clock, wait=hold):
            order.append(tokens)

    ask(50)
    large, small = Thread(target=ask, args=(90,)), Thread(target=ask, args=(5,))
    large.start()
    assert waiting.wait(PATIENCE_S)
    small.start()
    small.join(0.05)
    assert order == [50]
    go.set()
    large.join(PATIENCE_S)
    small.join(PATIENCE_S)

    assert order == [50, 90, 5]


def test_one_who_gives_up_makes_room_for_the_next() -> None:
    clock, pacer = FakeClock(), RateLimiter(RateLimits(rpm=1))

    def give_up(seconds: float) -> None:
        raise KeyboardInterrupt

    pacer.acquire(clock=clock, wait=clock.wait).release()
    with pytest.raises(KeyboardInterrupt):
        pacer.acquire(clock=clock, wait=give_up)
    pacer.acquire(clock=clock, wait=clock.wait).release()

    assert clock.waits == [60]
