"""Generates the example settings file: every setting with its default and help line, commented out.

A line that starts with `#` and no space is a setting; without that character, the file sets every default.
"""

from __future__ import annotations

from chatcli.language import N_, _
from chatcli.settings.definition import NAMED, SECTIONS, SETTINGS, Setting
from chatcli.settings.names import dotted, to_toml

_HEAD = N_("""\
# Settings of chat. Every setting is shown with its default; remove the leading # to change it.
# Precedence: flags, then the environment, then .chat.toml in the working directory (after `chat trust`), then
# this file. `chat config show` prints the values in effect and their origin; `chat config check` finds mistakes.
# API keys do not belong here: see `chat keys set`, api_key_env and api_key_cmd.
""")

_SAMPLE_NAMES = {"providers": "example", "models": "example-1.0", "templates": "example"}


def example() -> str:
    """Return the text of the example file."""
    return "\n".join([_(_HEAD), *map(_section, SECTIONS)])


def _section(section: str) -> str:
    title = dotted((section, _SAMPLE_NAMES[section])) if section in NAMED else section
    lines = [f"#[{title}]" if section in NAMED else f"[{title}]"]
    settings = [setting for setting in SETTINGS if setting.name[0] == section]
    assignments = [f"#{setting.name[-1]} = {to_toml(_sample(setting))}" for setting in settings]
    width = max(map(len, assignments))
    lines += [
        f"{assignment:<{width}}  # {_(setting.about.help)}"
        for assignment, setting in zip(assignments, settings, strict=True)
    ]
    return "\n".join(lines) + "\n"


def _sample(setting: Setting) -> object:
    return setting.about.sample if setting.default is None else setting.default
