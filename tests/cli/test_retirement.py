"""A model that its endpoint is about to retire is named after an answer, once a day, and when it is gone."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from tests.conftest import OpenServer
from tests.support.answers import answer, failure
from tests.support.program import run

DAYS = 24 * 3600


def test_it_is_named_once_a_day_and_not_in_quiet(server: OpenServer, home: Path) -> None:
    ends = time.strftime("%Y-%m-%d", time.gmtime(time.time() + 13 * DAYS))
    model = server(always=answer("Paris"), models=[{"id": "m", "shutdown_date": ends}, "n"])
    at = ("--base-url", model.url)
    run(*at, "models", home=home)

    quiet, first, second, other = (
        run(*at, "ask", *words, "hi", home=home) for words in (["-q", "-m", "m"], ["-m", "m"], ["-m", "m"], ["-m", "n"])
    )

    day = time.strftime("%d %B", time.gmtime(time.time() + 13 * DAYS)).lstrip("0")
    assert [f"`m` is retired on {day}" in ran.stderr for ran in (quiet, first, second, other)] == [
        False,
        True,
        False,
        False,
    ]
    assert {ran.stdout for ran in (quiet, first, second, other)} == {"Paris"}


@pytest.mark.parametrize(
    ("status", "said"),
    [
        (404, "The model `m` does not exist"),
        (400, "The model `m` has been decommissioned"),
        (410, "m is no longer available"),
    ],
)
def test_a_refusal_says_that_it_is_gone_and_what_remains(
    server: OpenServer, home: Path, status: int, said: str
) -> None:
    model = server(failure(status, said), models=[{"id": "m", "shutdown_date": "2026-01-05"}, "n"])
    run("--base-url", model.url, "models", home=home)

    ran = run("--base-url", model.url, "ask", "-m", "m", "hi", home=home)

    assert ran.exit_code == 8
    assert all(word in ran.stderr for word in ("retired on 5 January", "`n`", "list"))
