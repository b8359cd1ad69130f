"""Finds the files that the names of attachments mean: by path, by pattern, or by likeness."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from chatcli.errors import ConfigError
from chatcli.files.foreign import ForeignReader
from chatcli.files.own import expand_user, is_regular
from chatcli.records import frozen
from chatcli.request.attachment_sources import source_of
from chatcli.text.patterns import pattern
from chatcli.text.similar import similar

_ESCAPED = pattern(r"\\(.)")
_LIKE = 0.65  # the similarity of `scr` to `src`, and of `notes` to `notes.txt`


@frozen
class FileNames:
    """Names are relative to *directory*; *environ* gives the home directory."""

    directory: Path
    environ: Mapping[str, str]
    reader: ForeignReader

    def path(self, name: str) -> Path:
        """Return the path that *name* means."""
        return self.directory / expand_user(source_of(name).name, self.environ)

    def exists(self, name: str) -> bool:
        """Return whether the file or folder exists."""
        try:
            return self.reader.kind(self.path(name)) != "missing"
        except ConfigError:  # the name is too long for a file, or contains NUL
            return False

    def unescaped(self, name: str) -> str:
        """Return *name* without backslashes that only a shell would need, if a file has that name."""
        plain = _ESCAPED.sub(r"\1", name)
        return plain if plain != name and not self.exists(name) and self.exists(plain) else name

    def matching(self, pattern: str) -> list[str]:
        """Return the files that match *pattern*, in order of name; none if it is not a pattern."""
        if not is_pattern(pattern):
            return []
        named = expand_user(pattern, self.environ)
        base = Path(named.anchor) if named.is_absolute() else self.directory
        wanted = str(named.relative_to(base)) if named.is_absolute() else pattern
        found = self.reader.ask(named, lambda: sorted(path for path in base.glob(wanted) if may_be_read(path)))
        return [str(path if named.is_absolute() else path.relative_to(base)) for path in found]

    def similar(self, name: str) -> list[str]:
        """Return the likely intended names: *name* with its first missing part corrected."""
        folder, parts = "", name.split("/")
        for index, part in enumerate(parts):
            if not self.exists(f"{folder}{part}" or "/"):
                rest = parts[index + 1 :]
                near = similar(part, self._entries(folder or "."), like=_LIKE)
                return [one for end in near if self.exists(one := "/".join([f"{folder}{end}", *rest]))]
            folder += f"{part}/"
        return []

    def _entries(self, folder: str) -> list[str]:
        path = self.path(folder)
        try:
            return self.reader.ask(path, lambda: sorted(entry.name for entry in path.iterdir()))
        except ConfigError:
            return []


def is_pattern(name: str) -> bool:
    """Return whether *name* may stand for several files."""
    return any(mark in name for mark in "*?[")


def may_be_read(path: Path) -> bool:
    """Return whether *path* is a file, or may be one: reading it then raises the reason."""
    try:
        return is_regular(path)
    except OSError:
        return True
