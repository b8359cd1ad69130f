"""Implements `chat config`: show, get, init, edit, check. Nothing here prints, and nothing contains secrets."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any, TypeVar

from chatcli.errors import ConfigError, Remedy
from chatcli.files.faults import file_error
from chatcli.files.foreign import ForeignReader
from chatcli.files.own import create_private, ensure_private_dir, expand_user, may_exist
from chatcli.language import _
from chatcli.records import frozen
from chatcli.settings.definition import NAMED, SECTIONS, SETTINGS, find_setting
from chatcli.settings.endpoints import GUIDE, MODEL_FILE, locate, unknown_provider
from chatcli.settings.environment import environment_layer, is_debug
from chatcli.settings.example import example
from chatcli.settings.keystore import confirmations, key_store
from chatcli.settings.layers import DEFAULT, Layer, Resolved, placed, problems, resolve_settings, unknown_setting
from chatcli.settings.loading import SettingsSources, config_file, user_layer
from chatcli.settings.names import Name, dotted, split_dotted, to_toml
from chatcli.settings.trust import read_project, trust_ledger
from chatcli.text.redactor import MASK, Redactor

T = TypeVar("T")


@frozen
class SettingRow:
    """One setting in effect, formatted as TOML."""

    key: str
    value: str
    source: str


def list_settings(resolved: Resolved) -> tuple[SettingRow, ...]:
    """Return every setting in effect with its origin; values of headers are masked."""
    return tuple(_row(name, value, resolved) for name, value in _values(resolved))


def read_setting(resolved: Resolved, key: str) -> str:
    """Return the value of the dotted *key*: a string as it is, any other as TOML. Raises ConfigError if unknown."""
    check_key(key)
    name = split_dotted(key)
    setting, given = find_setting(name), resolved.given.get(name)
    value = given.value if given else setting.default if setting else _entry(name, resolved)
    if isinstance(value, str) and "headers" not in name:
        return Redactor(()).redact(value, guess=True)
    return _row(name, value, resolved).value


def check_key(key: str) -> None:
    """Raise ConfigError if *key* is neither a setting, nor an entry of one that is a table, nor a table."""
    name = split_dotted(key)
    table = find_setting(name[:-1])
    is_entry = table is not None and table.default == {}
    if not name or not (find_setting(name) or is_entry or (len(name) == 2 and name[0] in NAMED)):
        raise unknown_setting(name or (key,))


def _entry(name: Name, resolved: Resolved) -> Any:
    table = resolved.given.get(name[:-1])
    return table.value.get(name[-1]) if table else None


def _values(resolved: Resolved) -> Iterator[tuple[Name, Any]]:
    for section in SECTIONS:
        table = getattr(resolved.settings, section)
        stems = [((section, name), table[name]) for name in table] if section in NAMED else [((section,), table)]
        keys = [setting.name[-1] for setting in SETTINGS if setting.name[0] == section]
        yield from (((*stem, key), getattr(options, key)) for stem, options in stems for key in keys)


def _row(name: Name, value: Any, resolved: Resolved) -> SettingRow:
    if "headers" in name:
        value = dict.fromkeys(value, MASK) if isinstance(value, Mapping) else value and MASK
    text = "" if value is None else Redactor(()).redact(to_toml(value), guess=True)
    given = resolved.given.get(name)
    return SettingRow(dotted(name), text, given.source if given else DEFAULT)


def write_example(around: SettingsSources) -> Path:
    """Write the example file to the path of the settings. Raises ConfigError if a file exists."""
    path = Path(os.path.realpath(config_file(around)))  # keeps the user's own symlink
    if not may_exist(path.parent):
        ensure_private_dir(path.parent)
    try:
        create_private(path, example().encode())
    except FileExistsError as error:
        raise ConfigError(_("{path} already exists", path=path), hint=Remedy("edit_settings")) from error
    except OSError as error:
        raise file_error("write", path, error) from error
    return path


def file_to_edit(around: SettingsSources) -> Path:
    """Return the settings file, creating it from the example if there is none."""
    path = config_file(around)
    return path if may_exist(path) else write_example(around)


def check_config(around: SettingsSources) -> tuple[ConfigError, ...]:
    """Return all mistakes in the settings, not only the first."""
    found: list[ConfigError] = []
    layers = [layer for read in _readers(around) if (layer := _tried(read, found))]
    for layer in layers:
        found += problems(layer)
    for look in (
        lambda: is_debug(around.env),
        lambda: key_store(around.dirs).list_keys(),
        lambda: confirmations(around.dirs).ledger.read(),
    ):
        _tried(look, found)
    if not found:
        found += _provider_problems(resolve_settings(layers), around)
    return tuple(found)


def _readers(around: SettingsSources) -> tuple[Callable[[], Layer], ...]:
    return (
        lambda: environment_layer(around.env, presets=around.presets),
        lambda: read_project(around.directory, trust_ledger(around.dirs)).layer,
        lambda: user_layer(around),
    )


def _tried(step: Callable[[], T], found: list[ConfigError]) -> T | None:
    try:
        return step()
    except ConfigError as error:
        found.append(error)
        return None


def _provider_problems(resolved: Resolved, around: SettingsSources) -> Iterator[ConfigError]:
    yield from default_provider_problems(resolved, around)
    for name in resolved.settings.providers:
        yield from address_problems(resolved, name, around)


def default_provider_problems(resolved: Resolved, around: SettingsSources) -> Iterator[ConfigError]:
    """Yield an error if the default provider does not exist."""
    wanted = resolved.settings.defaults.provider
    if wanted not in ("", GUIDE, MODEL_FILE, *resolved.settings.providers, *around.presets):
        yield unknown_provider(wanted, resolved, presets=around.presets)


def address_problems(resolved: Resolved, provider: str, around: SettingsSources) -> Iterator[ConfigError]:
    """Yield what keeps *provider* from being reached: its URL, its dialect, its certificates."""
    found: list[ConfigError] = []
    _tried(lambda: locate(resolved, provider, presets=around.presets), found)
    yield from found
    options = resolved.settings.providers.get(provider)
    if options and options.ca_file:
        yield from _ca_file_problems(f"{dotted(('providers', provider))}.ca_file", options.ca_file, around)


def _ca_file_problems(setting: str, given: str, around: SettingsSources) -> Iterator[ConfigError]:
    try:
        found = ForeignReader().kind(expand_user(given, around.env))
    except ConfigError as error:
        yield ConfigError(placed(setting, error.what), hint=error.hint)
        return
    if found != "file":
        yield ConfigError(placed(setting, _("no such file: {path}", path=given)))
