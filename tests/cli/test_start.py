"""What ends the program: a fault of the world has the name of its file and no code of a bug, and a bug has that."""

from __future__ import annotations

import errno
import os
from io import StringIO

import pytest

from chatcli.cli.start import ErrorGuard
from chatcli.errors import ConfigError, Stopped
from chatcli.output.plain import Notes


def fault(number: int, *names: str) -> OSError:
    return OSError(number, os.strerror(number), *names)


FAULTS: list[tuple[BaseException, int, str]] = [
    (fault(errno.EACCES, "/a/file"), 3, "cannot use /a/file: Permission denied. Change"),
    (fault(errno.ELOOP, "/a/link"), 3, "cannot use /a/link: Too many levels of symbolic links. "),
    (fault(errno.EMFILE), 3, "the system reports: Too many open files. Raise the limit"),
    (fault(errno.ENOMEM, "/a"), 3, "cannot use /a: Cannot allocate memory. "),
    (fault(errno.ENOSPC), 13, "could not be written to stdout: No space left on device"),
    (fault(errno.ENOSPC, "/a/file"), 3, "cannot use /a/file: No space left on device. "),
    (MemoryError(), 3, "there is not enough memory"),
    (ModuleNotFoundError("No module named 'x'"), 3, "the installation of chat is incomplete: No module named 'x'"),
    (ConfigError("as it is"), 3, "as it is"),
    (ZeroDivisionError("division by zero"), 1, "a bug in chat: ZeroDivisionError: division by zero"),
    (KeyboardInterrupt(), 130, ""),
    (Stopped(15), 143, ""),
]


@pytest.mark.parametrize(("error", "code", "words"), FAULTS, ids=[repr(error) for error, _, _ in FAULTS])
def test_every_end_has_its_code_and_its_words(error: BaseException, code: int, words: str) -> None:
    stderr = StringIO()

    with ErrorGuard(lambda: Notes(stderr, str)) as guarded:
        raise error

    assert guarded.code == code
    assert words in stderr.getvalue()
    assert bool(words) == bool(stderr.getvalue())


@pytest.mark.parametrize("code", [None, 0, 5])
def test_what_is_not_raised_has_no_words(code: int | None) -> None:
    stderr = StringIO()

    with ErrorGuard(lambda: Notes(stderr, str)) as guarded:
        guarded.end(code)

    assert (guarded.code, stderr.getvalue()) == (code or 0, "")
