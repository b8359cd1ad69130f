"""Reads the names of keys as the [bindings] table has them, such as `c-x c-e` or `Alt+Enter`. Pure.

A binding is one press or several, separated by blanks. Its normal form is that of readline's descendants: `c-x` for
Ctrl+X, `escape x` for Alt+X, `s-tab` for Shift+Tab. Refused is what would never arrive, because terminals send another
key or nothing for it; what could no longer be typed; and what has to work whatever else is bound.
"""

from __future__ import annotations

import json
import string

from chatcli.language import N_, _
from chatcli.settings.kinds import ValueKind
from chatcli.settings.names import WrongValueError
from chatcli.text.similar import did_you_mean

ALT = "escape"
MAX_PRESSES = 4
_MOVING = ("left", "right", "up", "down", "home", "end", "insert", "delete", "pageup", "pagedown")
_FUNCTIONS = tuple(f"f{number}" for number in range(1, 25))
_PLAIN = ("enter", "tab", "s-tab", ALT, "backspace", "space", *_MOVING, *_FUNCTIONS)
_WITH_CTRL = (*string.ascii_lowercase, "@", "\\", "]", "^", "_")
_HELD_MOVING = (f"{held}-{key}" for held in ("c", "s", "c-s") for key in _MOVING if key != "insert")
_NAMED = frozenset((*_PLAIN, *(f"c-{key}" for key in (*_WITH_CTRL, *_FUNCTIONS)), *_HELD_MOVING))
_HELD = {
    **dict.fromkeys(("c", "ctrl", "control"), "c"),
    **dict.fromkeys(("s", "shift"), "s"),
    **dict.fromkeys(("a", "alt", "m", "meta", "option", "opt"), "a"),
    **dict.fromkeys(("cmd", "command", "super", "win", "windows", "hyper"), "super"),
}
_OTHER_NAMES = {
    **{"return": "enter", "esc": ALT, "del": "delete", "ins": "insert", "pgup": "pageup", "pgdn": "pagedown"},
    **{"pgdown": "pagedown", "bs": "backspace", "bksp": "backspace", "spc": "space", "backtab": "s-tab"},
    **{"page-up": "pageup", "page-down": "pagedown"},
}
# One byte stands for both, and the second is the name of it.
_SAME = {
    **{"c-i": "tab", "c-m": "enter", "c-[": ALT, "c-h": "backspace", "c-space": "c-@", "c-/": "c-_"},
    **{"c-2": "c-@", "c-3": ALT, "c-4": "c-\\", "c-5": "c-]", "c-6": "c-^", "c-7": "c-_", "c-8": "backspace"},
}
_RESERVED = {
    "c-c": N_("must not contain {keys}, which always stops and quits"),
    "c-d": N_("must not contain {keys}, which always deletes and quits"),
    ALT: N_("must not contain {keys}, which always stops, closes and clears"),
}
_TITLES = {"pageup": "PageUp", "pagedown": "PageDown", ALT: "Esc"}


def parse_keys(text: str) -> str:
    """Return the normal form of the binding *text*; raises WrongValueError that says why it cannot be one."""
    presses = [press for word in text.split() for press in _presses(word)]
    if not 0 < len(presses) <= MAX_PRESSES:
        raise WrongValueError(_("must name 1 to {most} keys each, such as c-x c-e", most=MAX_PRESSES))
    if len(presses) == 1 and presses[0] in _RESERVED:
        raise WrongValueError(_(_RESERVED[presses[0]], keys=text))
    if len(presses[0]) == 1 or presses[0] in ("space", "backspace"):
        what = _("must not begin with {key}, which has to stay typable", key=text.split()[0])
        raise WrongValueError(what, hint=_("Put Ctrl or Alt before it"))
    if presses[0] == ALT and presses[1] in ("[", "O", ALT):
        raise WrongValueError(_("must not contain {keys}: the sequences that terminals send begin so", keys=text))
    return " ".join(presses)


def format_keys(keys: str) -> str:
    """Return a binding as people write it: `Ctrl+X Ctrl+E`, `Alt+Enter`."""
    presses = keys.split()
    if presses[0] == ALT and len(presses) > 1:
        return " ".join([f"Alt+{_title(presses[1])}", *map(_title, presses[2:])])
    return " ".join(map(_title, presses))


def _title(press: str) -> str:
    for mark, name in (("c-", "Ctrl+"), ("s-", "Shift+")):
        if press.startswith(mark) and len(press) > len(mark):
            rest = press.removeprefix(mark)
            return name + (rest.upper() if len(rest) == 1 else _title(rest))
    return press if len(press) == 1 else _TITLES.get(press, press.capitalize())


def _presses(word: str) -> list[str]:
    """Return the presses that *word* stands for: two for a key with Alt."""
    if len(word) == 1:
        return [word]
    held, key = _split(word)
    if "super" in held:
        what = _("must not contain {key}, which terminals do not pass on", key=word)
        raise WrongValueError(what, hint=_("Use Ctrl or Alt"))
    rest = "".join(f"{mark}-" for mark in ("c", "s") if mark in held) + key
    return [*([ALT] if "a" in held else []), _known(rest, word)]


def _split(word: str) -> tuple[set[str], str]:
    """Return the modifiers of *word* and its key: `c-x`, `C-M-x`, `Ctrl+Shift+Left`, `^x`."""
    if word.startswith("^"):
        return {"c"}, word[1:].lower()
    held: set[str] = set()
    rest = word.lower()
    while True:
        mark, sign, after = _cut(rest)
        if not (sign and after and mark in _HELD) or rest in _OTHER_NAMES:
            return held, _OTHER_NAMES.get(rest, rest)
        held.add(_HELD[mark])
        rest = after


def _cut(word: str) -> tuple[str, str, str]:
    places = [place for sign in "-+" if (place := word.find(sign, 1)) > 0]
    place = min(places, default=len(word))
    return word[:place], word[place : place + 1], word[place + 1 :]


def _known(press: str, word: str) -> str:
    """Return *press* if a terminal sends it, under the name that stands for it."""
    if press in _SAME:
        what = _("must not contain {key}: terminals send it as {other}", key=word, other=_SAME[press])
        raise WrongValueError(what, hint=_name(press))
    if press in _NAMED or (len(press) == 1 and press.isprintable()):
        return press
    if press in ("s-enter", "c-enter", "c-s-enter"):
        what = _("must not contain {key}: where a terminal reports it, it is read as Alt+Enter", key=word)
        raise WrongValueError(what, hint=_write("escape enter"))
    if press[:2] in ("c-", "s-"):
        key = press.rpartition("-")[2]
        if len(key) == 1 or key in _NAMED:
            what = _("must not contain {key}, for which terminals send no key of its own", key=word)
            raise WrongValueError(what, hint=_use_another())
    what = _("must name keys; {key} is unknown", key=word)
    raise WrongValueError(what, hint=did_you_mean(press, sorted(_NAMED)) or _use_another())


def _use_another() -> str:
    return _("Use Ctrl with a letter, Alt with any key, or f1 to f12")


def _name(press: str) -> str:
    return _write(_SAME[press]) if _SAME[press] not in _RESERVED else _use_another()


def _write(keys: str) -> str:
    return _("Write {keys}", keys=keys)


def _check(value: object) -> tuple[str, ...]:
    names = [value] if isinstance(value, str) else value
    if not isinstance(names, list | tuple) or not all(isinstance(name, str) for name in names):
        raise WrongValueError(_('must be a list of keys such as ["c-j", "escape enter"]'))
    return tuple(dict.fromkeys(map(parse_keys, names)))


def _from_text(text: str) -> object:
    if not text.lstrip().startswith("["):
        return [name for name in text.split(",") if name.strip()]
    try:
        return json.loads(text)
    except ValueError:
        return text


KEYS = ValueKind(_check, _from_text)
