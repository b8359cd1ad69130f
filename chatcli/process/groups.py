"""Signals to a child program and all that it has started: it must be the leader of a process group of its own."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from contextlib import suppress


def interrupt_group(process: subprocess.Popen[bytes]) -> None:
    """Ask the group of *process* to end, as Ctrl+C does; a group that has ended is left alone."""
    _signal_group(process, signal.SIGINT)


def kill_group(process: subprocess.Popen[bytes]) -> None:
    """End the group of *process* at once; a group that has ended is left alone."""
    _signal_group(process, getattr(signal, "SIGKILL", signal.SIGTERM))


def _signal_group(process: subprocess.Popen[bytes], number: int) -> None:
    with suppress(OSError):
        if sys.platform == "win32":
            process.kill()
        else:
            os.killpg(process.pid, number)
