"""Defines the kinds of setting values: how each is validated, and how it is parsed from text.

A value comes from TOML, or as text from a variable or a command; `from_text` converts text into the TOML value, or
returns it unchanged, and `check` validates it. So both ways share the same rules and messages.
"""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any

from chatcli.language import LANGUAGES, N_, _, language_of
from chatcli.records import frozen
from chatcli.settings.names import WrongValueError
from chatcli.settings.urls import clean_url
from chatcli.text.patterns import pattern
from chatcli.text.phrases import join_words
from chatcli.text.similar import did_you_mean

AUTO = "auto"
_ON, _OFF = ("true", "yes", "on", "1"), ("false", "no", "off", "0")
_VARIABLE = pattern(r"[A-Za-z_][A-Za-z0-9_]*")
_KEY_LIKE = pattern(r"(?=.*[0-9])(?=.*[a-z])[A-Za-z0-9]{24,}")
_NAME = pattern(r"[A-Za-z0-9_-]{1,64}")
_HEADER_NAME = pattern(r"[A-Za-z0-9!#$%&'*+.^_`|~-]+")
_HEADER_TEXT = pattern(r"[ -~\t]*")
_KEY_HEADERS = {"authorization", "api-key", "x-api-key", "proxy-authorization"}
_PRICES = {"input", "output", "cached"}
_OURS = ("messages", "model", "stream")
_KEY_HINT = N_("Put keys in a variable, a command or the key store, never in this file")


@frozen
class ValueKind:
    """One kind of value. *check* returns the normalised value, or raises WrongValueError.

    *entry_from_text* reads one entry of a value that is a table. *choices* are the values there are, empty if they
    cannot be listed.
    """

    check: Callable[[Any], object]
    from_text: Callable[[str], object] = str
    entry_from_text: Callable[[str], object] = str
    choices: tuple[str, ...] = ()


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise WrongValueError(_("must be a string in quotes"))
    return value


def _flag(value: object) -> bool:
    if not isinstance(value, bool):
        raise WrongValueError(_("must be true or false"))
    return value


def _flag_from_text(text: str) -> object:
    word = text.strip().lower()
    return word in _ON if word in _ON + _OFF else text


def _number_from_text(text: str) -> object:
    for read in (int, float):
        try:
            return read(text)
        except ValueError:
            continue
    return text


def whole_kind(least: int, most: int | None = None) -> ValueKind:
    """Return the kind of whole numbers from *least* to *most*."""

    def check(value: object) -> int:
        if isinstance(value, bool) or not isinstance(value, int) or not _within(value, least, most):
            raise WrongValueError(_("must be a whole number, {span}", span=_span(least, most)))
        return value

    return ValueKind(check, _number_from_text)


def number_kind(least: float, most: float | None = None) -> ValueKind:
    """Return the kind of finite numbers from *least* to *most*."""

    def check(value: object) -> float:
        if isinstance(value, bool) or not isinstance(value, int | float) or not _within(value, least, most):
            raise WrongValueError(_("must be a number, {span}", span=_span(least, most)))
        return value

    return ValueKind(check, _number_from_text)


def _within(value: float, least: float, most: float | None) -> bool:
    return math.isfinite(value) and least <= value and (most is None or value <= most)


def _span(least: float, most: float | None) -> str:
    return _("{least} or more", least=least) if most is None else _("{least} to {most}", least=least, most=most)


def choice_kind(*words: str) -> ValueKind:
    """Return the kind of values that are one of *words*."""

    def check(value: object) -> str:
        if value in words:
            return str(value)
        meant = did_you_mean(value, words, form='"{}"') if isinstance(value, str) else ""
        raise WrongValueError(_("must be {names}", names=join_words(words)), hint=meant)

    return ValueKind(check, str.strip, choices=words)


def choice_or_path_kind(*words: str, what: str) -> ValueKind:
    """Return the kind of values that are one of *words*, or a path (with a `/`) to *what*."""
    choice = choice_kind(*words)

    def check(value: object) -> object:
        if isinstance(value, str) and "/" in value:
            return value
        try:
            return choice.check(value)
        except WrongValueError as error:
            raise WrongValueError(
                _("{must}, or a path to {what}", must=error.must, what=_(what)), hint=error.hint
            ) from None

    return ValueKind(check, str.strip, choices=words)


def _language(value: object) -> str:
    if value == AUTO or (isinstance(value, str) and language_of(value)):
        return str(value)
    raise WrongValueError(_("must be {names}, or a locale of one of these", names=join_words((AUTO, *LANGUAGES))))


def _words(value: object) -> tuple[str, ...]:
    if not isinstance(value, list | tuple) or not all(isinstance(word, str) for word in value):
        raise WrongValueError(_('must be a list of strings such as ["pass", "openai"]'))
    if value and not value[0]:
        raise WrongValueError(_("must start with the name of a program"))
    return tuple(value)


def _names(value: object) -> tuple[str, ...]:
    if not isinstance(value, list | tuple) or not all(isinstance(word, str) and word for word in value):
        raise WrongValueError(_('must be a list of names such as ["now", "calculate"]'))
    return tuple(value)


def _names_from_text(text: str) -> object:
    try:
        return json.loads(text) if text.lstrip().startswith("[") else text.replace(",", " ").split()
    except (ValueError, RecursionError):
        return text


def _words_from_text(text: str) -> object:
    import shlex  # needed only to set such a list by command

    try:
        return json.loads(text) if text.lstrip().startswith("[") else shlex.split(text)
    except (ValueError, RecursionError):
        return text


def _table(value: object) -> Mapping[str, Any]:
    if not isinstance(value, Mapping):
        raise WrongValueError(_("must be a table such as { temperature = 0.2 }"))
    if not all(_is_json(entry) for entry in value.values()):
        raise WrongValueError(_("must contain only JSON values: no dates, no infinite numbers"))
    if ours := [name for name in _OURS if name in value]:
        raise WrongValueError(
            _("must not contain {names}", names=join_words(ours)), hint=_("Use their own settings instead")
        )
    return MappingProxyType(dict(value))


def _is_json(value: object) -> bool:
    if isinstance(value, Mapping):
        return all(isinstance(name, str) and _is_json(entry) for name, entry in value.items())
    if isinstance(value, list):
        return all(map(_is_json, value))
    return value is None or isinstance(value, str | int) or (isinstance(value, float) and math.isfinite(value))


def _price(value: object) -> Mapping[str, float]:
    table = value if isinstance(value, Mapping) else {}
    numbers = [entry for entry in table.values() if isinstance(entry, int | float) and not isinstance(entry, bool)]
    is_whole = table.keys() <= _PRICES and len(numbers) == len(table) and all(number >= 0 for number in numbers)
    if not isinstance(value, Mapping) or not is_whole or (table and not {"input", "output"} <= table.keys()):
        raise WrongValueError(_("must be a table such as { input = 2.5, output = 10.0 }, optionally with cached = 0.3"))
    return MappingProxyType(dict(value))


def _table_from_text(text: str) -> object:
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return text


def _headers(value: object) -> Mapping[str, str]:
    if not isinstance(value, Mapping) or not all(isinstance(entry, str) for entry in value.values()):
        raise WrongValueError(_('must be a table of strings such as { X-Title = "chat" }'), private=True)
    for name, text in value.items():
        if name.lower() in _KEY_HEADERS:
            raise WrongValueError(_("must not contain {name}", name=name), hint=_(_KEY_HINT), private=True)
        if not _HEADER_NAME.fullmatch(name) or not _HEADER_TEXT.fullmatch(text):
            raise WrongValueError(_("must contain valid header names and values"), private=True)
    return MappingProxyType(dict(value))


def _variable(value: object) -> str:
    name = _text(value)
    if name and (not _VARIABLE.fullmatch(name) or _KEY_LIKE.fullmatch(name)):
        raise WrongValueError(_("must be the name of a variable, not a key"), hint=_(_KEY_HINT), private=True)
    return name


def _examples(value: object) -> tuple[Mapping[str, str], ...]:
    entries = value if isinstance(value, list | tuple) else None
    if entries is None or not all(_is_pair(entry) for entry in entries):
        raise WrongValueError(_('must be a list such as [{ user = "2 + 2", assistant = "4" }]'))
    return tuple(MappingProxyType(dict(entry)) for entry in entries)


def _is_pair(entry: object) -> bool:
    is_whole = isinstance(entry, Mapping) and entry.keys() == {"user", "assistant"}
    return is_whole and all(isinstance(text, str) for text in entry.values())  # type: ignore[attr-defined]  # it is a table


def _name(value: object) -> str:
    name = _text(value)
    if name and not _NAME.fullmatch(name):
        raise WrongValueError(_("must be at most 64 letters, digits, _ and -"))
    return name


def _url(value: object) -> str:
    url = _text(value)
    return clean_url(url) if url else ""


TEXT = ValueKind(_text)
FLAG = ValueKind(_flag, _flag_from_text, choices=(_ON[0], _OFF[0]))
WORDS = ValueKind(_words, _words_from_text)
NAMES = ValueKind(_names, _names_from_text)
TABLE = ValueKind(_table, _table_from_text, _table_from_text)
PRICE = ValueKind(_price, _table_from_text, _number_from_text)
HEADERS = ValueKind(_headers, _table_from_text)
EXAMPLES = ValueKind(_examples, _table_from_text)
NAME = ValueKind(_name, str.strip)
VARIABLE = ValueKind(_variable, str.strip)
URL = ValueKind(_url)
LANGUAGE = ValueKind(_language, str.strip, choices=(AUTO, *LANGUAGES))
