"""Remembers for the next start that it will end at the usual prompt, which it can then show at once."""

from __future__ import annotations

from contextlib import suppress

from chatcli.app.configuration import Configuration
from chatcli.app.outputs import is_plain, takes_escapes
from chatcli.errors import ConfigError
from chatcli.files.own import read_private, write_private
from chatcli.files.prompt_stamp import stamp
from chatcli.settings.loading import config_file


def remember_prompt(config: Configuration) -> None:
    """Stamp the settings in effect where they lead to the usual prompt; where they do not, take away their stamp.

    That of other settings stays: the environment may have them in turn. If that fails, the next prompt simply appears
    once everything is ready.
    """
    if not takes_escapes(config):
        return
    place, settings = config.sources.dirs.prompt_stamp, config_file(config.sources)
    with suppress(ConfigError, OSError):
        is_usual = settings.is_absolute() and _has_usual_prompt(config)
        found, own = read_private(place), stamp(config.environment.environ, str(settings))
        if is_usual and found != own:
            write_private(place, own)
        elif not is_usual and found in (own, None):
            write_private(place, b"")


def _has_usual_prompt(config: Configuration) -> bool:
    return not is_plain(config) and config.settings.ui.edit_mode == "emacs" and not _asks_others_for_keys(config)


def _asks_others_for_keys(config: Configuration) -> bool:
    """Return whether a password manager may be run, which may ask for its password at the same terminal."""
    return any(settings.api_key_cmd or settings.api_key_keyring for settings in config.settings.providers.values())
