from __future__ import annotations

import os
import signal
import subprocess
from pathlib import Path

import pytest

from tests.conftest import Chat, OpenServer
from tests.support.answers import answer
from tests.support.fork_server import starts_alike
from tests.support.program import FRESH, environment


@pytest.mark.parametrize(
    ("words", "stdin"),
    [
        (("--version",), None),
        (("ask", "--no-such-flag"), None),
        (("ask", "-p", "guide", os.fsdecode(b"k\xe9ys")), "grüße\r\n".encode()),
        (("ask", "-p", "guide", "keys"), b"\xff\xfe"),
        (("sessions", "show", "none"), b""),
        (("config", "show"), None),
    ],
    ids=lambda value: " ".join(value).encode(errors="replace").decode() if isinstance(value, tuple) else None,
)
def test_a_fork_leaves_what_an_executed_program_leaves(
    chat: Chat, tmp_path: Path, words: tuple[str, ...], stdin: bytes | None
) -> None:
    assert chat(*words, stdin=stdin, cwd=tmp_path) == chat(*words, stdin=stdin, cwd=tmp_path, program=FRESH)


def test_a_fork_is_ended_by_signals_and_its_code_says_so(chat: Chat, server: OpenServer) -> None:
    scripted = server(always=answer("a"), models=None)
    with chat.start("ask", "-m", "m", server=scripted, stdin=subprocess.PIPE) as running:
        assert running.process.poll() is None
        running.signal(signal.SIGKILL)

        assert running.wait().exit_code == 128 + signal.SIGKILL
        assert running.process.returncode == -signal.SIGKILL


@pytest.mark.parametrize("name", ["PYTHONUTF8", "LANG", "LC_ALL", "LD_PRELOAD", "MALLOC_ARENA_MAX"])
def test_what_python_itself_reads_is_left_to_an_executed_program(home: Path, name: str) -> None:
    env = environment(home)

    assert starts_alike(env, env | {"HOME": "/elsewhere", "NO_COLOR": "1", "TZ": "UTC"})
    assert not starts_alike(env, env | {name: "1"})
    assert not starts_alike(env | {name: "1"}, env)
