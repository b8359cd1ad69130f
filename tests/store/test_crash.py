"""Programs are killed at any moment, start at the same moment, and write side by side; nothing promised is lost."""

from __future__ import annotations

import random
import signal
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from tests.store.conftest import Shelf
from tests.support.fork_server import ForkServer
from tests.support.program import Running, environment, unmeasured
from tests.support.program import start as start_program

KILLS = 100
TURNS = 10  # of each of eight programs, a commit or more each: a slow disk makes seconds of them, and a lock waits ten


@pytest.fixture(scope="module")
def writers(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ForkServer]:
    """Programs that write to a store, in processes of their own."""
    home = tmp_path_factory.mktemp("writers")
    with ForkServer(environment(home, unmeasured()), home, "tests.store.writer") as server:
        yield server


def start(writers: ForkServer, path: Path, id: str, turns: int) -> Running:
    return start_program(str(path), id, str(turns), home=path.parents[1], program=writers)


def release(*programs: Running) -> None:
    """Let all write from the same moment on."""
    for program in programs:
        program.wait_for(lambda it: it.stdout_bytes == b"ready 0\n")
    for program in programs:
        program.write("\n")


def wait_for_promises(program: Running, count: int) -> None:
    program.wait_for(lambda it: it.stdout_bytes.count(b"\n") > count)


def test_a2_a_hundred_kills_lose_nothing_that_was_promised(shelf: Shelf, writers: ForkServer) -> None:
    """Each program is killed after a random number of lines, wherever it is by then."""
    chance = random.Random(3)
    for number in range(KILLS):
        id = f"{number:04}"
        with start(writers, shelf.path, id, 50) as program:
            release(program)
            wait_for_promises(program, chance.randint(1, 8))
            program.signal(signal.SIGKILL)
            lines = program.wait().stdout.splitlines()
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
def test_h86_eight_programs_start_at_once_and_write_side_by_side(
    shelf: Shelf, writers: ForkServer, is_old: bool
) -> None:
    if is_old:
        shelf.keep("01A0", "a", "A")
        shelf.database.close()

    with ExitStack() as stack:
        programs = [stack.enter_context(start(writers, shelf.path, f"{number:04}", TURNS)) for number in range(8)]
        release(*programs)
        ends = [program.wait(timeout_s=60) for program in programs]

    assert [(end.stderr, end.exit_code) for end in ends] == [("", 0)] * 8
    for number in range(8):
        assert len(shelf.texts(f"{number:04}")) == 2 * TURNS
