"""Words the errors of the operating system, which Python always gives in English."""

from __future__ import annotations

import errno

from chatcli.language import N_, _

_REASONS = {
    errno.EACCES: N_("Permission denied"),
    errno.ECONNREFUSED: N_("Connection refused"),
    errno.EDQUOT: N_("Disk quota exceeded"),
    errno.EFBIG: N_("File too large"),
    errno.EEXIST: N_("File exists"),
    errno.EIO: N_("Input/output error"),
    errno.EISDIR: N_("Is a directory"),
    errno.ELOOP: N_("Too many levels of symbolic links"),
    errno.EMFILE: N_("Too many open files"),
    errno.ENAMETOOLONG: N_("File name too long"),
    errno.ENFILE: N_("Too many open files in system"),
    errno.ENOENT: N_("No such file or directory"),
    errno.ENOEXEC: N_("Exec format error"),
    errno.ENOMEM: N_("Cannot allocate memory"),
    errno.ENOSPC: N_("No space left on device"),
    errno.ENOTDIR: N_("Not a directory"),
    errno.EPERM: N_("Operation not permitted"),
    errno.EPIPE: N_("Broken pipe"),
    errno.EROFS: N_("Read-only file system"),
    errno.ESTALE: N_("Stale file handle"),
    errno.ETIMEDOUT: N_("Connection timed out"),
}


def system_reason(error: BaseException) -> str:
    """Return why the system refused, in the user's language; an error without a number speaks for itself."""
    said: str = getattr(error, "strerror", None) or str(error) or type(error).__name__
    number = getattr(error, "errno", None) or 0
    return _(_REASONS.get(number, said))
