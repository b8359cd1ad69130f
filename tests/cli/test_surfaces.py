"""`chat ask` and a conversation judge every response alike; `python -m tests.tooling.surfaces` tries all of them."""

from __future__ import annotations

from pathlib import Path

from tests.support.forks import Forks
from tests.support.surfaces import differences, situations

SAMPLE = 16


def test_both_surfaces_judge_alike(forks: Forks, tmp_path: Path) -> None:
    names = list(situations())

    assert [*differences(names[:: len(names) // SAMPLE], forks, tmp_path)] == []
