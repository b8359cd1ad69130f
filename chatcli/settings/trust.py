"""The project file: `.chat.toml` in the working directory, which counts only after `chat trust`.

A directory may come from anybody, so its file may set nothing that decides where text and keys go or what is run: only
defaults.model, defaults.system and defaults.temperature. Trust is bound to the path and to the content; what is parsed
is what was hashed. Parent directories are not searched.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Literal

from chatcli.errors import ConfigError
from chatcli.files.own import AppDirs
from chatcli.files.private_json import DurableRecords
from chatcli.records import field, frozen
from chatcli.settings.layers import Layer, check_entry
from chatcli.settings.toml import entries, parse_toml, read_file

NAME = ".chat.toml"
SOURCE = f"project file {NAME}"


@frozen
class Project:
    """What was found; *layer* is empty unless *state* is "trusted"."""

    state: Literal["absent", "untrusted", "changed", "trusted"]
    layer: Layer = field(default_factory=lambda: Layer("project"))

    @property
    def notice(self) -> str:
        """What the user should hear about it; empty where there is nothing to say."""
        match self.state:
            case "untrusted":
                return f"{NAME} is ignored: it is not trusted"
            case "changed":
                return f"{NAME} is ignored: it has changed since you trusted it"
            case _:
                return ""


def trust_ledger(where: AppDirs) -> DurableRecords:
    """Return the list of accepted files."""
    return DurableRecords(where.trusted, "the list of trusted files", frozenset({"sha256"}))


def read_project(directory: Path, ledger: DurableRecords) -> Project:
    """Return the project file of *directory*. Raises ConfigError when it is trusted, and wrong."""
    path = directory / NAME
    if not _is_file(path):
        return Project("absent")
    # Before the file is opened: one that nobody accepted, whatever it is, must not even cause an error.
    accepted = ledger.read().get(os.path.realpath(path))
    if accepted is None:
        return Project("untrusted")
    data = read_file(path) or b""
    if accepted["sha256"] != _digest(data):
        return Project("changed")
    return Project("trusted", _layer(data, path))


def trust_project(directory: Path, ledger: DurableRecords) -> Layer:
    """Accept the project file of *directory* as it is now, and return what it sets.

    Raises ConfigError, and accepts nothing, when there is no such file or it sets what it may not.
    """
    path = directory / NAME
    data = read_file(path)
    if data is None:
        raise ConfigError(f"there is no {NAME} in {directory}")
    layer = _layer(data, path)
    for entry in layer.entries:
        check_entry(entry, layer.name)
    ledger.add(os.path.realpath(path), sha256=_digest(data))
    return layer


def _is_file(path: Path) -> bool:
    try:
        return path.is_file()
    except OSError:  # the directory may not be looked into
        return False


def _layer(data: bytes, path: Path) -> Layer:
    return Layer("project", tuple(entries(parse_toml(data, path=path), source=SOURCE)))


def _digest(data: bytes) -> str:
    from hashlib import sha256  # most directories have no such file

    return sha256(data).hexdigest()
