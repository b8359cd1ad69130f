"""Saves settings of a run in the user's settings file."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from chatcli.app.configuration import Configuration
from chatcli.errors import ConfigError, UsageError
from chatcli.language import N_, _
from chatcli.providers.table import PROVIDERS
from chatcli.records import frozen
from chatcli.request.parameters import check_parameter
from chatcli.settings.definition import find_setting
from chatcli.settings.inspection import address_problems, default_provider_problems
from chatcli.settings.layers import Layer, SettingEntry, placed, resolve_settings
from chatcli.settings.names import Name, dotted
from chatcli.settings.settings_file import SettingsFile

_SOURCE = N_("not saved")
_HIGHER = ("environment", "project")


@frozen
class SavedSettings:
    """Where settings were saved, and a note on each that something else overrides."""

    path: str
    overridden: tuple[str, ...] = ()


def save_settings(config: Configuration, values: Mapping[Name, object]) -> SavedSettings:
    """Set *values* in the settings file, and read it again; raises ConfigError if one is invalid."""
    for problem in _provider_problems(config, values):
        raise ConfigError(placed(_(_SOURCE), problem.what.removeprefix(placed(_(_SOURCE), ""))), hint=problem.hint)
    for name, value in _parameters(values):
        try:
            check_parameter(name, value)
        except UsageError as error:
            raise ConfigError(placed(_(_SOURCE), error.what), hint=error.hint) from error
    file = SettingsFile.of(config.sources)
    file.save(values)
    config.reload()
    return SavedSettings(str(file.path), tuple(_overriding(config, values)))


def _provider_problems(config: Configuration, values: Mapping[Name, object]) -> Iterator[ConfigError]:
    """Yield what would be wrong with the providers that *values* name; one without a URL may get it next."""
    entries = (SettingEntry(name, value, _SOURCE) for name, value in values.items() if find_setting(name))
    changed = resolve_settings((Layer("flag", tuple(entries)), *config.loaded.layers))
    if ("defaults", "provider") in values:
        yield from default_provider_problems(changed, config.sources)
    for name in (name[1] for name in values if name[0] == "providers"):
        options = changed.settings.providers.get(name)
        if name in PROVIDERS or (options and options.base_url):
            yield from address_problems(changed, name, config.sources)


def _parameters(values: Mapping[Name, object]) -> Iterator[tuple[str, Any]]:
    """Yield the request parameters among *values*, which the settings only know as tables."""
    for name, value in values.items():
        if name[0] in ("models", "templates") and name[2:3] == ("params",):
            yield from value.items() if isinstance(value, Mapping) and len(name) == 3 else [(name[-1], value)]


def _overriding(config: Configuration, values: Mapping[Name, object]) -> Iterator[str]:
    for name in values:
        for layer in config.loaded.layers:
            if layer.name in _HIGHER and (entry := next((one for one in layer.entries if one.name == name), None)):
                yield _("{source} overrides {setting}", source=_(entry.source), setting=dotted(name))
