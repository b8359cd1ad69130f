"""Remembers that plain `chat` ends at the usual prompt, for a start that has not read the settings yet.

The stamp holds while the settings file is the same by path, size and time, and so is what the environment says of
settings. In a home without settings and without a stamp, which is that of a first start, it holds as well. Anything
else, and any doubt, only means that the prompt comes when all is ready. Which terminal it is decides nothing: only one
that takes no escapes has another prompt, and is not asked about. Quick to import: the first line needs it before all
else.
"""

from __future__ import annotations

import os

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

_DECIDING = ("HOME", "USERPROFILE", "XDG_CONFIG_HOME", "CHAT_CONFIG", "CHAT_PLAIN")
_MOST_BYTES = 10_000
# As `own` opens files: a pipe that stands there is not waited for, and no link is followed.
_FLAGS = os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)


def stamp(environ: Mapping[str, str], settings: str) -> bytes:
    """Return the stamp for *settings*, the absolute path of the settings file, which may not exist."""
    try:
        status = os.stat(settings)  # noqa: PTH116 - pathlib would take longer than all else here
        found = f"{status.st_size} {status.st_mtime_ns} {status.st_ino}"
    except (FileNotFoundError, NotADirectoryError):
        found = "absent"
    said = [f"{name}={environ.get(name, '')!r}" for name in _DECIDING]
    return "\n".join((settings, found, *said)).encode("utf-8", "backslashreplace")


def is_stamped(environ: Mapping[str, str]) -> bool:
    """Return whether the stamp of an earlier start still holds."""
    try:
        file = os.open(_place(environ), _FLAGS)
        try:
            kept = os.read(file, _MOST_BYTES)
        finally:
            os.close(file)
        return kept == stamp(environ, kept.partition(b"\n")[0].decode())
    except FileNotFoundError:
        return _is_untouched(environ)
    except (OSError, ValueError):
        return False


def _is_untouched(environ: Mapping[str, str]) -> bool:
    """Return whether there are no settings, neither in a file nor in the environment."""
    named, home = environ.get("XDG_CONFIG_HOME", ""), environ.get("HOME", "")
    settings = named if named.startswith("/") else f"{home}/.config"
    if not settings.startswith("/") or environ.get("CHAT_CONFIG") or environ.get("CHAT_PLAIN"):
        return False
    return not os.path.lexists(f"{settings}/chatcli/config.toml")


def _place(environ: Mapping[str, str]) -> str:
    """Return where `own.app_dirs` has the stamp, "" where only it can say."""
    named, home = environ.get("XDG_STATE_HOME", ""), environ.get("HOME", "")
    state = named if named.startswith("/") else f"{home}/.local/state"
    return f"{state}/chatcli/prompt" if state.startswith("/") else ""
