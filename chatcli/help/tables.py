"""Generates the tables of the manual from the code, for the help topics and `/help`."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from chatcli.commands.about import overview
from chatcli.commands.markdown import code, table
from chatcli.errors import EXIT_CODES
from chatcli.flags import FLAGS, SECTIONS, Flag
from chatcli.help.topics import Topic, load_topics
from chatcli.language import N_, _
from chatcli.process.installation import DISTRIBUTION
from chatcli.providers.provider import Provider
from chatcli.providers.table import PROVIDERS, limits_of
from chatcli.records import fields
from chatcli.request.parameters import PARAMETERS
from chatcli.settings.bindings import Bindings, actions
from chatcli.settings.definition import SETTINGS
from chatcli.settings.environment import VARIABLES
from chatcli.settings.key_names import format_keys
from chatcli.settings.names import dotted, to_toml

_SCOPES = {"chat": "C", "ask": "A", "models": "M", "batch": "B", "fetch": "F"}
_FLAG_HEAD = (N_("flag"), N_("where"), N_("meaning"))

# Keys that keep their meaning, and what all of them do while a reply streams, are bound in several rooms, so these
# tables are written by hand; tests press each of them.
FIXED_KEYS = (
    (N_("`\\` at the end of a line, Enter"), N_("newline; the backslash is removed"), ""),
    (N_('`"""` alone on the first line'), N_('start a block: Enter is a newline until `"""` ends it'), ""),
    ("Esc", N_("close the menu or the search"), N_("stop the answer")),
    ("Esc Esc", N_("clear the text (Up restores it); on an empty line, choose a question to edit"), ""),
    (
        "Ctrl+C",
        N_("clear the text; on an empty line, press twice to quit"),
        N_("stop the answer and keep the text so far"),
    ),
    ("Ctrl+D", N_("quit on an empty line, else delete forward"), N_("stop and quit if the draft is empty")),
    (
        "Up, Down",
        N_("move by line, then through past prompts with the same start"),
        N_("move by line; Up on the first line takes the last queued message back"),
    ),
)
_WHILE_STREAMING = {
    "send": N_("newline in the draft"),
    "newline": N_("newline in the draft; Alt+Enter queues it: it is sent when the answer is complete"),
    "complete": N_("complete `@path`"),
    "details": N_("fold or unfold the reasoning"),
    "undo": N_("the same"),
    "suspend": N_("the same"),
}
_ALSO_WHILE_STREAMING = ("newline", "complete", "undo")  # where the keys of the settings count too
_MODIFIED_ENTER = "Shift+Enter*"


def all_topics(bindings: Bindings | None = None) -> Sequence[Topic]:
    """Return the help topics with their tables filled in; the keys are those of *bindings*, or the default ones."""
    made = {name: make() for name, make in TABLES.items()}
    return load_topics({**made, "keys": keys_table(bindings)})


def commands_table() -> str:
    """Return the table of slash commands."""
    return overview()


def installers_table() -> str:
    """Return the table of programs that install this one, with the commands that upgrade and remove it."""
    rows = {
        "pipx": ("pipx upgrade", "pipx uninstall"),
        "uv": ("uv tool upgrade", "uv tool uninstall"),
        "pip": ("pip install -U", "pip uninstall"),
    }
    commands = [(name, *(code(f"{words} {DISTRIBUTION}") for words in both)) for name, both in rows.items()]
    return table((_("installed with"), _("upgrade"), _("remove")), commands)


def exit_codes_table() -> str:
    """Return the table of exit codes."""
    return table(
        _head(N_("code"), N_("meaning")), [(str(number), _(meaning)) for number, meaning in EXIT_CODES.items()]
    )


def settings_table() -> str:
    """Return the tables of settings and environment variables."""
    rows = [
        (code(dotted(setting.name).replace('"*"', "NAME")), _default(setting.default), _(setting.about.help))
        for setting in SETTINGS
    ]
    variables = [(code(name), _(meaning, setting=setting)) for name, meaning, setting in VARIABLES]
    settings = table(_head(N_("setting"), N_("default"), N_("meaning")), rows)
    return settings + "\n\n" + table(_head(N_("variable"), N_("meaning")), variables)


def flags_table() -> str:
    """Return the tables of flags, by section.

    C is `chat`, A is `chat ask` and piped input, M is `chat models`, B is `chat batch`,
    F is `chat batch fetch` and `watch`.
    """
    sections = [
        f"**{_(section)}**\n\n{table(_head(*_FLAG_HEAD), [_flag_cells(FLAGS[name]) for name in names])}"
        for section, names in SECTIONS.items()
    ]
    return "\n\n".join(sections)


def keys_table(bindings: Bindings | None = None) -> str:
    """Return the table of keys: those of *bindings*, or the default ones."""
    chosen = {name: keys for name, keys in actions(bindings or Bindings()).items() if keys}
    meanings = {item.name: item.metadata["about"].help for item in fields(Bindings)}
    rows = [row for name, keys in chosen.items() for row in _key_rows(name, keys, meanings[name])]
    fixed = [(_(key), _(at_prompt), _(streaming)) for key, at_prompt, streaming in FIXED_KEYS]
    head = _head(N_("keys"), N_("at the prompt"), N_("while a reply streams"))
    note = _("where the terminal reports it")
    return table(head, [*rows, *fixed]) + f"\n\n\\* {note}"


def _key_rows(name: str, keys: Sequence[str], meaning: str) -> list[tuple[str, str, str]]:
    """Return the row of one action; a second one for the keys that keep their meaning while a reply streams."""
    meaning, streaming = _(meaning), _(_WHILE_STREAMING.get(name, ""))
    at_prompt = meaning[:1].lower() + meaning[1:]
    default = actions(Bindings())[name]
    if keys == default or not streaming or name in _ALSO_WHILE_STREAMING:
        return [(_keys(keys), at_prompt, streaming)]
    return [(_keys(keys), at_prompt, ""), (_keys(default), "", streaming)]


def providers_table() -> str:
    """Return the table of built-in providers."""
    rows = [(code(row.name), _(row.title), _address(row), _variables(row)) for row in PROVIDERS.values()]
    return table(_head(N_("name"), N_("provider"), N_("endpoint"), N_("key")), rows)


def parameters_table() -> str:
    """Return the table of request parameters."""
    rows = [
        (code(entry.name), entry.range, entry.default, _exceptions(entry.name), _(entry.help))
        for entry in PARAMETERS.values()
    ]
    head = _head(N_("parameter"), N_("values"), N_("default"), N_("differs at"), N_("meaning"))
    return table(head, rows)


TABLES: Mapping[str, Callable[[], str]] = {
    "installers": installers_table,
    "commands": commands_table,
    "exit_codes": exit_codes_table,
    "settings": settings_table,
    "flags": flags_table,
    "keys": keys_table,
    "providers": providers_table,
    "parameters": parameters_table,
}


def _head(*names: str) -> tuple[str, ...]:
    return tuple(map(_, names))


def _flag_cells(flag: Flag) -> tuple[str, str, str]:
    names = _(", ").join(code(name) for name in reversed(flag.names)) + (f" {flag.value}" if flag.value else "")
    where = _("all") if "all" in flag.where else " ".join(_SCOPES[scope] for scope in flag.where)
    return names, where, _(flag.help)


def _keys(keys: Sequence[str]) -> str:
    shown = [code(text) if "`" in text or "\\" in text else text for text in map(format_keys, keys)]
    return _(", ").join([*shown, *([_MODIFIED_ENTER] if "escape enter" in keys else [])])


def _exceptions(name: str) -> str:
    """Return the providers that reject a parameter, rename it or limit its range."""
    rows = PROVIDERS.values()
    told = [_("{name} (no)", name=row.name) for row in rows if name in row.unsupported]
    told += [f"{row.name} ({row.renames[name]})" for row in rows if name in row.renames]
    for row in rows:
        low, high = limits_of(row).get(name, (None, None))
        if (low, high) not in ((None, None), (PARAMETERS[name].low, PARAMETERS[name].high)):
            told.append(_("{name} ({low} to {high})", name=row.name, low=f"{low:g}", high=f"{high:g}"))
    return _(", ").join(told)


def _default(value: object) -> str:
    return code(to_toml(value)) if value not in (None, "", (), {}) else ""


def _address(row: Provider) -> str:
    return row.base_url or (f"`${row.url_env}`" if row.url_env else "")


def _variables(row: Provider) -> str:
    return _(", ").join(code(f"${name}") for name in row.key_envs)
