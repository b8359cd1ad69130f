"""Remembers for the next start that it will end at the usual prompt, which it can then show at once."""

from __future__ import annotations

from contextlib import suppress

from chatcli.app.configuration import Configuration
from chatcli.app.outputs import is_plain
from chatcli.errors import ConfigError
from chatcli.files.own import read_private, write_private
from chatcli.files.prompt_stamp import stamp
from chatcli.settings.loading import config_file


def remember_prompt(config: Configuration) -> None:
    """Stamp the settings in effect where they lead to the usual prompt, and where they do not, take the stamp away.

    If that fails, the next prompt simply appears once everything is ready.
    """
    place, settings = config.sources.dirs.prompt_stamp, config_file(config.sources)
    with suppress(ConfigError, OSError):
        is_usual = settings.is_absolute() and _has_usual_prompt(config)
        wanted = stamp(config.environment.environ, str(settings)) if is_usual else b""
        if (read_private(place) or b"") != wanted:
            write_private(place, wanted)


def _has_usual_prompt(config: Configuration) -> bool:
    return not is_plain(config) and config.settings.ui.edit_mode == "emacs" and not _asks_others_for_keys(config)


def _asks_others_for_keys(config: Configuration) -> bool:
    """Return whether a password manager may be run, which may ask for its password at the same terminal."""
    return any(settings.api_key_cmd or settings.api_key_keyring for settings in config.settings.providers.values())
