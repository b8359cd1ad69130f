"""Child programs that lead a process group of their own, and are signalled together with all that they have started.

The group is not that of the terminal: Ctrl+C reaches it only from here.
"""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Mapping, Sequence
from contextlib import suppress
from typing import TYPE_CHECKING, Protocol

from chatcli.language import _

if TYPE_CHECKING:
    import subprocess


def start_group(
    argv: Sequence[str], environ: Mapping[str, str], *, stdin: int, stderr: int, directory: str | None = None
) -> subprocess.Popen[bytes]:
    """Start a program whose output goes to a pipe; *stdin* and *stderr* are those of `Popen`. Raises OSError."""
    import subprocess  # the worker of tools has no use for it

    return subprocess.Popen(
        argv,
        stdin=stdin,
        stdout=subprocess.PIPE,
        stderr=stderr,
        env=dict(environ),
        cwd=directory,
        start_new_session=True,
        creationflags=getattr(subprocess, "CREATE_NEW_PROCESS_GROUP", 0),  # on Windows
    )


def shell_command(command: str, environ: Mapping[str, str], *, windows: bool | None = None) -> list[str]:
    """Return the arguments that run *command* in the user's shell; *windows* None: as this machine does it."""
    if sys.platform == "win32" if windows is None else windows:
        return [environ.get("COMSPEC") or "cmd.exe", "/c", command]
    return [environ.get("SHELL") or "/bin/sh", "-c", command]


class ChildProcess(Protocol):
    """A program that was started, by whatever library."""

    @property
    def pid(self) -> int:
        """Its number, which is that of its group."""
        ...


def interrupt_group(process: subprocess.Popen[bytes]) -> None:
    """Ask the group of *process* to end, as Ctrl+C does; a group that has ended is left alone."""
    with suppress(OSError):
        if sys.platform == "win32":
            process.send_signal(signal.CTRL_BREAK_EVENT)  # Ctrl+C cannot be sent to one group alone
        else:
            os.killpg(process.pid, signal.SIGINT)


def end_group(process: ChildProcess) -> None:
    """Ask the group of *process* to end, as a system does that shuts down; on Windows nothing can be asked."""
    if sys.platform != "win32":
        with suppress(OSError):
            os.killpg(process.pid, signal.SIGTERM)


def kill_group(process: ChildProcess) -> None:
    """End the group of *process* at once; a group that has ended is left alone."""
    with suppress(OSError):
        if sys.platform == "win32":
            _kill_tree(process.pid)
        else:
            os.killpg(process.pid, signal.SIGKILL)


def kill_own_group() -> None:
    """End this program at once, together with all that it has started."""
    if sys.platform == "win32":
        _kill_tree(os.getpid())
    else:
        os.killpg(0, signal.SIGKILL)


def describe_exit(code: int) -> str:
    """Return how a child ended that returned *code*; "" for success."""
    if code < 0:
        return _("ended by {signal}", signal=signal.Signals(-code).name)
    return _("exit status {code}", code=code) if code else ""


if sys.platform == "win32":

    def _kill_tree(pid: int) -> None:
        """End a process and its descendants; Windows has no signal for a group that cannot be ignored."""
        import subprocess

        subprocess.run(["taskkill", "/F", "/T", "/PID", str(pid)], capture_output=True, check=False)
