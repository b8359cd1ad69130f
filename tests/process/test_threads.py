"""Work that should run at once is done whether or not the system gives threads for it."""

from __future__ import annotations

import threading
from functools import partial

import pytest

from chatcli.process.threads import run_at_once


@pytest.fixture(params=["threads", "no threads", "two threads"])
def _allowed(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the system give any number of threads, none, or two."""
    left = {"threads": 99, "no threads": 0, "two threads": 2}[request.param]
    start = threading.Thread.start

    def give(thread: threading.Thread) -> None:
        nonlocal left
        left -= 1
        if left < 0:
            raise RuntimeError("can't start new thread")
        start(thread)

    monkeypatch.setattr(threading.Thread, "start", give)


@pytest.mark.usefixtures("_allowed")
def test_results_come_in_the_order_of_the_work() -> None:
    assert run_at_once([partial(pow, number, 2) for number in range(5)]) == [0, 1, 4, 9, 16]


@pytest.mark.usefixtures("_allowed")
def test_the_first_error_is_raised_once_all_have_ended() -> None:
    done = []

    with pytest.raises(ZeroDivisionError):
        run_at_once([lambda: done.append(1), lambda: 1 / 0, lambda: done.append(2), lambda: int("x")])

    assert sorted(done) == [1, 2]


def test_no_work_gives_no_results() -> None:
    assert run_at_once([]) == []
