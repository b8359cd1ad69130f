"""Words file errors from the system: the file, the reason, and what helps."""

from __future__ import annotations

import errno
import os
from pathlib import Path
from typing import Literal, TypeAlias

from chatcli.errors import ConfigError
from chatcli.language import N_, _
from chatcli.text.phrases import shorten_middle

FileAction: TypeAlias = Literal["read", "write", "create", "use", "chmod"]

_MOST_LETTERS = 1000  # of a name in a message; some systems take 4096
_FAILURES: dict[FileAction, str] = {
    "read": N_("cannot read {path}: {reason}"),
    "write": N_("cannot write {path}: {reason}"),
    "create": N_("cannot create {path}: {reason}"),
    "use": N_("cannot use {path}: {reason}"),
    "chmod": N_("cannot change the permissions of {path}: {reason}"),
}
_NAME_HINTS = {
    errno.ENOENT: N_("check the name"),
    errno.ENOTDIR: N_("check the name"),
    errno.EISDIR: N_("choose a file"),
}
_HINTS = {
    errno.EACCES: N_("change the permissions of the file or its folder"),
    errno.EPERM: N_("change the permissions of the file or its folder"),
    errno.ELOOP: N_("its symbolic links form a loop: remove one"),
    errno.ENAMETOOLONG: N_("use a shorter name"),
    errno.ENOSPC: N_("free some disk space"),
    errno.EDQUOT: N_("free some disk space"),
    errno.EFBIG: N_("raise the file size limit"),
    errno.EROFS: N_("choose a writable folder"),
    errno.EMFILE: N_("raise the limit on open files"),
    errno.ENFILE: N_("try again later"),
    errno.EIO: N_("check the disk"),
    errno.ENOMEM: N_("quit other programs"),
    errno.ESTALE: N_("remount the file system"),
}


def shown_path(path: str | bytes | Path | int | None) -> str:
    """Return the name of a file as it is shown: the middle of a very long one is left out."""
    return shorten_middle(os.fsdecode(path) if isinstance(path, bytes) else str(path), _MOST_LETTERS)


def file_error(action: FileAction, path: str | bytes | Path | int, error: OSError | ValueError) -> ConfigError:
    """Return that *path* cannot be used; *action* is the attempt. A ValueError is about its name."""
    if isinstance(error, OSError):
        known = _HINTS | (_NAME_HINTS if action == "read" else {})  # chat itself chose the path that it writes to
        reason, hint = _reason(error), known.get(error.errno or 0, "")
    else:  # a NUL, or half a character
        reason, hint = _("invalid file name"), N_("check the name")
    return ConfigError(_(_FAILURES[action], path=shown_path(path), reason=reason), hint=_(hint) or None)


def system_error(error: OSError) -> ConfigError:
    """Return the refusal of the system, for callers that do not know the attempt."""
    if error.filename is not None:
        return file_error("use", error.filename, error)
    hint = _HINTS.get(error.errno or 0, "")
    return ConfigError(_("the system reports: {reason}", reason=_reason(error)), hint=_(hint) or None)


def _reason(error: OSError) -> str:
    from chatcli.text.system_errors import system_reason  # in most runs nothing fails

    return system_reason(error)
