"""Tells processes apart: a number alone is soon another's, and in containers every program may well be number 1."""

from __future__ import annotations

import os
import sys
from functools import cache
from pathlib import Path


def start_of(pid: int) -> str:
    """Return in which run of the system process *pid* began, and when, as far as the system says it."""
    if sys.platform == "win32":
        return _windows_start(pid)
    try:
        told = Path(f"/proc/{pid}/stat").read_bytes().rpartition(b")")[2].split()
    except OSError:
        return boot_id()
    return f"{boot_id()}/{told[19].decode()}" if len(told) > 19 else boot_id()


@cache
def boot_id() -> str:
    """Return what tells this run of the system from others; empty where the system does not say."""
    if sys.platform == "linux":
        try:
            return Path("/proc/sys/kernel/random/boot_id").read_text(encoding="ascii").strip()
        except (OSError, ValueError):
            return ""
    return ""


def is_running(pid: int) -> bool:
    """Return whether some process has this number; True if it cannot be known."""
    if sys.platform == "win32":  # a signal would end it there
        return bool(_windows_start(pid))
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except (OSError, OverflowError):
        return True  # it belongs to another user
    return True


if sys.platform == "win32":
    import ctypes
    from ctypes import wintypes

    _QUERY = 0x1000  # PROCESS_QUERY_LIMITED_INFORMATION, which is granted for processes of other users too

    def _windows_start(pid: int) -> str:
        """Return when process *pid* was created, in units of 100 ns since 1601; empty if it has ended."""
        kernel = ctypes.WinDLL("kernel32", use_last_error=True)
        kernel.OpenProcess.restype = wintypes.HANDLE
        handle = kernel.OpenProcess(_QUERY, False, pid)
        if not handle:
            return ""
        created, ended, system, user = (wintypes.FILETIME() for _ in range(4))
        try:
            addresses = map(ctypes.byref, (created, ended, system, user))
            known = kernel.GetProcessTimes(wintypes.HANDLE(handle), *addresses)
        finally:
            kernel.CloseHandle(wintypes.HANDLE(handle))
        if not known or ended.dwHighDateTime or ended.dwLowDateTime:
            return ""
        return str(created.dwHighDateTime << 32 | created.dwLowDateTime)
