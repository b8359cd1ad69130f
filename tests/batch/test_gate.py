"""The gate holds all workers back at once, and lets a run end where waiting is of no use."""

from __future__ import annotations

import threading

import pytest

from chatcli.batch.gate import Gate, StoppedWorkerError, is_refusal
from chatcli.errors import QuotaError, RateLimitError, ServerError, ServerReport, UnreachableError

AWAY = UnreachableError("nothing is listening")


class Clock:
    def __init__(self) -> None:
        self.now_s = 100.0

    def __call__(self) -> float:
        return self.now_s


def opened(max_wait_s: float = 60.0) -> tuple[Gate, Clock]:
    clock = Clock()
    return Gate(max_wait_s, clock), clock


def busy(retry_after_s: float | None) -> RateLimitError:
    return RateLimitError("slow down", server=ServerReport(status=429, retry_after_s=retry_after_s))


def test_a_server_that_never_answered_is_not_waited_for() -> None:
    gate, _ = opened()

    with pytest.raises(UnreachableError):
        gate.lose(AWAY)


def test_a_server_that_goes_away_is_waited_for_until_the_limit() -> None:
    gate, clock = opened(max_wait_s=60.0)
    gate.accept(gate.depart())
    waits = 0

    while clock.now_s < 160.0:
        gate.lose(AWAY)
        clock.now_s += gate._pace.wait_s(clock.now_s)
        waits += 1

    assert waits < 10
    with pytest.raises(UnreachableError):
        gate.lose(AWAY)


def test_an_answer_in_between_starts_the_wait_over() -> None:
    gate, clock = opened(max_wait_s=5.0)
    gate.accept(gate.depart())
    for _ in range(10):
        gate.lose(AWAY)
        clock.now_s += 4.0
        gate.accept(gate.depart())

    assert clock.now_s == 140.0


def test_a_wait_longer_than_allowed_is_an_error() -> None:
    gate, _ = opened(max_wait_s=60.0)
    departure = gate.depart()

    with pytest.raises(RateLimitError):
        gate.refuse(departure, busy(61.0))


@pytest.mark.parametrize("wait_s", [None, 1.0, 60.0])
def test_a_server_that_lets_nothing_through_is_not_asked_for_ever(wait_s: float | None) -> None:
    gate, clock = opened(max_wait_s=60.0)

    def ask_for_ever() -> None:
        while True:
            gate.refuse(gate.depart(), busy(wait_s))
            clock.now_s += gate._pace.wait_s(clock.now_s)

    with pytest.raises(RateLimitError):
        ask_for_ever()

    assert 180.0 < clock.now_s - 100.0 < 250.0


def test_refusals_without_a_wait_back_off() -> None:
    gate, clock = opened()
    waits_s = []
    for _ in range(8):
        gate.refuse(gate.depart(), busy(None))
        waits_s.append(gate._pace.wait_s(clock.now_s))
        clock.now_s += waits_s[-1]

    assert waits_s == sorted(waits_s)
    assert waits_s[0] < 1.0 < waits_s[-1] < 30.0


def test_closing_the_gate_ends_every_wait() -> None:
    gate, _ = opened()
    gate.refuse(gate.depart(), busy(50.0))
    ended = []

    def wait(method: str) -> None:
        with pytest.raises(StoppedWorkerError):
            gate.depart() if method == "depart" else gate.sleep(50.0)
        ended.append(method)

    threads = [threading.Thread(target=wait, args=(method,)) for method in ("depart", "sleep")]
    for thread in threads:
        thread.start()
    gate.close()
    for thread in threads:
        thread.join(10.0)

    assert sorted(ended) == ["depart", "sleep"]


@pytest.mark.parametrize(
    ("error", "is_one"),
    [
        (busy(None), True),
        (QuotaError("no credit", server=ServerReport(status=429)), False),
        (ServerError("busy", server=ServerReport(status=503)), True),
        (ServerError("overloaded", server=ServerReport(status=529)), True),
        (ServerError("it broke", server=ServerReport(status=500)), False),
    ],
)
def test_a_refusal_is_what_waiting_mends(error: RateLimitError, is_one: bool) -> None:
    assert is_refusal(error) == is_one
