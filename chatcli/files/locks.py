"""Locks files against other programs, where the system can do that."""

from __future__ import annotations

import os


def lock_file(descriptor: int) -> bool:
    """Lock an open file until it is closed; return False if another program has locked it."""
    if os.name == "nt":  # its locks are of another kind
        return True
    import fcntl

    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    except OSError:  # a file system without locks
        return True
    return True
