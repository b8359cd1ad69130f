"""A batch that is killed, cut off or out of space is continued by the same command; nothing is lost or paid twice.

`python -m tests.tooling.batches` does the same at length.
"""

from __future__ import annotations

import random
from pathlib import Path

from tests.support.busy_server import BusyServer
from tests.tooling.batches import JOBS, faults, kill_and_continue, run, write_questions

ROWS = 60


def test_a_run_that_is_killed_again_and_again_answers_every_row_once(home: Path) -> None:
    """A row whose answer is in the journal is not asked again; of each run only what was under way is."""
    with BusyServer(delay_s=0.02) as server:
        wrong = kill_and_continue(server, home, rows=ROWS, kills=3, chance=random.Random(5))

    assert wrong == []
    assert ROWS <= server.total <= ROWS + 3 * JOBS


def test_a_network_that_fails_in_the_middle_costs_only_what_was_under_way(home: Path) -> None:
    write_questions(home, ROWS)

    with BusyServer(delay_s=0.01, cut_at=20, cut_s=0.2) as server:
        ran = run(server, home)

    assert ran.returncode == 0, ran.stderr
    assert faults(home, ROWS) == []
    assert server.total <= ROWS + JOBS


def test_a_full_disk_ends_the_run_and_the_next_one_continues_it(home: Path) -> None:
    write_questions(home, ROWS)
    limited = ("bash", "-c", 'ulimit -f 8; exec "$@"', "bash")

    with BusyServer(delay_s=0.01) as server:
        full = run(server, home, prefix=limited)
        asked = server.total
        ended = run(server, home)

    assert full.returncode == 13
    assert "journal" in full.stderr
    assert "again to continue" in full.stderr
    assert 0 < asked < ROWS
    assert ended.returncode == 0, ended.stderr
    assert faults(home, ROWS) == []
    assert server.total <= ROWS + JOBS
