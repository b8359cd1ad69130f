"""Collects the layers of settings from their sources and resolves them."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from chatcli.errors import ConfigError, Remedy
from chatcli.files.own import CONFIG, AppDirs, expand_user
from chatcli.language import _
from chatcli.records import frozen
from chatcli.settings.environment import environment_layer
from chatcli.settings.layers import Layer, Resolved, SettingEntry, resolve_settings
from chatcli.settings.presets import Presets
from chatcli.settings.toml import entries, parse_toml, read_file
from chatcli.settings.trust import Project, read_project, trust_ledger


@frozen
class SettingsSources:
    """The sources of settings: environment, directories, and known providers."""

    env: Mapping[str, str]
    dirs: AppDirs
    directory: Path
    presets: Presets


@frozen
class LoadedSettings:
    """The settings in effect, and the *layers* they come from, highest first.

    *project* describes the project file, which may have been ignored.
    """

    resolved: Resolved
    project: Project
    layers: tuple[Layer, ...] = ()


def load_settings(around: SettingsSources, *, flags: tuple[SettingEntry, ...] = ()) -> LoadedSettings:
    """Return the settings in effect. Raises ConfigError if any layer is invalid."""
    environment = environment_layer(around.env, presets=around.presets)
    project = read_project(around.directory, trust_ledger(around.dirs))
    layers = (Layer("flag", flags), environment, project.layer, user_layer(around))
    return LoadedSettings(resolve_settings(layers), project, layers)


def with_flags(loaded: LoadedSettings, flags: tuple[SettingEntry, ...]) -> LoadedSettings:
    """Return *loaded* with more *flags* below its own, without reading files again."""
    first, *others = loaded.layers
    layers = (Layer(first.name, (*first.entries, *flags)), *others)
    return LoadedSettings(resolve_settings(layers), loaded.project, layers)


def config_file(around: SettingsSources) -> Path:
    """Return the user's settings file, which may not exist."""
    named = around.env.get(CONFIG, "")
    return expand_user(named, around.env) if named else around.dirs.config_file


def user_layer(around: SettingsSources) -> Layer:
    """Return the layer of the user's file. Raises ConfigError if it is unreadable, or named explicitly but missing."""
    path = config_file(around)
    data = read_file(path, guarded=True)  # it names commands to run
    if data is not None:
        read = entries(parse_toml(data, path=path), source=path.name)
        return Layer("user", tuple(read), data.decode("utf-8-sig"))
    if around.env.get(CONFIG):
        what = _("environment {variable} names {path}, which does not exist", variable=CONFIG, path=path)
        raise ConfigError(what, hint=Remedy("write_settings"))
    return Layer("user")
