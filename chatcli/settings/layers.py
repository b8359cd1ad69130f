"""Merges the layers of settings, and records the origin of each value.

Precedence: flag, environment, project file, user file, default. An invalid entry is an error even if a higher layer
overrides it, and the error names layer, key, value and remedy.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from chatcli.errors import ConfigError, Remedy
from chatcli.language import N_, _
from chatcli.records import field, frozen, replace
from chatcli.settings.bindings import bindings_in_force
from chatcli.settings.definition import (
    NAMED,
    SECTIONS,
    SETTINGS,
    Settings,
    find_setting,
    is_table,
)
from chatcli.settings.names import Name, WrongValueError, dotted, format_for_message, split_dotted
from chatcli.settings.option import PRECEDENCE, LayerName
from chatcli.text.phrases import join_words
from chatcli.text.similar import similar

DEFAULT = N_("default")


@frozen
class SettingEntry:
    """One entry of a layer; *source* is for display: "flag --model", "config.toml"."""

    name: Name
    value: object
    source: str


@frozen
class Layer:
    """The entries from one source; of two entries with one name, the first wins.

    *text* is the file that they stand in, "" where there is none.
    """

    name: LayerName
    entries: tuple[SettingEntry, ...] = ()
    text: str = ""

    def place(self, entry: SettingEntry) -> str:
        """Return where *entry* stands, for messages: `config.toml, line 12`."""
        from chatcli.settings.toml_lines import line_of  # few settings have mistakes

        line = line_of(self.text, entry.name) if self.text else None
        source = _(entry.source)
        return _("{source}, line {line}", source=source, line=line) if line else source


@frozen
class Provenance:
    """A validated value with its origin."""

    value: Any
    layer: LayerName
    source: str


@frozen
class Resolved:
    """The settings in effect, and the origin of each non-default value."""

    settings: Settings
    given: Mapping[Name, Provenance] = field(default_factory=dict)

    def source(self, key: str) -> str:
        """Return the origin of the dotted *key*, DEFAULT if it is not set; it is translated where it is shown."""
        given = self.given.get(split_dotted(key))
        return given.source if given else DEFAULT


def resolve_settings(layers: Iterable[Layer]) -> Resolved:
    """Merge *layers*, of which earlier ones win. Raises ConfigError for an invalid entry."""
    given: dict[Name, Provenance] = {}
    read = tuple(layers)
    for layer in read:
        for entry in layer.entries:
            given.setdefault(entry.name, check_entry(entry, layer))
    return Resolved(_with_bindings(_assembled(given), given, read), given)


def problems(layer: Layer) -> Iterator[ConfigError]:
    """Yield the errors in *layer*, entry by entry."""
    for entry in layer.entries:
        try:
            check_entry(entry, layer)
        except ConfigError as error:
            yield error


def check_entry(entry: SettingEntry, layer: Layer) -> Provenance:
    """Return the normalised value of *entry*. Raises ConfigError if it is invalid, or not allowed in *layer*."""
    setting = find_setting(entry.name)
    if setting is None:
        raise unknown_setting(entry.name, source=layer.place(entry))
    if layer.name not in setting.about.by:
        what = _("{setting} cannot be set there", setting=dotted(entry.name))
        raise ConfigError(placed(layer.place(entry), what), hint=_settable(layer.name))
    try:
        return Provenance(setting.about.kind.check(entry.value), layer.name, entry.source)
    except WrongValueError as error:
        what = placed(layer.place(entry), _wrong_value(entry, error))
        raise ConfigError(what, hint=error.hint or None) from error


def _wrong_value(entry: SettingEntry, error: WrongValueError) -> str:
    setting = dotted(entry.name)
    if error.private:
        return _("{setting} {must}", setting=setting, must=error.must)
    value = format_for_message(entry.value)
    return _("{setting} = {value} {must}", setting=setting, value=value, must=error.must)


def parse_setting(key: str, text: str, *, source: str = N_("this run")) -> SettingEntry:
    """Parse and validate one setting; *key* is dotted, *text* as typed by a user: a string with or without quotes."""
    name = split_dotted(key)
    setting, text = find_setting(name), _unquoted(text)
    entry = SettingEntry(name or (key,), setting.about.kind.from_text(text) if setting else text, source)
    check_entry(entry, Layer("flag"))
    return entry


def _unquoted(text: str) -> str:
    """Return what a string in quotes holds, which is how settings are shown; any other text as it is."""
    try:
        value = json.loads(text) if text[:1] == text[-1:] == '"' else text
    except ValueError:
        return text
    return value if isinstance(value, str) else text


def request_params(resolved: Resolved, model: str) -> dict[str, Any]:
    """Return the request parameters set for *model*.

    Within a layer, the model's parameters override [defaults]; across layers, the higher layer wins.
    """
    general = resolved.given.get(("defaults", "temperature"))
    special = resolved.given.get(("models", model, "params"))
    params = {"temperature": general.value} if general else {}
    if not special:
        return params
    if general and PRECEDENCE.index(general.layer) < PRECEDENCE.index(special.layer):
        return {**special.value, **params}
    return {**params, **special.value}


def _assembled(given: Mapping[Name, Provenance]) -> Settings:
    plain: dict[str, dict[str, Any]] = {section: {} for section in SECTIONS if section not in NAMED}
    named: dict[str, dict[str, dict[str, Any]]] = {section: {} for section in NAMED}
    for name, origin in given.items():
        table = named[name[0]].setdefault(name[1], {}) if name[0] in NAMED else plain[name[0]]
        table[name[-1]] = origin.value
    sections: dict[str, Any] = {section: SECTIONS[section](**table) for section, table in plain.items()}
    for section, tables in named.items():
        sections[section] = {name: SECTIONS[section](**table) for name, table in tables.items()}
    return Settings(**sections)


def _with_bindings(settings: Settings, given: Mapping[Name, Provenance], layers: Sequence[Layer]) -> Settings:
    """Return *settings* with the keys in force. Raises ConfigError if they clash."""
    ours = frozenset(name[1] for name in given if name[0] == "bindings")
    enter_sends = settings.ui.enter == "send"
    if not ours and enter_sends:
        return settings

    def where(name: Name) -> str:
        places = (layer.place(entry) for layer in layers for entry in layer.entries if entry.name == name)
        return next(places, _("settings"))

    bindings = bindings_in_force(settings.bindings, enter_sends=enter_sends, given=ours, where=where)
    return replace(settings, bindings=bindings)


def placed(place: str, problem: str) -> str:
    """Return *problem* with the place where it is, which may be unknown."""
    return _("{place}: {problem}", place=place, problem=problem) if place else problem


def unknown_setting(name: Name, *, source: str = "") -> ConfigError:
    """Return the error for an unknown setting. It does not repeat the value, which may be a key."""
    setting = dotted(name)
    if is_table(name):
        what = placed(source, _("{setting} must be a table", setting=setting))
        return ConfigError(what, hint=_("Write [{table}]", table=setting))
    what = placed(source, _("unknown setting {setting}", setting=setting))
    if name[-1] in ("api_key", "key", "apikey", "token"):
        return ConfigError(
            what, hint=(_("name the key's variable with api_key_env"), Remedy("save_key", values={"name": "PROVIDER"}))
        )
    meant = _meant(name)
    return ConfigError(what, hint=_("did you mean {names}?", names=f"`{meant}`") if meant else Remedy("show_settings"))


def _meant(name: Name) -> str:
    """Return the setting that *name* probably means: in another section, or with another spelling."""
    last, stem = name[-1], name[:-1]
    for setting in SETTINGS:
        if setting.name[-1] == last:
            return dotted(setting.name).replace('"*"', "NAME")
    if near := similar(last, _siblings(stem), most=1):
        return dotted((*stem, *near))
    near = similar(dotted(name), [dotted(setting.name) for setting in SETTINGS if "*" not in setting.name], most=1)
    return "".join(near)


def _siblings(stem: Sequence[str]) -> list[str]:
    if not stem:
        return list(SECTIONS)
    return [setting.name[-1] for setting in SETTINGS if setting.name[0] == stem[0]]


def _settable(layer: LayerName) -> str:
    names = [dotted(setting.name) for setting in SETTINGS if layer in setting.about.by]
    return _("A project file can only set {settings}", settings=join_words(names, "and"))
