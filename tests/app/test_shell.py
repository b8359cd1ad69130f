"""Commands of the user's shell: shown as they go, ended as a group, and kept."""

from __future__ import annotations

import contextlib
import os
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from chatcli.app.shell import UserShell
from chatcli.errors import UsageError

DEADLINE_S = 10


def shell(**environ: str) -> UserShell:
    return UserShell({"PATH": os.environ["PATH"], "SHELL": "/bin/sh", **environ}, contextlib.nullcontext)


def until(holds: Callable[[], bool]) -> None:
    deadline = time.monotonic() + DEADLINE_S
    while not holds():
        assert time.monotonic() < deadline


@pytest.mark.parametrize(
    ("command", "lines", "ending"),
    [
        ("echo one; echo two >&2", ["one", "two"], ""),
        ("printf 'a\\n\\n  b'", ["a", "", "  b"], ""),
        ("printf '1%%\\r100%%\\r\\nend'", ["100%", "end"], ""),
        ("printf '\\303'; sleep 0.05; printf '\\251\\377'", ["é\N{REPLACEMENT CHARACTER}"], ""),
        ("exit 3", [], "exit status 3"),
        ("kill -9 $$", [], "ended by SIGKILL"),
        ("cat", [], ""),
        ("sleep 60 & echo started", ["started"], ""),
    ],
    ids=["both outputs", "blank lines", "written over", "UTF-8", "status", "signal", "nothing to read", "background"],
)
def test_what_is_shown(command: str, lines: list[str], ending: str) -> None:
    shown: list[str] = []

    assert shell().run(command, shown.append) == ending
    assert shown == lines


def test_output_is_kept_without_its_middle() -> None:
    used = shell()

    used.run("seq 100000", lambda _line: None)

    assert used.last is not None
    assert used.last.command == "seq 100000"
    assert len(used.last.text) < 110_000
    assert used.last.text.startswith("1\n2\n")
    assert used.last.text.endswith("\n100000\n")


def test_ctrl_c_ends_the_command_and_what_it_started(tmp_path: Path) -> None:
    def press(_line: str) -> None:
        raise KeyboardInterrupt

    used = shell()
    command = f"trap '' INT; sleep 600 & echo $! > {tmp_path}/pid; echo ready; wait"

    assert used.run(command, press) == "stopped by you"
    pid = int((tmp_path / "pid").read_text())
    until(lambda: not _is_alive(pid))
    assert used.last is not None
    assert used.last.text == "ready\n"


def _is_alive(pid: int) -> bool:
    """Return whether the process runs; one that has ended may still wait to be collected."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def test_shell_that_is_missing_is_named() -> None:
    with pytest.raises(UsageError, match="/nowhere/sh"):
        shell(SHELL="/nowhere/sh").run("ls", lambda _line: None)
