"""Prepares the process once at start-up, and for its end."""

from __future__ import annotations

import _signal  # type: ignore[import-not-found]  # `signal` without its enumerations, which a Tab does without
import gc
import os
import sys


def leave_silently_on_interrupt() -> None:
    """Let Ctrl+C end the program at once, like any other, until there is something to clean up."""
    if _signal.getsignal(_signal.SIGINT) is _signal.default_int_handler:
        _signal.signal(_signal.SIGINT, _signal.SIG_DFL)


def set_private_umask() -> None:
    """Make files created from now on readable only by their owner."""
    os.umask(0o077)


def forbid_core_dumps() -> None:
    """Disable core dumps, because the memory of this process contains keys."""
    if sys.platform != "win32":
        import resource

        hard = resource.getrlimit(resource.RLIMIT_CORE)[1]
        # One byte is too small for a core file, and also stops Linux from piping the memory to a program: core(5).
        resource.setrlimit(resource.RLIMIT_CORE, (min(1, hard) if hard != resource.RLIM_INFINITY else 1, hard))


def skip_httpx_command() -> None:
    """Keep httpx from importing its own command line, with click, rich and Pygments, where these are installed."""
    sys.modules.setdefault("httpx._main", None)  # type: ignore[arg-type]  # how Python says: not to be imported


def enable_collector() -> None:
    """Turn garbage collection on after start-up, excluding the objects that exist already."""
    gc.freeze()
    gc.enable()


def collect_startup() -> None:
    """Give back the memory that start-up left behind, and exclude from collection what exists by now."""
    gc.unfreeze()
    gc.collect()
    gc.freeze()


def prepare_exit() -> None:
    """Spare the exit a last search for garbage: the system takes the memory back anyway, and it takes 4 to 7 %."""
    gc.freeze()
