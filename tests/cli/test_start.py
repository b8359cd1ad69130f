"""What ends the program: a fault of the world has the name of its file and no code of a bug, and a bug has that."""

from __future__ import annotations

import errno
import os
from collections.abc import Callable
from io import StringIO

import pytest

from chatcli.cli.start import guard
from chatcli.errors import ConfigError, Stopped
from chatcli.output.plain import Notes


def fault(number: int, *names: str) -> OSError:
    return OSError(number, os.strerror(number), *names)


FAULTS: list[tuple[BaseException, int, str]] = [
    (fault(errno.EACCES, "/a/file"), 3, "cannot use /a/file: Permission denied. Change its permissions"),
    (fault(errno.ELOOP, "/a/link"), 3, "cannot use /a/link: Too many levels of symbolic links. Its links lead"),
    (fault(errno.EMFILE), 3, "the system reports: Too many open files. Raise the limit"),
    (fault(errno.ENOMEM, "/a"), 3, "cannot use /a: Cannot allocate memory. End other programs"),
    (fault(errno.ENOSPC), 13, "could not be written to stdout: No space left on device"),
    (fault(errno.ENOSPC, "/a/file"), 3, "cannot use /a/file: No space left on device. Make room"),
    (MemoryError(), 3, "there is not enough memory"),
    (ModuleNotFoundError("No module named 'x'"), 3, "chat is not installed completely: No module named 'x'"),
    (ConfigError("as it is"), 3, "as it is"),
    (ZeroDivisionError("division by zero"), 1, "a bug in chat: ZeroDivisionError: division by zero"),
    (KeyboardInterrupt(), 130, ""),
    (Stopped(15), 143, ""),
]


@pytest.mark.parametrize(("error", "code", "words"), FAULTS, ids=[repr(error) for error, _, _ in FAULTS])
def test_every_end_has_its_code_and_its_words(error: BaseException, code: int, words: str) -> None:
    stderr = StringIO()

    def act() -> None:
        raise error

    assert guard(act, lambda: Notes(stderr, str)) == code
    assert words in stderr.getvalue()
    assert bool(words) == bool(stderr.getvalue())


@pytest.mark.parametrize("act", [lambda: None, lambda: 0])
def test_what_ends_well_has_no_words(act: Callable[[], int | None]) -> None:
    stderr = StringIO()

    assert (guard(act, lambda: Notes(stderr, str)), stderr.getvalue()) == (0, "")
