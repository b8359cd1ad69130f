"""Gathers the layers from where they stand and resolves them: what a command calls first."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from chatcli.errors import ConfigError, Remedy
from chatcli.files.own import AppDirs, expand_user
from chatcli.records import frozen
from chatcli.settings.environment import CONFIG, environment_layer
from chatcli.settings.layers import Layer, Resolved, SettingEntry, resolve_settings
from chatcli.settings.presets import Presets
from chatcli.settings.toml import entries, parse_toml, read_file
from chatcli.settings.trust import Project, read_project, trust_ledger


@frozen
class SettingsSources:
    """Where a command is run: its environment, its directories, and the providers it knows."""

    env: Mapping[str, str]
    dirs: AppDirs
    directory: Path
    presets: Presets


@frozen
class LoadedSettings:
    """The settings in force, and the *layers* they came from, in the order in which they count.

    *project* tells about a project file that may have been passed over.
    """

    resolved: Resolved
    project: Project
    layers: tuple[Layer, ...] = ()


def load_settings(around: SettingsSources, *, flags: tuple[SettingEntry, ...] = ()) -> LoadedSettings:
    """Return the settings in force. Raises ConfigError for whatever is wrong with any of the layers."""
    environment = environment_layer(around.env, presets=around.presets)
    project = read_project(around.directory, trust_ledger(around.dirs))
    layers = (Layer("flag", flags), environment, project.layer, user_layer(around))
    return LoadedSettings(resolve_settings(layers), project, layers)


def with_flags(loaded: LoadedSettings, flags: tuple[SettingEntry, ...]) -> LoadedSettings:
    """Return *loaded* with more *flags*, which count less than those it has; nothing is read again."""
    first, *others = loaded.layers
    layers = (Layer(first.name, (*first.entries, *flags)), *others)
    return LoadedSettings(resolve_settings(layers), loaded.project, layers)


def config_file(around: SettingsSources) -> Path:
    """Return the user's settings file, which may not exist."""
    named = around.env.get(CONFIG, "")
    return expand_user(named, around.env) if named else around.dirs.config_file


def user_layer(around: SettingsSources) -> Layer:
    """Return what the user's file sets. Raises ConfigError for a file that cannot be read, or is named and missing."""
    path = config_file(around)
    data = read_file(path, guarded=True)  # it names commands to run
    if data is not None:
        return Layer("user", tuple(entries(parse_toml(data, path=path), source=path.name)))
    if around.env.get(CONFIG):
        what = f"environment {CONFIG} names {path}, which does not exist"
        raise ConfigError(what, hint=Remedy("write_settings"))
    return Layer("user")
