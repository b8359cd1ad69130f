"""Locks files against other programs, where the system can do that."""

from __future__ import annotations

import os


def lock_file(descriptor: int, *, waits: bool = False) -> bool:
    """Lock an open file until it is closed; return False if another program has locked it, unless this one *waits*."""
    if os.name == "nt":  # its locks are of another kind
        return True
    import fcntl

    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | (0 if waits else fcntl.LOCK_NB))
    except BlockingIOError:
        return False
    except OSError:  # a file system without locks
        return True
    return True
