"""Files that the user names: read and written where the user is, with known keys masked in what is written."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from chatcli.errors import UsageError
from chatcli.files.own import create_private, expand_user
from chatcli.records import field, frozen
from chatcli.text.redactor import Redactor, Secret


@frozen
class UserFiles:
    """Names are taken from *directory*; *secrets* are the keys known so far, a list that others add to."""

    directory: Path
    environ: Mapping[str, str]
    secrets: list[Secret] = field(default_factory=list)

    def path(self, name: str, *, base: Path | None = None) -> Path:
        """Return the path that *name* means, from *base* or the directory of the run."""
        return (base or self.directory) / expand_user(name, self.environ)

    def exists(self, name: str) -> bool:
        """Tell whether there is such a file or folder."""
        try:
            return self.path(name).exists()
        except OSError:  # no file has so long a name
            return False

    def read_text(self, name: str, *, base: Path | None = None) -> str:
        """Return the text of the file *name*; raises UsageError naming it."""
        path = self.path(name, base=base)
        try:
            return path.read_text(encoding="utf-8-sig")
        except (OSError, ValueError) as error:
            reason = getattr(error, "strerror", None) or "it is not UTF-8 text"
            raise UsageError(f"cannot read {path}: {reason}") from error

    def write_text(self, name: str, text: str) -> str:
        """Write the new file *name* and return its path; raises UsageError, also where it exists already."""
        path = self.path(name)
        try:
            create_private(path, Redactor(self.secrets).redact(text).encode("utf-8", "replace"))
        except FileExistsError as error:
            raise UsageError(f"{path} exists", kept="it was not touched", hint="choose another name") from error
        except OSError as error:
            raise UsageError(f"cannot write {path}: {error.strerror}") from error
        return str(path)
