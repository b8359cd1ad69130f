"""Locks files and folders against other programs, where the system can do that."""

from __future__ import annotations

import math
import os
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from chatcli.files.own import SAFE_FLAGS

_POLL_S = 0.01
# Windows cannot lock folders, and no other program can read a locked byte: so it is one beyond the end of our files.
_WINDOWS_LOCK_FILE = ".lock"
_LOCKED_BYTE = 0x7FFF_FFF0
_HELD = PermissionError if sys.platform == "win32" else BlockingIOError


def lock_file(descriptor: int) -> bool:
    """Lock an open file until it is closed; return False if another program has locked it."""
    try:
        _lock(descriptor)
    except _HELD:
        return False
    except OSError:  # a file system without locks
        return True
    return True


@contextmanager
def locked_folder(folder: Path, *, wait_s: float = math.inf) -> Iterator[None]:
    """Let one program at a time change *folder*; after *wait_s* the other one is taken to be suspended.

    Raises OSError if the folder cannot be opened.
    """
    descriptor = os.open(*lockable(folder, windows=sys.platform == "win32"), 0o600)
    try:
        end_s = time.monotonic() + wait_s
        while not lock_file(descriptor) and time.monotonic() < end_s:
            time.sleep(_POLL_S)
        yield
    finally:
        os.close(descriptor)


def lockable(folder: Path, *, windows: bool) -> tuple[Path, int]:
    """Return what to open, and with which flags, to lock *folder*."""
    if windows:
        return folder / _WINDOWS_LOCK_FILE, os.O_RDWR | os.O_CREAT | SAFE_FLAGS
    return folder, os.O_RDONLY


def _lock(descriptor: int) -> None:
    if sys.platform == "win32":
        import msvcrt

        position = os.lseek(descriptor, 0, os.SEEK_CUR)
        os.lseek(descriptor, _LOCKED_BYTE, os.SEEK_SET)
        try:
            msvcrt.locking(descriptor, msvcrt.LK_NBLCK, 1)
        finally:
            os.lseek(descriptor, position, os.SEEK_SET)
    else:
        import fcntl

        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
