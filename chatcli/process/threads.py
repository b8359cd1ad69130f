"""Threads of this process, which the system may refuse as it may refuse anything."""

from __future__ import annotations

from threading import Thread

from chatcli.errors import ConfigError


def start_thread(thread: Thread) -> Thread:
    """Start *thread* and return it; raises ConfigError where the system refuses another one."""
    try:
        thread.start()
    except RuntimeError as error:
        raise ConfigError("the system cannot start another thread", hint="quit other programs") from error
    return thread
