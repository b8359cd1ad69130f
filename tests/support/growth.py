"""How the cost of work grows with its size: told from CPU time, on machines that do other things meanwhile."""

from __future__ import annotations

import time
from collections.abc import Callable

TRIES = 6


def is_linear(work: Callable[[int], object], size: int, times: int) -> bool:
    """Return whether *times* the *size* costs nearer to *times* as much than to its square.

    What disturbs a measurement makes it longer, never shorter: so the shortest of some tries counts, and one that is
    short enough ends them. Work that grows with the square stays above the limit, however often it is tried.
    """
    small_s = min(_cost_s(work, size) for _ in range(3))
    large_s = _cost_s(work, size * times)
    for _ in range(TRIES):
        if large_s < small_s * times**1.5:
            return True
        large_s = min(large_s, _cost_s(work, size * times))
    return False


def _cost_s(work: Callable[[int], object], size: int) -> float:
    begun_s = time.thread_time()
    work(size)
    return time.thread_time() - begun_s
