"""The tables of the manual, made from the code: for the help topics, `/help` and the README."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from chatcli.commands import load_all
from chatcli.commands.about import overview
from chatcli.commands.markdown import code, table
from chatcli.errors import EXIT_CODES
from chatcli.flags import FLAGS, SECTIONS, Flag
from chatcli.help.topics import Topic, load_topics
from chatcli.providers.provider import Provider
from chatcli.providers.table import PROVIDERS, limits_of
from chatcli.request.parameters import PARAMETERS
from chatcli.settings.definition import SETTINGS
from chatcli.settings.environment import VARIABLES
from chatcli.settings.names import dotted, to_toml

_SCOPES = {"chat": "C", "ask": "A", "models": "M"}
_FLAG_HEAD = ("flag", "where", "meaning")

# Keys are bound in several rooms and mean different things in each, so this table is written by hand; the tests press
# every one of them.
KEYS = (
    ("Enter", "sends; an empty line does nothing", "a newline in the next message"),
    ("Ctrl+J, Alt+Enter, Shift+Enter*", "newline", "newline"),
    ("`\\` at the end of a line, Enter", "newline; the backslash goes", ""),
    ('`"""` alone on the first line', 'a block: Enter is a newline until `"""` ends it', ""),
    ("Esc", "closes the menu or the search", "stops the answer"),
    ("Esc Esc", "clears the text, and Up brings it back; on an empty line picks a question to edit", ""),
    ("Ctrl+C", "clears the text; on an empty line twice to leave", "stops the answer; what came is kept"),
    ("Ctrl+D", "on an empty line leaves; else deletes forward", "stops and leaves if nothing is typed"),
    ("Ctrl+R, Ctrl+S", "search back and forward in all past messages", ""),
    ("Up, Down", "move by line, then through past messages with the same beginning", ""),
    ("Ctrl+X Ctrl+E, Ctrl+G", "opens the message in $VISUAL or $EDITOR", ""),
    ("Ctrl+L", "clears the screen, not the chat", ""),
    (
        "Ctrl+O",
        "opens reasoning and tool calls of the last reply; on a pasted block: shows it, then expands it",
        "folds or opens the reasoning",
    ),
    ("Ctrl+Q", "takes the next key literally", ""),
    ("Ctrl+Z", "suspends; fg comes back", "the same"),
    ("Tab", "completes commands and their arguments", ""),
    ("Ctrl+_", "undoes typing", ""),
)


def all_topics() -> Sequence[Topic]:
    """Return the help topics with their tables filled in."""
    return load_topics({name: make() for name, make in TABLES.items()})


def commands_table() -> str:
    """Return the table of slash commands."""
    load_all()
    return overview()


def exit_codes_table() -> str:
    """Return the table of exit codes."""
    return table(("code", "meaning"), [(str(number), meaning) for number, meaning in EXIT_CODES.items()])


def settings_table() -> str:
    """Return the table of settings and that of variables."""
    rows = [
        (code(dotted(setting.name).replace('"*"', "NAME")), _default(setting.default), setting.about.help)
        for setting in SETTINGS
    ]
    variables = [(code(name), meaning) for name, meaning in VARIABLES]
    return table(("setting", "default", "meaning"), rows) + "\n\n" + table(("variable", "meaning"), variables)


def flags_table() -> str:
    """Return the tables of flags, by section: C is `chat`, A is `chat ask` and piped input, M is `chat models`."""
    sections = [
        f"**{section}**\n\n{table(_FLAG_HEAD, [_flag_cells(FLAGS[name]) for name in names])}"
        for section, names in SECTIONS.items()
    ]
    return "\n\n".join(sections)


def keys_table() -> str:
    """Return the table of keys."""
    return table(("key", "at the prompt", "while a reply streams"), KEYS) + "\n\n\\* where the terminal reports it"


def providers_table() -> str:
    """Return the table of known providers."""
    rows = [(code(row.name), row.title, _address(row), _variables(row)) for row in PROVIDERS.values()]
    return table(("name", "provider", "endpoint", "key"), rows)


def parameters_table() -> str:
    """Return the table of request parameters."""
    rows = [
        (code(entry.name), entry.range, entry.default, _exceptions(entry.name), entry.help)
        for entry in PARAMETERS.values()
    ]
    return table(("parameter", "values", "default", "otherwise at", "meaning"), rows)


TABLES: Mapping[str, Callable[[], str]] = {
    "commands": commands_table,
    "exit_codes": exit_codes_table,
    "settings": settings_table,
    "flags": flags_table,
    "keys": keys_table,
    "providers": providers_table,
    "parameters": parameters_table,
}


def _flag_cells(flag: Flag) -> tuple[str, str, str]:
    names = ", ".join(code(name) for name in reversed(flag.names)) + (f" {flag.value}" if flag.value else "")
    where = "all" if "all" in flag.where else " ".join(_SCOPES[scope] for scope in flag.where)
    return names, where, flag.help


def _exceptions(name: str) -> str:
    """Return where a parameter is refused, has another name or takes less."""
    rows = PROVIDERS.values()
    told = [f"{row.name} (no)" for row in rows if name in row.unsupported]
    told += [f"{row.name} ({row.renames[name]})" for row in rows if name in row.renames]
    for row in rows:
        low, high = limits_of(row).get(name, (None, None))
        if (low, high) not in ((None, None), (PARAMETERS[name].low, PARAMETERS[name].high)):
            told.append(f"{row.name} ({low:g} to {high:g})")
    return ", ".join(told)


def _default(value: object) -> str:
    return code(to_toml(value)) if value not in (None, "", (), {}) else ""


def _address(row: Provider) -> str:
    return row.base_url or (f"`${row.url_env}`" if row.url_env else "")


def _variables(row: Provider) -> str:
    return ", ".join(code(f"${name}") for name in row.key_envs)
