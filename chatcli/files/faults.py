"""Words file errors from the system: the file, the reason, and what helps."""

from __future__ import annotations

import errno
import os
from pathlib import Path

from chatcli.errors import ConfigError
from chatcli.text.phrases import shorten_middle

_MOST_LETTERS = 1000  # of a name in a message; some systems take 4096
_NAME_HINTS = {errno.ENOENT: "check the name", errno.ENOTDIR: "check the name", errno.EISDIR: "choose a file"}
_HINTS = {
    errno.EACCES: "change the permissions of the file or its folder",
    errno.EPERM: "change the permissions of the file or its folder",
    errno.ELOOP: "its symbolic links form a loop: remove one",
    errno.ENAMETOOLONG: "use a shorter name",
    errno.ENOSPC: "free some disk space",
    errno.EDQUOT: "free some disk space",
    errno.EFBIG: "raise the file size limit",
    errno.EROFS: "choose a writable folder",
    errno.EMFILE: "raise the limit on open files",
    errno.ENFILE: "try again later",
    errno.EIO: "check the disk",
    errno.ENOMEM: "quit other programs",
    errno.ESTALE: "remount the file system",
}


def shown_path(path: str | bytes | Path | int | None) -> str:
    """Return the name of a file as it is shown: the middle of a very long one is left out."""
    return shorten_middle(os.fsdecode(path) if isinstance(path, bytes) else str(path), _MOST_LETTERS)


def file_error(verb: str, path: str | bytes | Path | int, error: OSError | ValueError) -> ConfigError:
    """Return that *path* cannot be used; *verb* is what was tried, such as read. A ValueError is about its name."""
    if isinstance(error, OSError):
        known = _HINTS | (_NAME_HINTS if verb == "read" else {})  # what is written was named by chat itself
        reason, hint = error.strerror or str(error), known.get(error.errno or 0)
    else:  # a NUL, or half a character
        reason, hint = "invalid file name", "check the name"
    return ConfigError(f"cannot {verb} {shown_path(path)}: {reason}", hint=hint)


def system_error(error: OSError) -> ConfigError:
    """Return what the system refused, for callers that do not know what was attempted."""
    if error.filename is not None:
        return file_error("use", error.filename, error)
    reason = error.strerror or str(error) or type(error).__name__
    return ConfigError(f"the system reports: {reason}", hint=_HINTS.get(error.errno or 0))
