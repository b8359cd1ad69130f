"""Defines which keys do what at the prompt, and refuses a map in which two actions want one key.

`ui.enter = "newline"` swaps the keys of `send` and `newline` unless the file names keys for them. Keys that begin like
others are refused as well: the shorter one would have to wait whether the longer one follows.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from chatcli.errors import ConfigError
from chatcli.language import N_, _
from chatcli.records import fields, frozen, replace
from chatcli.settings.key_names import KEYS
from chatcli.settings.names import Name, dotted
from chatcli.settings.option import option

# How one key relates to another, and whether the user set that one.
_CLASHES = {
    ("same", True): N_("{key} is a key of {owner}"),
    ("same", False): N_("{key} is a key of {owner} by default"),
    ("begins", True): N_("{key} begins {other}, a key of {owner}"),
    ("begins", False): N_("{key} begins {other}, a key of {owner} by default"),
    ("begins with", True): N_("{key} begins with {other}, a key of {owner}"),
    ("begins with", False): N_("{key} begins with {other}, a key of {owner} by default"),
}


def _keys(*keys: str, help: str) -> Any:
    return option(keys, KEYS, help, counts="next start")


@frozen
class Bindings:
    """Keys of the actions at the prompt."""

    send: tuple[str, ...] = _keys("enter", help=N_("Send the message"))
    newline: tuple[str, ...] = _keys("c-j", "escape enter", help=N_("Insert a newline"))
    editor: tuple[str, ...] = _keys("c-x c-e", "c-g", help=N_("Open the draft in $VISUAL or $EDITOR"))
    complete: tuple[str, ...] = _keys("tab", help=N_("Complete commands, their arguments and `@path`"))
    search_back: tuple[str, ...] = _keys("c-r", help=N_("Search past prompts backwards"))
    search_forward: tuple[str, ...] = _keys("c-s", help=N_("Search past prompts forwards"))
    clear_screen: tuple[str, ...] = _keys("c-l", help=N_("Clear the screen, not the chat"))
    paste: tuple[str, ...] = _keys("c-v", help=N_("Attach the image in the clipboard, or paste its text"))
    details: tuple[str, ...] = _keys(
        "c-o", help=N_("Show what is folded: on a paste its text, else the last reply's reasoning")
    )
    literal: tuple[str, ...] = _keys("c-q", help=N_("Insert the next key literally"))
    undo: tuple[str, ...] = _keys("c-_", help=N_("Undo typing"))
    suspend: tuple[str, ...] = _keys("c-z", help=N_("Suspend the program; fg resumes it"))


def actions(bindings: Bindings) -> Mapping[str, tuple[str, ...]]:
    """Return the keys of each action by its name."""
    return {item.name: getattr(bindings, item.name) for item in fields(Bindings)}


def bindings_in_force(
    bindings: Bindings, *, enter_sends: bool, given: frozenset[str], where: Callable[[Name], str]
) -> Bindings:
    """Return *bindings* with the keys that Enter changes; *given* are the actions that have keys of the user's.

    Raises ConfigError, at *where* for the name of a setting, if two actions clash or no key is left to send with.
    """
    if not enter_sends:
        default = Bindings()
        bindings = replace(
            bindings,
            send=bindings.send if "send" in given else default.newline,
            newline=bindings.newline if "newline" in given else default.send,
        )
    if not bindings.send:
        raise ConfigError(
            _("{place}: {setting} must name a key", place=where(_name("send")), setting=dotted(_name("send"))),
            hint=_("For example: {example}", example='send = ["enter"]'),
        )
    if clash := next(_clashes(bindings), None):
        raise _clash(*clash, given=given, where=where)
    return bindings


def _name(action: str) -> Name:
    return ("bindings", action)


def _clashes(bindings: Bindings) -> Iterator[tuple[tuple[str, str], tuple[str, str]]]:
    """Yield pairs of an action and a key such that the first key is the second one, or begins it."""
    every = [(action, key) for action, keys in actions(bindings).items() for key in keys]
    for number, one in enumerate(every):
        for other in every[number + 1 :]:
            first, second = sorted((one, other), key=lambda pair: len(pair[1]))
            if f"{second[1]} ".startswith(f"{first[1]} "):
                yield first, second


def _clash(
    first: tuple[str, str], second: tuple[str, str], *, given: frozenset[str], where: Callable[[Name], str]
) -> ConfigError:
    (own, key), (other, longer) = (first, second) if first[0] in given else (second, first)
    how = "same" if key == longer else "begins" if len(key) < len(longer) else "begins with"
    problem = _(_CLASHES[how, other in given], key=key, other=longer, owner=dotted(_name(other)))
    return ConfigError(
        _("{place}: {setting}: {problem}", place=where(_name(own)), setting=dotted(_name(own)), problem=problem),
        hint=_("Name another key, or give {setting} others", setting=dotted(_name(other)))
        if own != other
        else _("Remove one of them"),
    )
