"""Changes the user's settings file: checked as at start, and written as a whole or not at all.

A file that has a mistake is left untouched. Links are followed, and the file keeps its permissions.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from chatcli.errors import ConfigError, Remedy
from chatcli.files.locks import locked_folder
from chatcli.files.own import AppDirs, ensure_private_dir, may_exist, status_of, write_private
from chatcli.language import N_, _
from chatcli.records import frozen
from chatcli.settings.definition import find_setting
from chatcli.settings.edit import with_values, without
from chatcli.settings.layers import Layer, parse_setting, placed, resolve_settings
from chatcli.settings.loading import SettingsSources, config_file
from chatcli.settings.names import Name, dotted, split_dotted, to_toml
from chatcli.settings.toml import entries, parse_toml, read_file

_BOM = "\ufeff"
_SOURCE = N_("not saved")


@frozen
class SettingsFile:
    """The user's settings file at *path*, which may not exist."""

    path: Path
    dirs: AppDirs

    @classmethod
    def of(cls, around: SettingsSources) -> SettingsFile:
        """Return the file that is read at start, at the end of all links."""
        return cls(Path(os.path.realpath(config_file(around))), around.dirs)

    def save(self, values: Mapping[Name, object]) -> None:
        """Set *values*; raises ConfigError if one is invalid, or cannot be written without other changes."""
        self._rewrite(lambda text: with_values(text, values), values)

    def remove(self, name: Name) -> bool:
        """Remove a setting or a table; return False if the file does not set it."""
        is_set = False

        def change(text: str) -> str | None:
            nonlocal is_set
            is_set = _is_in(text, name, self.path)
            return without(text, name) if is_set else text

        self._rewrite(change, {})
        return is_set

    def _rewrite(self, change: Callable[[str], str | None], values: Mapping[Name, object]) -> None:
        """Replace the text by what *change* makes of it; None means that it cannot be done."""
        with self._locked():
            data = read_file(self.path, guarded=True) or b""
            _check(data, self.path)
            text = data.decode("utf-8-sig")
            changed = change(text)
            if changed is None:
                lines = "; ".join(f"{dotted(name)} = {to_toml(value)}" for name, value in values.items())
                raise ConfigError(
                    _("cannot change {path} without rewriting other parts of it", path=self.path),
                    hint=_("set {settings} there", settings=lines) if lines else Remedy("edit_settings"),
                )
            if changed != text:
                self._write(changed, bom=_BOM * data.startswith(_BOM.encode()))

    def _write(self, text: str, *, bom: str) -> None:
        data = (bom + text).encode()
        _check(data, self.path, source=_SOURCE)
        status = status_of(self.path)
        if status and not (status.st_mode & 0o200 and os.access(self.path, os.W_OK)):
            raise ConfigError(
                _("{path} is read-only", path=self.path), hint=_("change its permissions, or edit where it is made")
            )
        write_private(self.path, data, like=status)

    @contextmanager
    def _locked(self) -> Iterator[None]:
        """Let one program at a time change the file; the folder is locked, as the file itself is replaced."""
        folder = self.path.parent
        if folder == Path(os.path.realpath(self.dirs.config)):  # not a folder that belongs to another program
            ensure_private_dir(folder)
        if not may_exist(folder):
            yield
            return
        with locked_folder(folder):
            yield


def parse_assignment(key: str, text: str) -> tuple[Name, object]:
    """Parse what a user sets: a setting, or one entry of a setting that is a table, such as models.X.params.seed.

    Raises ConfigError if there is no such setting, or it cannot have the value.
    """
    name = split_dotted(key)
    table = find_setting(name[:-1])
    if table and table.default == {}:
        value = table.about.kind.entry_from_text(text)
    else:
        value = parse_setting(key, text, source=_SOURCE).value
    if _has_null(value):
        raise ConfigError(
            placed(_(_SOURCE), _("{setting} contains null, which TOML cannot express", setting=key)),
            hint=_("leave that entry out"),
        )
    return name, value


def _has_null(value: object) -> bool:
    if isinstance(value, Mapping):
        return any(map(_has_null, value.values()))
    return any(map(_has_null, value)) if isinstance(value, list) else value is None


def _check(data: bytes, path: Path, *, source: str = "") -> None:
    """Raise ConfigError for the first mistake in a settings file."""
    read = tuple(entries(parse_toml(data, path=path), source=source or path.name))
    resolve_settings([Layer("user", read, data.decode("utf-8-sig"))])


def _is_in(text: str, name: Name, path: Path) -> bool:
    table: object = parse_toml(text.encode(), path=path)
    for part in name:
        if not isinstance(table, Mapping) or part not in table:
            return False
        table = table[part]
    return bool(name)
