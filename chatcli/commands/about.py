"""Commands about the program: help, status, settings, theme."""

from __future__ import annotations

import json

from chatcli.commands.chats import storage_note
from chatcli.commands.context import CommandContext
from chatcli.commands.markdown import code, refilled, table
from chatcli.commands.model import model_in_use, setting_values, when_it_counts
from chatcli.commands.table import (
    Command,
    Connect,
    Outcome,
    Pick,
    Say,
    command,
    commands,
    find_command,
    pair,
    similar_commands,
)
from chatcli.conversation.window import split_turns
from chatcli.errors import UsageError
from chatcli.input.choices import ChoiceList, ChoiceRow, Preview
from chatcli.settings.definition import THEMES
from chatcli.text.similar import ask_whether

GROUP = "Program"
_ALL = "all"
_FIRST = ("model", "system", "set", "file", "retry", "edit", "undo", "resume", "new", "exit")
_KEPT_IN_CHAT = "this chat keeps its model, system prompt and parameters. `/new` starts one with the new values."
_HEAD = ("command", "what it does")
_CODE = """```python
def greet(name: str) -> str:  # as code looks
    return f"Hello, {name}" * 2
```"""


@command(
    "help",
    "[COMMAND | TOPIC | all]",
    group=GROUP,
    aliases=("?",),
    complete=lambda context: ["all", *(entry.name for entry in commands()), *dict(context.help.topics())],
)
def help_command(context: CommandContext, argument: str) -> Outcome:
    """List commands, or explain a command or a topic.

    `/help all` lists all commands; topics are subjects such as keys or pipes.
    """
    word = argument.lstrip("/／")
    if not word:
        return Say(_first_commands() + "\n\n" + _topics(context))
    if word == _ALL:
        return Say(_all_commands())
    found, text = find_command(word), refilled(context.help.text(word) or "")
    if found:
        own = refilled(describe_command(found))
        return Say(f"{own}\n\n{text}".strip() if word in dict(context.help.topics()) else own)
    if text:
        return Say(text)
    hint = ask_whether(similar_commands(word), form="/{}") or "/help all lists all commands"
    raise UsageError(f"no help on `{word}`", hint=hint)


@command("status", group=GROUP, aliases=("info",))
def status_command(context: CommandContext, _argument: str) -> Outcome:
    """Show endpoint, model, parameters and key source."""
    session, endpoint = context.session, context.endpoint.info
    window = f"{session.binding.budget.window_tokens} tokens" if session.binding.budget.window_tokens else "unknown"
    options = ", ".join(f"{key}={json.dumps(value)}" for key, value in session.conversation.options.items())
    rows = [
        ("model", model_in_use(context)),
        ("provider", endpoint.provider),
        ("endpoint", endpoint.base_url),
        ("key", endpoint.key_source or "none"),
        ("proxy", endpoint.proxy or "none"),
        ("system prompt", f"{len(session.conversation.system)} characters" if session.conversation.system else "none"),
        ("parameters", code(options) if options else "none set"),
        ("streaming", "on" if session.settings.stream else "off"),
        ("context window", window),
        ("turns", str(len(split_turns(session.conversation.history)))),
        ("stored", storage_note(context.chats)),
    ]
    if session.last:
        rows += _last_reply(context)
    return Say(table(("status", "now"), rows))


@command("connect", "[PROVIDER | URL]", group=GROUP, complete=lambda context: context.endpoint.providers)
def connect_command(_context: CommandContext, argument: str) -> Outcome:
    """Set up a model in a few questions, and continue with it.

    The servers found on this machine are listed first. The model becomes the default; this chat stays open.
    """
    return Connect(argument)


@command(
    "config",
    "[edit | KEY [VALUE]]",
    group=GROUP,
    aliases=("settings",),
    complete=pair(lambda context: ["edit", *(key for key, _, _ in context.settings.rows())], setting_values),
)
def config_command(context: CommandContext, argument: str) -> Outcome:
    """Show the settings, or change one for this run.

    Each is listed with where its value comes from. `/config --save KEY VALUE` keeps it in the settings file, and
    `/config edit` opens that file in your editor.
    """
    if argument == "edit":
        return Say(f"{code(context.settings.edit())} is in effect; {_KEPT_IN_CHAT}")
    key, value = [*argument.split(maxsplit=1), "", ""][:2]
    if value:
        context.settings.change(key, value)
    rows = [
        row for row in context.settings.rows() if _is_meant(row[0], key) and (key or is_worth_showing(row[0], row[2]))
    ]
    if not rows:
        raise UsageError(f"unknown setting `{key}`", hint="/config lists them")
    shown = table(("setting", "value", "from"), [(code(name), code(shown), origin) for name, shown, origin in rows])
    return Say(shown + (when_it_counts(key) if value else ""))


@command("theme", "[NAME]", group=GROUP, complete=lambda _context: THEMES)
def theme_command(context: CommandContext, argument: str) -> Outcome:
    """Choose the colours of replies for this run.

    `auto`, `light` and `dark` use the terminal's own 16 colours, `none` only bold and italic; the others bring
    their own colours. Set `ui.theme` in the settings to keep one.
    """
    if argument:
        return _use_theme(context, argument)
    in_use = next(value for name, value, _ in context.settings.rows() if name == "ui.theme").strip('"')
    rows = [ChoiceRow(name, name, "in use" if name == in_use else "") for name in THEMES]
    choices = ChoiceList("Which theme?", rows, current=in_use, preview=lambda name: Preview(_CODE, name))
    return Pick(choices, lambda name: _use_theme(context, name))


def _use_theme(context: CommandContext, name: str) -> Outcome:
    context.settings.change("ui.theme", name)
    return Say(f"The theme is {code(name)}.\n\n{_CODE}")


def is_worth_showing(key: str, origin: str) -> bool:
    """Return whether to list a setting: those of providers and models only if they are set."""
    return origin != "default" or not key.startswith(("providers.", "models."))


def overview() -> str:
    """Return the table of all commands by group."""
    rows = []
    for group in dict.fromkeys(entry.group for entry in commands()):
        rows += [(code(entry.synopsis), entry.summary) for entry in commands() if entry.group == group]
    return table(_HEAD, rows)


def describe_command(entry: Command) -> str:
    """Return the full description of one command."""
    others = ", ".join(f"/{alias}" for alias in entry.aliases)
    lines = [f"**{entry.synopsis}**", f"{entry.summary}.", entry.details, f"Also: {others}" if others else ""]
    return "\n\n".join(line for line in lines if line)


def _first_commands() -> str:
    entries = {entry.name: entry for entry in commands()}
    return table(_HEAD, [(code(f"/{name} {entries[name].usage}".strip()), entries[name].summary) for name in _FIRST])


def _all_commands() -> str:
    """Return all commands by group, without their arguments, which would leave little room for what they do."""
    rows: list[tuple[str, str]] = []
    for group in dict.fromkeys(entry.group for entry in commands()):
        rows.append((f"**{group}**", ""))
        rows += [(code(f"/{entry.name}"), entry.summary) for entry in commands() if entry.group == group]
    return f"{table(_HEAD, rows)}\n\n`/help COMMAND` shows arguments and details."


def _is_meant(key: str, wanted: str) -> bool:
    return not wanted or key == wanted or key.startswith(f"{wanted}.")


def _topics(context: CommandContext) -> str:
    names = ", ".join(name for name, _ in context.help.topics())
    return f"`/help all` lists all commands, `/help COMMAND` explains one.\n\nTopics for `/help TOPIC`: {names}."


def _last_reply(context: CommandContext) -> list[tuple[str, str]]:
    assert context.session.last is not None
    started = context.session.last.reply.started
    rows = [
        ("last answer by", started.model),
        ("last answer id", started.id),
        ("fingerprint", started.fingerprint),
        ("service tier", started.service_tier),
    ]
    return [(name, code(value)) for name, value in rows if value]
