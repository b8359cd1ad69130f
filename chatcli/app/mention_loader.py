"""Reads the files that a draft names with `@`, and reports names that are probably mistyped."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from chatcli.app.attachment_loader import AttachmentLoader
from chatcli.errors import ConfigError, UsageError
from chatcli.records import frozen, replace
from chatcli.request.attachment_sources import source_of
from chatcli.request.attachments import Attachment
from chatcli.request.mentions import mentions
from chatcli.text.draft import Draft
from chatcli.text.similar import ask_whether, similar

_LIKE = 0.65  # the similarity of `scr` to `src`, and of `notes` to `notes.txt`


@frozen
class MentionLoader:
    """Reads files through *loader*."""

    loader: AttachmentLoader

    def load(self, draft: Draft) -> list[Attachment]:
        """Return the files that *draft* names, each once; a name that resembles no file is ordinary text.

        Raises UsageError for a name close to a file's or in an existing folder, and for any URL that is not an image's.
        """
        found: dict[Path, Attachment] = {}
        loader = replace(self.loader, fetch=None)  # a mention in passing must not open a connection
        for readings in mentions(draft):
            name = self._meant(readings)
            if name is not None and self.loader.path(name) not in found:
                found[self.loader.path(name)] = loader.file(name)[0]
        return list(found.values())

    def _meant(self, readings: Sequence[str]) -> str | None:
        """Return the reading that names a file or URL, None if the mention is ordinary text."""
        name = readings[-1]
        if source_of(name) != "path":
            return name
        if there := next(filter(self._is_there, readings), None):
            return there
        folder, slash, _ = name.rpartition("/")
        if (near := self._near(name)) or (slash and self._is_there(folder or "/")):
            meant = ask_whether([f'"{one}"' if " " in one else one for one in near], form="@{}")
            hint = f"{meant} @@{name} sends it as text".lstrip()
            raise UsageError(f"no such file: {name}", kept="nothing was sent", hint=hint)
        return None

    def _is_there(self, name: str) -> bool:
        try:
            return self.loader.reader.kind(self.loader.path(name)) != "missing"
        except ConfigError:  # the name is too long for a file, or contains NUL
            return False

    def _near(self, name: str) -> list[str]:
        """Return the likely intended names: *name* with its first missing part corrected."""
        folder, parts = "", name.split("/")
        for index, part in enumerate(parts):
            if not self._is_there(f"{folder}{part}" or "/"):
                rest = parts[index + 1 :]
                near = similar(part, self._entries(folder or "."), like=_LIKE)
                return [one for end in near if self._is_there(one := "/".join([f"{folder}{end}", *rest]))]
            folder += f"{part}/"
        return []

    def _entries(self, folder: str) -> list[str]:
        path = self.loader.path(folder)
        try:
            return self.loader.reader.ask(path, lambda: sorted(entry.name for entry in path.iterdir()))
        except ConfigError:
            return []
