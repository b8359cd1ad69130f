"""Opens the input of a batch so that it can be read twice; pipes are copied to a private file."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import BinaryIO

from chatcli.app.user_files import UserFiles
from chatcli.batch.input_file import InputRows
from chatcli.batch.input_kinds import check_beginning, input_format
from chatcli.errors import UsageError
from chatcli.language import _

STDIN = "-"
_SNIFFED_BYTES = 4096
_COPIED_BYTES = 1 << 20


def open_source(name: str, files: UserFiles, stdin: BinaryIO, folder: Callable[[], Path]) -> InputRows:
    """Return the rows of the file *name*; *folder* makes the private folder for a copy."""
    path = files.path(name)

    def open_file() -> BinaryIO:
        return files.reader(is_named=True).open(path)

    if name == STDIN:
        return _rows(_copied(stdin, folder()), "stdin")
    file = open_file()
    if file.seekable():
        file.close()
        return _rows(open_file, name)
    with file:
        return _rows(_copied(file, folder()), name)


def _copied(file: BinaryIO, folder: Path) -> Callable[[], BinaryIO]:
    copy = folder / "input"
    with copy.open("xb") as target:
        shutil.copyfileobj(file, target, _COPIED_BYTES)
    return lambda: copy.open("rb")


def _rows(open_file: Callable[[], BinaryIO], name: str) -> InputRows:
    with open_file() as file:
        beginning = file.read(_SNIFFED_BYTES)
    if not beginning.strip():
        raise UsageError(_("{name} is empty", name=name), kept=_("nothing was sent"))
    form = input_format(name, beginning)
    check_beginning(name, beginning, form)
    return InputRows(open_file, form, name)
