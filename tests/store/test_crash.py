"""Programs are killed at any moment, start at the same moment, and write side by side; nothing promised is lost."""

from __future__ import annotations

import os
import random
import subprocess
import sys
from pathlib import Path

import pytest

from tests.store.conftest import Shelf
from tests.support.program import ROOT, unmeasured

KILLS = 100
TURNS = 40  # of each of eight programs, a commit or more each: on a slow disk minutes come of many


def start(path: Path, id: str, turns: int) -> subprocess.Popen[str]:
    env = {name: value for name, value in os.environ.items() if name not in unmeasured()}
    return subprocess.Popen(
        [sys.executable, "-m", "tests.store.writer", str(path), id, str(turns)],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, cwd=ROOT, env=env,
    )  # fmt: skip


def release(*programs: subprocess.Popen[str]) -> None:
    """Let all write from the same moment on."""
    for program in programs:
        assert program.stdout
        assert program.stdout.readline() == "ready 0\n"
    for program in programs:
        assert program.stdin
        program.stdin.write("\n")
        program.stdin.flush()


def test_a2_a_hundred_kills_lose_nothing_that_was_promised(shelf: Shelf) -> None:
    """Each program is killed after a random number of lines, wherever it is by then."""
    chance = random.Random(3)
    for number in range(KILLS):
        id = f"{number:04}"
        with start(shelf.path, id, 50) as program:
            release(program)
            assert program.stdout
            lines = [program.stdout.readline() for _ in range(chance.randint(1, 8))]
            program.kill()
        questions = [int(line[2:]) for line in lines if line.startswith("q")]
        answers = [int(line[2:]) for line in lines if line.startswith("a")]

        shelf.library.recover()
        texts = shelf.texts(id) if answers else []
        tree = shelf.library.open(shelf.entry(id)).tree

        assert [text for text in texts if text.startswith("a")][: len(answers)] == [f"a{n}" for n in answers]
        assert {f"q{n}" for n in questions} <= {node.message.text for node in tree.nodes}
        assert not [node for node in tree.nodes if node.message.status == "streaming"]
    assert shelf.database.read("PRAGMA integrity_check")[0][0] == "ok"
    assert shelf.library.damaged() == []


@pytest.mark.parametrize("is_old", [False, True], ids=["no file", "a file"])
def test_h86_eight_programs_start_at_once_and_write_side_by_side(shelf: Shelf, is_old: bool) -> None:
    if is_old:
        shelf.keep("01A0", "a", "A")
        shelf.database.close()

    programs = [start(shelf.path, f"{number:04}", TURNS) for number in range(8)]
    release(*programs)
    ends = [(program.communicate(timeout=60)[1], program.returncode) for program in programs]

    assert ends == [("", 0)] * 8
    for number in range(8):
        assert len(shelf.texts(f"{number:04}")) == 2 * TURNS
