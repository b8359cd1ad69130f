"""Computes the attributes of a terminal's line; pure, and quick to import: the first line needs it before all else."""

from __future__ import annotations

import sys

if sys.platform != "win32":
    import termios

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, TypeAlias

    Attributes: TypeAlias = list[Any]  # as `termios.tcgetattr` gives them

_INPUT, _OUTPUT, _LOCAL, _CHARACTERS = 0, 1, 3, 6  # places in them
if sys.platform != "win32":
    # Without it Ctrl+C would throw away what the terminal has not shown yet: the end of a frame.
    _KEEPS_OUTPUT = termios.NOFLSH
    # What makes one key of another, or a stop of Ctrl+S: a pending Enter must still be one for the next reader.
    _NO_KEY = b"\xff" if sys.platform == "darwin" else b"\0"  # _POSIX_VDISABLE
    # A program that crashed may have left it out, and rows would then begin where the last one ended.
    _RETURNS = termios.OPOST | termios.ONLCR
    _ALTERED_KEYS = termios.ICRNL | termios.INLCR | termios.IGNCR | termios.IXON


def silent(before: Attributes, *, signals: bool = True) -> Attributes:
    """Return *before* changed so that keys are not echoed and arrive one by one, and each row begins at the left edge.

    Without *signals* Ctrl+C and Ctrl+Z are ordinary keys as well. Ctrl+\\ always is: it would end the program
    with a core dump, for a slip of the finger. So are Ctrl+S, which would freeze the screen, and Ctrl+O and Ctrl+V,
    which IEXTEN gives a meaning to.
    """
    changed = [*before[:_CHARACTERS], list(before[_CHARACTERS])]
    if sys.platform != "win32":
        changed[_LOCAL] &= ~(termios.ECHO | termios.ICANON | termios.IEXTEN)
        changed[_LOCAL] |= _KEEPS_OUTPUT
        changed[_OUTPUT] |= _RETURNS
        changed[_INPUT] &= ~_ALTERED_KEYS
        if not signals:
            changed[_LOCAL] &= ~termios.ISIG
        changed[_CHARACTERS][termios.VMIN], changed[_CHARACTERS][termios.VTIME] = 1, 0
        changed[_CHARACTERS][termios.VQUIT] = _NO_KEY
    return changed


def echoed(before: Attributes, *, is_on: bool) -> Attributes:
    """Return *before* with echo and line mode, or without them: in line mode Ctrl+D ends a file that is never read.

    Without, Enter stays the key that it is, and Ctrl+\\ ends nothing; others who read find it as it usually is.
    """
    changed = [*before[:_CHARACTERS], list(before[_CHARACTERS])]
    if sys.platform != "win32":
        lines = termios.ECHO | termios.ICANON
        changed[_OUTPUT] |= _RETURNS
        changed[_LOCAL] = changed[_LOCAL] | lines if is_on else changed[_LOCAL] & ~lines | _KEEPS_OUTPUT
        if is_on:
            changed[_INPUT] |= termios.ICRNL
            if changed[_CHARACTERS][termios.VQUIT] == _NO_KEY:
                changed[_CHARACTERS][termios.VQUIT] = b"\x1c"
        else:
            changed[_INPUT] &= ~_ALTERED_KEYS
            changed[_CHARACTERS][termios.VQUIT] = _NO_KEY
            changed[_CHARACTERS][termios.VMIN], changed[_CHARACTERS][termios.VTIME] = 1, 0
    return changed


def mute(before: Attributes) -> Attributes:
    """Return *before* changed so that keys are not echoed, and nothing else."""
    changed = [*before]
    if sys.platform != "win32":
        changed[_LOCAL] = changed[_LOCAL] & ~termios.ECHO | _KEEPS_OUTPUT
    return changed
