"""What is settled once, as the process begins."""

from __future__ import annotations

import gc
import os


def set_private_umask() -> None:
    """Make every file that is created from now on readable by its owner alone."""
    os.umask(0o077)


def forbid_core_dumps() -> None:
    """Let no crash write the memory of this process to a file: keys are in it."""
    try:
        import resource
    except ImportError:  # Windows
        return
    hard = resource.getrlimit(resource.RLIMIT_CORE)[1]
    # One byte is too little for any file, and says to Linux that no program is to be handed the memory either: core(5).
    resource.setrlimit(resource.RLIMIT_CORE, (min(1, hard) if hard != resource.RLIM_INFINITY else 1, hard))


def enable_collector() -> None:
    """Begin to look for garbage, but not among what is there: the start is over, and what it made stays."""
    gc.freeze()
    gc.enable()
