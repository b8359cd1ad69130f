"""Reads files for a model, below one folder. Law: nothing outside of it is read, whatever a path or a link says."""

from __future__ import annotations

import os
from pathlib import Path

from chatcli.errors import ChatError
from chatcli.files.foreign import ForeignReader
from chatcli.language import _
from chatcli.records import frozen
from chatcli.request.piped_text import binary_kind, decode
from chatcli.text.phrases import end_sentence
from chatcli.text.units import format_extent
from chatcli.tools.images import image_result
from chatcli.tools.tool import ToolError, ToolResult

MOST_BYTES = 5_000_000
_MOST_NAMES = 1_000


@frozen
class RootedFolder:
    """The folder *root*; *reader* reads, and refuses what is not a file."""

    root: Path
    reader: ForeignReader

    def read(self, name: str) -> ToolResult:
        """Return the text of the file *name*, an image, or the names in that folder; raises ToolError."""
        path = self._inside(name)
        try:
            match self.reader.kind(path):
                case "missing":
                    raise ToolError(_("There is no file `{name}`.", name=name))
                case "folder":
                    return self.reader.ask(path, lambda: _names(path))
                case "file":
                    data = self.reader.read(path, max_bytes=MOST_BYTES, check=lambda status: _check(path, status))
        except ChatError as error:
            raise ToolError(end_sentence(error.what)) from error
        if image := image_result(data, name):
            return image
        if kind := binary_kind(data):
            raise ToolError(_("`{name}` is not text but binary data ({kind}).", name=name, kind=kind))
        text = decode(data).text
        return f"{name} ({format_extent(text)}):\n{text}"

    def _inside(self, name: str) -> Path:
        """Return the real path of *name*, with every link resolved."""
        root = Path(os.path.realpath(self.root))
        try:
            path = Path(os.path.realpath(root / name))
        except (OSError, ValueError) as error:
            raise ToolError(_("`{name}` is not a path.", name=name)) from error
        if not path.is_relative_to(root):
            raise ToolError(_("`{name}` is outside of the folder that may be read.", name=name))
        return path


def _check(path: Path, status: os.stat_result) -> None:
    """Reject a file that has replaced the one at *path* since its links were resolved."""
    if os.path.realpath(path) != str(path) or not os.path.samestat(path.lstat(), status):
        raise ToolError(_("The file was replaced while it was read."))


def _names(folder: Path) -> str:
    entries = sorted(folder.iterdir())
    names = [f"{entry.name}/" if entry.is_dir() else entry.name for entry in entries[:_MOST_NAMES]]
    more = [f"[{len(entries) - _MOST_NAMES} more]"] if len(entries) > _MOST_NAMES else []
    return "\n".join(names + more)
