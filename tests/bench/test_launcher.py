from __future__ import annotations

import os
import sys
import time

import pytest

from tests.bench.launcher import Job, Launcher, Sample


@pytest.fixture(scope="module")
def launcher():
    with Launcher() as launcher:
        yield launcher


def python(launcher: Launcher, code: str, *, drawn: bytes = b"") -> Sample:
    return launcher.run(Job([sys.executable, "-ISc", code], dict(os.environ), drawn))


def test_moments_are_in_order_and_on_this_clock(launcher: Launcher) -> None:
    before = time.monotonic()
    sample = python(launcher, "print('x', flush=True); raise SystemExit(3)")

    assert sample.first_byte_at is not None
    assert before <= sample.started_at < sample.first_byte_at <= sample.ended_at <= time.monotonic()
    assert (sample.output, sample.exit_code) == (b"x\n", 3)
    assert sample.echoed_at is None


def test_work_of_the_program_is_its_cpu_time(launcher: Launcher) -> None:
    idle = python(launcher, "import time; time.sleep(0.2)")
    busy = python(launcher, "import time\nwhile time.process_time() < 0.2: pass")

    assert idle.cpu_s < 0.15
    assert busy.cpu_s >= 0.2


def test_peak_is_that_of_the_program_and_not_of_this_one(launcher: Launcher) -> None:
    ballast = b"x" * 100_000_000

    small = python(launcher, "pass")
    large = python(launcher, "x = b'x' * 40_000_000")

    assert len(ballast) == 100_000_000
    assert small.peak_mb < 25
    assert 35 < large.peak_mb - small.peak_mb < 50


def test_prompt_is_ready_when_a_key_comes_back(launcher: Launcher) -> None:
    code = "import readline, time; time.sleep(0.1); input('name? ')"

    sample = python(launcher, code, drawn=b"name? ")

    assert sample.ready_at is not None
    assert sample.echoed_at is not None
    assert 0.1 < sample.ready_at - sample.started_at <= sample.echoed_at - sample.started_at
    assert sample.output.startswith(b"name? ")


def test_program_without_a_prompt_has_no_moment_of_readiness(launcher: Launcher) -> None:
    sample = python(launcher, "print('bye')", drawn=b"> ")

    assert (sample.ready_at, sample.echoed_at) == (None, None)
    assert b"bye" in sample.output
