"""Ends a child program and all that it has started, wherever that has gone.

What leaves the group, by a session of its own, is found in two ways where /proc exists: as a descendant, and by a mark
in its environment, which also a daemon inherits whose parents have ended.
"""

from __future__ import annotations

import os
import signal
from collections.abc import Collection, Iterator, Mapping
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from chatcli.process.groups import kill_group

if TYPE_CHECKING:
    import subprocess

_KILL = getattr(signal, "SIGKILL", signal.SIGTERM)
_MARK = "CHAT_TOOL_CALL"
_MOST_ROUNDS = 20


def new_mark() -> dict[str, str]:
    """Return a variable that marks the environment of one program and of all that it starts."""
    return {_MARK: os.urandom(8).hex()}


def own_mark() -> dict[str, str]:
    """Return the mark that this process was started with."""
    return {name: value for name, value in os.environ.items() if name == _MARK}


def kill_tree(process: subprocess.Popen[bytes], mark: Mapping[str, str]) -> None:
    """End *process*, started with *mark* in its environment, and all that it has started, whatever became of it."""
    kill_marked(mark, process.pid if process.returncode is None else None)  # else its number may be another's
    kill_group(process)


def kill_marked(mark: Mapping[str, str], root: int | None = None) -> None:
    """End the processes with *mark* in their environment and all below them and *root*, but not this process."""
    killed = {os.getpid()}
    for _ in range(_MOST_ROUNDS):  # one may start another before it ends
        if not (found := _descendants({*_marked(mark), *([root] if root else [])}) - killed):
            return
        for number in found:
            with suppress(OSError):
                os.kill(number, _KILL)
        killed |= found


def _marked(mark: Mapping[str, str]) -> Iterator[int]:
    wanted = [f"{name}={value}".encode() for name, value in mark.items()]
    for number in _processes():
        with suppress(OSError):
            environ = Path(f"/proc/{number}/environ").read_bytes().split(b"\0")
            if wanted and all(entry in environ for entry in wanted):
                yield number


def _descendants(roots: Collection[int]) -> set[int]:
    """Return *roots* and the processes below them."""
    parents: dict[int, int] = {}
    for number in _processes() if roots else ():
        with suppress(OSError, ValueError, IndexError):
            # The second field is a name in parentheses, which may contain anything.
            parents[number] = int(Path(f"/proc/{number}/stat").read_bytes().rpartition(b")")[2].split()[1])
    found = {*roots}
    while more := {number for number, parent in parents.items() if parent in found} - found:
        found |= more
    return found


def _processes() -> list[int]:
    try:
        return [int(path.name) for path in Path("/proc").iterdir() if path.name.isdecimal()]
    except OSError:  # not on Linux
        return []
