"""Handles the project file: `.chat.toml` in the working directory, ignored until `chat trust`.

A directory may come from anyone, so its file must not decide where text and keys are sent or what is run: it may set
only defaults.model, defaults.system and defaults.temperature. Trust is bound to path and content, and exactly the
hashed bytes are parsed. Parent directories are not searched.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Literal

from chatcli.errors import ConfigError
from chatcli.files.own import AppDirs
from chatcli.files.private_json import DurableRecords
from chatcli.language import N_, _
from chatcli.records import field, frozen
from chatcli.settings.layers import Layer, check_entry
from chatcli.settings.toml import entries, parse_toml, read_file

NAME = ".chat.toml"
SOURCE = N_("project file .chat.toml")


@frozen
class Project:
    """The project file of a directory; *layer* is empty unless *state* is "trusted"."""

    state: Literal["absent", "untrusted", "changed", "trusted"]
    layer: Layer = field(default_factory=lambda: Layer("project"))

    @property
    def notice(self) -> str:
        """The notice for the user, empty if there is none."""
        match self.state:
            case "untrusted":
                return _("{file} is ignored: it is not trusted", file=NAME)
            case "changed":
                return _("{file} is ignored: it changed after you trusted it", file=NAME)
            case _:
                return ""


def trust_ledger(where: AppDirs) -> DurableRecords:
    """Return the list of accepted files."""
    return DurableRecords(where.trusted, N_("the list of trusted files"), frozenset({"sha256"}))


def read_project(directory: Path, ledger: DurableRecords) -> Project:
    """Return the project file of *directory*. Raises ConfigError if it is trusted but invalid."""
    path = directory / NAME
    if not _is_file(path):
        return Project("absent")
    # Checked before the file is opened: an untrusted file, whatever it is, must not even cause an error.
    accepted = ledger.read().get(os.path.realpath(path))
    if accepted is None:
        return Project("untrusted")
    data = read_file(path) or b""
    if accepted["sha256"] != _digest(data):
        return Project("changed")
    return Project("trusted", _layer(data, path))


def trust_project(directory: Path, ledger: DurableRecords) -> Layer:
    """Accept the current project file of *directory*, and return its layer.

    Raises ConfigError, without accepting it, if there is no such file or it sets something forbidden.
    """
    path = directory / NAME
    data = read_file(path)
    if data is None:
        raise ConfigError(_("there is no {file} in {directory}", file=NAME, directory=directory))
    layer = _layer(data, path)
    for entry in layer.entries:
        check_entry(entry, layer)
    ledger.add(os.path.realpath(path), sha256=_digest(data))
    return layer


def _is_file(path: Path) -> bool:
    try:
        return path.is_file()
    except OSError:  # the directory cannot be searched
        return False


def _layer(data: bytes, path: Path) -> Layer:
    return Layer("project", tuple(entries(parse_toml(data, path=path), source=SOURCE)), data.decode("utf-8-sig"))


def _digest(data: bytes) -> str:
    from hashlib import sha256  # most directories have no such file

    return sha256(data).hexdigest()
