"""Finds the files of the project that the program runs in, and those among them that fit typed letters.

Where there is git, its list counts: tracked files and new ones, without what .gitignore names. Elsewhere the folders
are walked, without what .gitignore names, hidden ones and well-known stores of other programs. Either happens in a
thread, and what is found so far can be searched at any time. A search takes a few milliseconds whatever the size of the
tree: shorter paths are looked at first, and looking ends when enough fit or the time is up.
"""

from __future__ import annotations

import os
import re
import threading
import time
from bisect import bisect_right
from collections.abc import Callable, Iterable, Iterator
from itertools import accumulate, islice
from pathlib import Path
from typing import TYPE_CHECKING

from chatcli.errors import ConfigError
from chatcli.files.gitignore import IgnoreRules, read_rules
from chatcli.process.threads import start_thread
from chatcli.records import frozen

if TYPE_CHECKING:
    import subprocess

FRESH_S = 5.0  # how long a list counts: files come and go while a message is written
_MOST_FILES = 300_000
_ENOUGH = 400  # of one kind of match; nobody reads more of them
_SEARCH_S = 0.008
_CHUNK = 100_000
_READ_BYTES = 1 << 16
_BATCH = 5_000
# No hook or monitor of a foreign repository runs, and nothing in it is written.
_GIT = ("git", "-c", "core.fsmonitor=false", "-c", "core.hooksPath=/dev/null", "ls-files", "-z", "-c", "-o")
_SKIPPED = frozenset({"node_modules", "__pycache__", "venv", "target", "dist", "build"})


@frozen
class _Listing:
    """Paths, shallow and short ones first; *text* holds them in lower case, each between newlines.

    *is_whole* means that there are no others. One text is searched faster than many.
    """

    paths: tuple[str, ...] = ()
    text: str = "\n"
    starts: tuple[int, ...] = ()
    is_whole: bool = False

    def path_at(self, position: int) -> str:
        """Return the path in whose line *position* of the text is."""
        return self.paths[bisect_right(self.starts, position) - 1]


class ProjectFiles:
    """The files below *root*, listed when they are first asked for and again when the list is old."""

    def __init__(self, root: Path | None = None, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._root = root
        self._clock = clock
        self._listing = _Listing()
        self._listed_s: float | None = None
        self._thread: threading.Thread | None = None
        self._has_some = threading.Event()

    def search(self, typed: str, *, most: int, wait_s: float = 0.0) -> list[str]:
        """Return up to *most* paths that fit *typed*, best first; waits for a first list only *wait_s*."""
        self._refresh()
        self._has_some.wait(wait_s)
        return _search(typed, self._listing, most, end_s=time.perf_counter() + _SEARCH_S)

    def _refresh(self) -> None:
        is_old = self._listed_s is None or self._clock() - self._listed_s > FRESH_S
        if is_old and (self._thread is None or not self._thread.is_alive()):
            self._listed_s = self._clock()
            self._thread = threading.Thread(target=self._list, name="files", daemon=True)
            try:
                start_thread(self._thread)
            except ConfigError:  # no room for a thread: paths are completed folder by folder
                self._thread = None

    def _list(self) -> None:
        found: list[str] = []
        for batch in _batches(islice(_paths(self._root or Path()), _MOST_FILES)):
            found += batch
            if not self._listing.is_whole:  # until the first list is whole, a part of it is better than none
                self._listing = _listing(found)
                self._has_some.set()
        self._listing = _listing(found, is_whole=True)
        self._has_some.set()
        self._listed_s = self._clock()


def _search(typed: str, listing: _Listing, most: int, *, end_s: float) -> list[str]:
    folded = typed.casefold()
    if not folded:
        return list(listing.paths[:most])
    found = dict.fromkeys(islice(_holding(folded, listing), _ENOUGH))
    if len(found) < most:
        found |= dict.fromkeys(islice(_in_order(folded, listing, end_s), _ENOUGH))
    return sorted(found, key=lambda path: _rank(path, folded))[:most]


def _holding(folded: str, listing: _Listing) -> Iterator[str]:
    """Yield the paths that hold the letters as they are."""
    position = listing.text.find(folded)
    while position >= 0:
        yield listing.path_at(position)
        line_end = listing.text.find("\n", position)
        position = listing.text.find(folded, line_end) if line_end >= 0 else -1


def _in_order(folded: str, listing: _Listing, end_s: float) -> Iterator[str]:
    """Yield paths that hold the letters in order, until the time is up."""
    fits = re.compile("[^\n]*?".join(map(re.escape, folded)))
    begin = 0
    while begin < len(listing.text) and time.perf_counter() < end_s:
        end = listing.text.find("\n", begin + _CHUNK)
        end = len(listing.text) if end < 0 else end
        for match in fits.finditer(listing.text, begin, end):
            yield listing.path_at(match.start())
        begin = end


def _rank(path: str, folded: str) -> tuple[int, int, str]:
    name = path.casefold()
    base = name.rpartition("/")[2]
    kinds = (base.startswith(folded), name.startswith(folded), folded in base, folded in name)
    return next((place for place, fits in enumerate(kinds) if fits), len(kinds)), len(path), path


def _listing(paths: Iterable[str], *, is_whole: bool = False) -> _Listing:
    by_length = tuple(sorted(paths, key=lambda path: (path.count("/"), len(path), path)))
    lines = [_line(path) for path in by_length]
    starts = tuple(accumulate((len(line) + 1 for line in lines), initial=1))
    return _Listing(by_length, "\n" + "\n".join(lines) + "\n", starts[:-1], is_whole)


def _line(path: str) -> str:
    return path.casefold().replace("\n", " ")


def _batches(paths: Iterable[str]) -> Iterator[list[str]]:
    source, size = iter(paths), _BATCH
    while batch := list(islice(source, size)):
        yield batch
        size *= 4  # each one is sorted with those before


def _paths(root: Path) -> Iterator[str]:
    listed = _listed_by_git(root)
    return _walked(root) if listed is None else listed


def _listed_by_git(root: Path) -> Iterator[str] | None:
    """Return what git lists, None where it does not."""
    import subprocess  # only for those who name a file

    try:
        git = subprocess.Popen(
            [*_GIT, "--exclude-standard", "--deduplicate"],
            cwd=root,
            env={**os.environ, "GIT_OPTIONAL_LOCKS": "0"},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
        )
    except OSError:
        return None
    assert git.stdout is not None
    first = git.stdout.read(_READ_BYTES)
    if first:
        return _names(first, git)
    with git:  # until it has ended
        pass
    return iter(()) if git.returncode == 0 else None


def _names(first: bytes, git: subprocess.Popen[bytes]) -> Iterator[str]:
    """Yield the names that *git* writes, ended by NUL, of which *first* has been read."""
    assert git.stdout is not None
    rest, data = b"", first
    with git:
        while data:
            *names, rest = (rest + data).split(b"\0")
            yield from map(os.fsdecode, names)
            data = git.stdout.read(_READ_BYTES)


def _walked(root: Path) -> Iterator[str]:
    """Yield the files below *root*, folder by folder, without what the .gitignore files on the way leave out."""
    in_force = {"": IgnoreRules()}
    for folder, folders, files in os.walk(root):
        base = Path(folder).relative_to(root).as_posix()
        prefix = "" if base == "." else f"{base}/"
        rules = read_rules(folder, prefix, in_force.pop(prefix))
        folders[:] = [
            name
            for name in sorted(folders)
            if not (name.startswith(".") or name in _SKIPPED or rules.leaves_out(prefix + name, is_folder=True))
        ]
        in_force.update((f"{prefix}{name}/", rules) for name in folders)
        visible = (prefix + name for name in sorted(files) if not name.startswith("."))
        yield from (path for path in visible if not rules.leaves_out(path, is_folder=False))
