"""Commands about the program: help, state, settings."""

from __future__ import annotations

import json

from chatcli.commands.chats import storage_note
from chatcli.commands.context import CommandContext
from chatcli.commands.markdown import code, table
from chatcli.commands.model import model_in_use, when_it_counts
from chatcli.commands.table import Command, Outcome, Pick, Say, command, commands, find_command, similar_commands
from chatcli.conversation.window import split_turns
from chatcli.errors import UsageError
from chatcli.input.choices import ChoiceRow
from chatcli.settings.definition import THEMES
from chatcli.text.similar import ask_whether

GROUP = "Program"
_SAMPLE = """The theme is {name}.

```python
def greet(name: str) -> str:  # as code looks now
    return f"Hello, {{name}}" * 2
```"""


@command(
    "help",
    "[COMMAND | TOPIC]",
    group=GROUP,
    aliases=("?",),
    complete=lambda context: [*(entry.name for entry in commands()), *(name for name, _ in context.help.topics())],
)
def help_command(context: CommandContext, argument: str) -> Outcome:
    """List the commands, or tell more about one, or about a topic such as keys or pipes."""
    word = argument.lstrip("/／")
    if not word:
        return Say(_list() + "\n\n" + _topics(context))
    found, text = find_command(word), context.help.text(word) or ""
    if found:
        own = describe_command(found)
        return Say(f"{own}\n\n{text}".strip() if word in dict(context.help.topics()) else own)
    if text:
        return Say(text)
    hint = ask_whether(similar_commands(word), form="/{}") or "/help lists everything"
    raise UsageError(f"there is no help on `{word}`", hint=hint)


@command("status", group=GROUP)
def status_command(context: CommandContext, _argument: str) -> Outcome:
    """Show endpoint, model, parameters, where the key comes from, and the size of the conversation."""
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


@command(
    "config", "[KEY [VALUE]]", group=GROUP, complete=lambda context: [key for key, _, _ in context.settings.rows()]
)
def config_command(context: CommandContext, argument: str) -> Outcome:
    """Show the settings and where each comes from, or set one for this run."""
    key, value = [*argument.split(maxsplit=1), "", ""][:2]
    if value:
        context.settings.change(key, value)
    rows = [
        row for row in context.settings.rows() if _is_meant(row[0], key) and (key or is_worth_showing(row[0], row[2]))
    ]
    if not rows:
        raise UsageError(f"there is no setting `{key}`", hint="/config lists them")
    shown = table(("setting", "value", "from"), [(code(name), code(shown), origin) for name, shown, origin in rows])
    return Say(shown + (when_it_counts(key) if value else ""))


@command("theme", "[NAME]", group=GROUP, complete=lambda _context: THEMES)
def theme_command(context: CommandContext, argument: str) -> Outcome:
    """Change the colours of replies for this run, or choose them from a list.

    `auto`, `light` and `dark` use the terminal's own 16 colours, `none` only bold and the like; the others bring
    colours of their own. `ui.theme` in the settings keeps one.
    """
    if argument:
        return _use_theme(context, argument)
    in_use = next(value for name, value, _ in context.settings.rows() if name == "ui.theme").strip('"')
    rows = (ChoiceRow(name, name, "in use" if name == in_use else "") for name in THEMES)
    return Pick("Which theme?", tuple(rows), lambda name: _use_theme(context, name))


def _use_theme(context: CommandContext, name: str) -> Outcome:
    context.settings.change("ui.theme", name)
    return Say(_SAMPLE.format(name=code(name)))


def is_worth_showing(key: str, origin: str) -> bool:
    """Tell whether a setting is shown unasked: of one provider or model only what somebody set."""
    return origin != "default" or not key.startswith(("providers.", "models."))


def overview() -> str:
    """Return the table of all commands by group."""
    rows = []
    for group in dict.fromkeys(entry.group for entry in commands()):
        rows += [(code(synopsis(entry)), entry.summary) for entry in commands() if entry.group == group]
    return table(("command", "what it does"), rows)


def synopsis(entry: Command) -> str:
    """Return the command with its arguments."""
    return f"/{entry.name} {entry.usage}".strip()


def describe_command(entry: Command) -> str:
    """Return all that is known of one command."""
    others = ", ".join(f"/{alias}" for alias in entry.aliases)
    lines = [f"**{synopsis(entry)}**", f"{entry.summary}.", entry.details, f"Also: {others}" if others else ""]
    return "\n\n".join(line for line in lines if line)


def _list() -> str:
    """Return all commands, group by group: on a terminal the table of them would be taller than the screen."""
    groups: dict[str, list[str]] = {}
    for entry in commands():
        groups.setdefault(entry.group, []).append(f"- {code(synopsis(entry))}: {entry.summary}")
    return "\n\n".join("\n".join((f"**{group}**", "", *lines)) for group, lines in groups.items())


def _is_meant(key: str, wanted: str) -> bool:
    return not wanted or key == wanted or key.startswith(f"{wanted}.")


def _topics(context: CommandContext) -> str:
    return "More: " + ", ".join(f"`/help {name}`" for name, _ in context.help.topics())


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
