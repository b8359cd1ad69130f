"""`chat ask` and a conversation judge every response alike; `python -m tests.tooling.surfaces` tries all of them."""

from __future__ import annotations

from pathlib import Path

from tests.support.surfaces import differences, situations

SAMPLE = 16


def test_both_surfaces_judge_alike(tmp_path: Path) -> None:
    names = list(situations())

    assert [*differences(names[:: len(names) // SAMPLE], tmp_path)] == []
