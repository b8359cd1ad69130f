"""The console of Windows, whose modes stand for the line attributes of other systems' terminals."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager

# https://learn.microsoft.com/windows/console/setconsolemode
_LINES, _ECHO = 0x0002, 0x0004  # of input; echo needs lines
_PROCESSED, _SEQUENCES = 0x0001, 0x0004  # of output


def echoing_mode(mode: int, *, is_on: bool) -> int:
    """Return the input *mode* with echo and line editing, or without them; Ctrl+C stays what it is."""
    return mode | _LINES | _ECHO if is_on else mode & ~(_LINES | _ECHO)


def drawing_mode(mode: int) -> int:
    """Return the output *mode* in which the console obeys control sequences instead of printing them."""
    return mode | _PROCESSED | _SEQUENCES


@contextmanager
def echo(descriptor: int, *, is_on: bool) -> Iterator[None]:
    """Let the console echo what is typed inside, or not; elsewhere, and without a console, do nothing."""
    before = _mode(descriptor)
    if before is None:
        yield
        return
    _set_mode(descriptor, echoing_mode(before, is_on=is_on))
    try:
        yield
    finally:
        _set_mode(descriptor, before)


def obey_sequences(descriptor: int) -> None:
    """Let the console obey control sequences; elsewhere, and without a console, do nothing."""
    before = _mode(descriptor)
    if before is not None:
        _set_mode(descriptor, drawing_mode(before))


def _mode(descriptor: int) -> int | None:
    if sys.platform == "win32":
        import ctypes
        import msvcrt
        from ctypes import wintypes

        mode = wintypes.DWORD()
        handle = wintypes.HANDLE(msvcrt.get_osfhandle(descriptor))
        if ctypes.windll.kernel32.GetConsoleMode(handle, ctypes.byref(mode)):
            return mode.value
    return None


def _set_mode(descriptor: int, mode: int) -> None:
    if sys.platform == "win32":
        import ctypes
        import msvcrt
        from ctypes import wintypes

        handle = wintypes.HANDLE(msvcrt.get_osfhandle(descriptor))
        ctypes.windll.kernel32.SetConsoleMode(handle, wintypes.DWORD(mode))
