"""Chooses the language of messages before the settings are read, because errors in them are worded in it too."""

from __future__ import annotations

import os
from collections.abc import Mapping

from chatcli.errors import ChatError
from chatcli.files.own import CONFIG, app_dirs, expand_user
from chatcli.language import language_of, locale_language, use_language
from chatcli.text.patterns import pattern

LANGUAGE = "CHAT_LANG"

_TABLE = pattern(r"\s*\[")
_OUR_TABLE = pattern(r"\s*\[\s*ui\s*\]")
_OURS = pattern(r"""\s*(ui\s*(?:\.|=\s*\{(?:.*,)?)\s*)?language\s*=\s*["']([\w.-]*)["']""")


def use_wished_language(environ: Mapping[str, str]) -> None:
    """Word messages as *environ*, the user's settings file or the locale say, in this order."""
    wished = environ.get(LANGUAGE, "") or _set_language(environ)
    use_language(language_of(wished) or locale_language(environ))


def _set_language(environ: Mapping[str, str]) -> str:
    """Return `ui.language` of the settings file, valid or not; reading only for this costs less than parsing it."""
    try:
        named = environ.get(CONFIG, "")
        path = expand_user(named, environ) if named else app_dirs(environ).config_file
        text = path.read_text("utf-8", "replace") if os.path.isfile(path) else ""  # noqa: PTH113 - \0 is no error here
    except (ChatError, OSError):
        return ""  # said when the settings are loaded
    return _find_language(text) if "language" in text else ""


def _find_language(text: str) -> str:
    """Return the value of `ui.language` in the text of a settings file, "" if it has none."""
    is_ours = False
    found = ""
    for line in text.splitlines():
        if _TABLE.match(line):
            is_ours = bool(_OUR_TABLE.match(line))
        elif (value := _OURS.match(line)) and bool(value[1]) != is_ours:
            found = value[2]
    return found
