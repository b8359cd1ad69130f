"""A run that is killed, and the next one in events: programs read them, and are told what was left."""

from __future__ import annotations

import json
import shutil
import signal
from pathlib import Path
from typing import Any

import pytest

from tests.acceptance.dialogue import sent, stored
from tests.acceptance.test_hangs import never
from tests.conftest import Chat, OpenServer
from tests.support.answers import answer, chunk, failure, sse, stream_head
from tests.support.program import Ran
from tests.support.server import Server, Sleep, Step

ASK = ("ask", "--json", "-m", "m", "--no-stdin")


def events(printed: bytes) -> list[dict[str, Any]]:
    """Return the events; every line must be one."""
    return [json.loads(line) for line in printed.decode().splitlines()]


@pytest.fixture(scope="module")
def crashed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home in which a run was killed a second after the first words of its answer: those are promised."""
    home = tmp_path_factory.mktemp("crashed") / "home"
    home.mkdir(mode=0o700)
    script: list[Step] = [
        stream_head(),
        sse(chunk("Par"), done=False),
        Sleep(1.3),
        sse(chunk("is"), done=False),
        never(),
    ]
    with Server(script) as scripted, Chat(home).start(*ASK, "France?", server=scripted) as running:
        running.wait_for(lambda it: b'"is"' in it.stdout_bytes)
        running.signal(signal.SIGKILL)
        ran = running.wait()
    assert [event["type"] for event in events(ran.stdout_bytes)] == ["start", "delta", "delta"]
    return home


@pytest.fixture
def killed(crashed: Path, home: Path) -> Chat:
    """The program after the crash, in a home of its own."""
    shutil.copytree(crashed, home, dirs_exist_ok=True)
    return Chat(home)


def ends_once(ran: Ran, kind: str) -> bool:
    """Return whether the last event, and no other, is an end, and of this kind."""
    kinds = [event["type"] for event in events(ran.stdout_bytes)]
    return kinds[-1] == kind and sum(kinds.count(end) for end in ("done", "error")) == 1


def test_the_next_run_goes_on_with_what_came_and_says_so_beside_the_events(server: OpenServer, killed: Chat) -> None:
    scripted = server(answer("Rome"))

    ran = killed("-c", *ASK, "Italy?", server=scripted)

    assert ran.exit_code == 0
    assert ends_once(ran, "done")
    assert sent(scripted)[0] == "France?"
    assert sent(scripted)[1].startswith("Par")
    assert sent(scripted)[-1] == "Italy?"
    assert "“France?” was interrupted" in ran.stderr
    assert ran.stderr.count("\n") == 1
    assert [status for (status,) in stored(killed.home, "SELECT status FROM message WHERE role = 'assistant'")] == [
        "incomplete",
        "complete",
    ]


def test_a_next_run_that_fails_ends_with_one_error(server: OpenServer, killed: Chat) -> None:
    ran = killed("-c", *ASK, "Italy?", server=server(failure(400, "no")))

    assert ran.exit_code == 8
    assert ends_once(ran, "error")
    assert events(ran.stdout_bytes)[-1]["exit_code"] == 8


def test_a_new_chat_has_nothing_of_what_was_left(server: OpenServer, killed: Chat) -> None:
    scripted = server(answer("Rome"))

    ran = killed(*ASK, "Italy?", server=scripted)

    assert (ran.exit_code, ran.stderr, sent(scripted)) == (0, "", ["Italy?"])
    assert ends_once(ran, "done")


def test_what_was_left_is_told_once(server: OpenServer, killed: Chat) -> None:
    told = [killed("-c", *ASK, line, server=server(answer("Rome"))).stderr for line in ("Italy?", "Spain?")]

    assert ["interrupted" in each for each in told] == [True, False]
