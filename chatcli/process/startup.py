"""What is settled once, as the process begins."""

from __future__ import annotations

import gc
import os


def set_private_umask() -> None:
    """Make every file that is created from now on readable by its owner alone."""
    os.umask(0o077)


def enable_collector() -> None:
    """Begin to look for garbage, but not among what is there: the start is over, and what it made stays."""
    gc.freeze()
    gc.enable()
