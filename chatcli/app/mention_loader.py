"""Reads the files that a draft names with `@`, and reports names that are probably mistyped."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from chatcli.app.attachment_loader import AttachmentLoader
from chatcli.errors import UsageError
from chatcli.language import N_, _
from chatcli.records import frozen, replace
from chatcli.request.attachment_sources import source_of
from chatcli.request.attachments import Attachment
from chatcli.request.mentions import mentions, pasted_names
from chatcli.text.draft import Draft
from chatcli.text.similar import ask_whether

_MEANT_OR_TEXT = N_("{question} @@{name} sends it as text")
_IS_TEXT = N_("@@{name} sends it as text")


@frozen
class MentionLoader:
    """Reads files through *loader*."""

    loader: AttachmentLoader

    def load(self, draft: Draft) -> list[Attachment]:
        """Return the files and resources that *draft* names, each once; a name that resembles none is ordinary text.

        Raises UsageError for a name close to a file's or in an existing folder, and for any URL that is not an image's.
        """
        found: dict[Path, list[Attachment]] = {}
        loader = replace(self.loader, fetch=None)  # a mention in passing must not open a connection
        for readings in mentions(draft):
            name = self._meant(readings)
            if name is not None and self.loader.names.path(name) not in found:
                found[self.loader.names.path(name)] = loader.file(name)
        return [attachment for attachments in found.values() for attachment in attachments]

    def pasted_files(self, draft: Draft) -> list[str]:
        """Return the names of files that were pasted behind a typed `@`, which attaches nothing."""
        found = (self._existing(readings) for readings in pasted_names(draft))
        return list(dict.fromkeys(name for name in found if name))

    def _existing(self, readings: Sequence[str]) -> str | None:
        """Return the longest reading that is the name of a file."""
        files = self.loader.names
        return next(filter(files.exists, map(files.unescaped, sorted(readings, key=len, reverse=True))), None)

    def _meant(self, readings: Sequence[str]) -> str | None:
        """Return the reading that names a file or URL, None if the mention is ordinary text."""
        name, files = min(readings, key=len), self.loader.names
        if source_of(name).kind != "path":
            return name
        if there := self._existing(readings):
            return there
        if self.loader.names_resource(name):
            return name
        folder, slash, _last = name.rpartition("/")
        if (near := files.similar(name)) or (slash and files.exists(folder or "/")):
            meant = ask_whether([f'"{one}"' if " " in one else one for one in near], form="@{}")
            hint = _(_MEANT_OR_TEXT if meant else _IS_TEXT, question=meant, name=name)
            raise UsageError(_("no such file: {name}", name=name), kept=_("nothing was sent"), hint=hint)
        return None
