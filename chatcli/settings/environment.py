"""Reads the settings layer of environment variables. An empty variable counts as unset."""

from __future__ import annotations

from collections.abc import Mapping

from chatcli.errors import ConfigError
from chatcli.files.own import CONFIG
from chatcli.language import N_, _
from chatcli.settings.definition import find_setting
from chatcli.settings.kinds import FLAG
from chatcli.settings.language import LANGUAGE
from chatcli.settings.layers import Layer, SettingEntry
from chatcli.settings.names import Name, WrongValueError, dotted, format_for_message
from chatcli.settings.presets import Presets
from chatcli.settings.urls import complete_url

DEBUG = "CHAT_DEBUG"

_SETS: Mapping[str, Name] = {
    "CHAT_PROVIDER": ("defaults", "provider"),
    "CHAT_MODEL": ("defaults", "model"),
    "CHAT_PLAIN": ("ui", "plain"),
    LANGUAGE: ("ui", "language"),
}

_NO_LOG = "CHAT_NO_LOG"

# For the manual: name and meaning, and the setting that fills its place.
VARIABLES: tuple[tuple[str, str, str], ...] = (
    (CONFIG, N_("Path of the settings file, instead of the default"), ""),
    *((variable, N_("Sets {setting}"), dotted(name)) for variable, name in _SETS.items()),
    (_NO_LOG, N_("Do not save chats, like defaults.log = false"), ""),
    (DEBUG, N_("Show tracebacks of errors"), ""),
)


def environment_layer(env: Mapping[str, str], *, presets: Presets) -> Layer:
    """Return the settings from the environment: our own variables, and those that override a provider's address."""
    ours = [
        SettingEntry(name, _read(name, env[variable]), _source(variable))
        for variable, name in _SETS.items()
        if env.get(variable)
    ]
    if env.get(_NO_LOG):
        ours.append(SettingEntry(("defaults", "log"), not _is_wanted(env, _NO_LOG), _source(_NO_LOG)))
    addresses = [
        SettingEntry(
            ("providers", name, "base_url"),
            complete_url(
                env[preset.url_env].strip(), model=preset.base_url if preset.local else "", path=preset.url_env_path
            ),
            _source(preset.url_env),
        )
        for name, preset in presets.items()
        if preset.url_env and env.get(preset.url_env, "").strip()
    ]
    return Layer("environment", (*ours, *addresses))


def is_debug(env: Mapping[str, str]) -> bool:
    """Return whether to show errors with their traceback. Raises ConfigError for an invalid value."""
    return _is_wanted(env, DEBUG)


def _is_wanted(env: Mapping[str, str], variable: str) -> bool:
    text = env.get(variable, "")
    try:
        return bool(text) and bool(FLAG.check(FLAG.from_text(text)))
    except WrongValueError as error:
        what = _(
            "{setting} = {value} {must}", setting=_source(variable), value=format_for_message(text), must=error.must
        )
        raise ConfigError(what) from error


def _read(name: Name, text: str) -> object:
    setting = find_setting(name)
    return setting.about.kind.from_text(text) if setting else text


def _source(variable: str) -> str:
    return _("environment {variable}", variable=variable)
