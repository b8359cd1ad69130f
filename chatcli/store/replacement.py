"""Replaces a damaged file with a repaired one, and keeps the damaged one beside it.

A reader sees either the damaged file or the whole repaired one, never none: the new file is complete before it gets
the name. Of programs that find the same damage one repairs it, and the others find it repaired. A program that is
killed meanwhile leaves the damaged file where it was.
"""

from __future__ import annotations

import os
import time
from collections.abc import Sequence
from contextlib import closing, suppress
from pathlib import Path

from chatcli.files.locks import locked_folder
from chatcli.files.own import create_private
from chatcli.records import frozen
from chatcli.store.connection import FileIdentity, identity, journal_of, open_connection
from chatcli.store.migration import migrate
from chatcli.store.salvage import Salvaged, salvage


@frozen
class Replaced:
    """The name that the damaged file has now, and what was saved from it."""

    aside: Path
    salvaged: Salvaged


def replace_damaged(path: Path, seen: FileIdentity | None, steps: Sequence[str], now_s: float) -> Replaced | None:
    """Move the damaged file at *path* aside and put one with all that can be read of it in its place.

    None where *path* does not mean the file *seen* any more, because another program has repaired it. Raises OSError
    or sqlite3.Error if there is no room for the new one; nothing has changed then.
    """
    path = Path(os.path.realpath(path))
    with locked_folder(path.parent):
        if identity(path) != seen:
            return None
        growing = path.with_name(f".{path.name}.{os.urandom(8).hex()}")
        try:
            salvaged = _build(growing, path, steps, now_s)
            aside = _aside(path, now_s)
            _keep(path, aside)
            growing.replace(path)
        finally:
            for left in (growing, journal_of(growing)):
                left.unlink(missing_ok=True)
    return Replaced(aside, salvaged)


def _build(growing: Path, damaged: Path, steps: Sequence[str], now_s: float) -> Salvaged:
    create_private(growing, b"")
    with closing(open_connection(growing)) as target:
        migrate(target, growing, steps, now_s)
        return salvage(damaged, target)


def _aside(path: Path, now_s: float) -> Path:
    stamp = time.strftime("%Y%m%d-%H%M%S", time.localtime(now_s))
    names = (f"{path.name}.corrupt-{stamp}-{os.getpid()}{f'-{n}' if n else ''}" for n in range(1000))
    return next(aside for name in names if not (aside := path.with_name(name)).exists())


def damaged_copies(path: Path) -> list[Path]:
    """Return the damaged files that are kept beside *path*, oldest first."""
    real = Path(os.path.realpath(path))
    return sorted(aside for aside in real.parent.glob(f"{real.name}.corrupt-*") if not aside.name.endswith("-journal"))


def _keep(path: Path, aside: Path) -> None:
    """Give the damaged file its other name, and then what was being written to it when it was left."""
    try:
        os.link(path, aside)
    except OSError:  # a file system without links: the name is free for a moment
        path.rename(aside)
    with suppress(FileNotFoundError):
        journal_of(path).rename(journal_of(aside))
