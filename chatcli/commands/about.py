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
from chatcli.language import N_, _, ngettext
from chatcli.settings.definition import THEMES
from chatcli.terminal import cells
from chatcli.text.phrases import punctuate
from chatcli.text.similar import ask_whether

GROUP = "Program"
_ALL = "all"
_FIRST = ("model", "system", "set", "file", "retry", "edit", "undo", "resume", "new", "exit")
_HEAD = (N_("command"), N_("what it does"))
_CODE = """```python
def greet(name: str) -> str:  # {comment}
    return f"Hello, {{name}}" * 2
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
    hint = ask_whether(similar_commands(word), form="/{}") or _("/help all lists all commands")
    raise UsageError(_("no help on `{word}`", word=word), hint=hint)


@command("status", group=GROUP, aliases=("info",))
def status_command(context: CommandContext, _argument: str) -> Outcome:
    """Show endpoint, model, parameters and key source."""
    session, endpoint = context.session, context.endpoint.info
    tokens, system = session.binding.budget.window_tokens, session.conversation.system
    window = ngettext("{count} token", "{count} tokens", tokens) if tokens else _("unknown")
    size = ngettext("{count} character", "{count} characters", len(system)) if system else _("none")
    options = _(", ").join(f"{key}={json.dumps(value)}" for key, value in session.conversation.options.items())
    rows = [
        (_("model"), model_in_use(context)),
        (_("provider"), endpoint.provider),
        (_("endpoint"), endpoint.base_url),
        (_("key"), endpoint.key_source or _("none")),
        (_("proxy"), endpoint.proxy or _("none")),
        (_("system prompt"), size),
        (_("parameters"), code(options) if options else _("none set")),
        (_("streaming"), _("on") if session.settings.stream else _("off")),
        (_("context window"), window),
        (_("turns"), str(len(split_turns(session.conversation.history)))),
        (_("stored"), storage_note(context.chats)),
    ]
    if session.last:
        rows += _last_reply(context)
    return Say(table((N_("status"), N_("now")), rows))


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
    complete=pair(lambda context: ["edit", *(key for key, *_rest in context.settings.rows())], setting_values),
)
def config_command(context: CommandContext, argument: str) -> Outcome:
    """Show the settings, or change one for this run.

    Each is listed with where its value comes from. `/config --save KEY VALUE` keeps it in the settings file, and
    `/config edit` opens that file in your editor.
    """
    if argument == "edit":
        text = _(
            "{path} is in effect; this chat keeps its model, system prompt and parameters."
            " `/new` starts one with the new values.",
            path=code(context.settings.edit()),
        )
        return Say(text)
    key, value = [*argument.split(maxsplit=1), "", ""][:2]
    if value:
        context.settings.change(key, value)
    rows = [
        row for row in context.settings.rows() if _is_meant(row[0], key) and (key or is_worth_showing(row[0], row[2]))
    ]
    if not rows:
        raise UsageError(_("unknown setting `{key}`", key=key), hint=_("/config lists them"))
    listed = [(code(name), code(shown), _(origin)) for name, shown, origin in rows]
    shown = table((N_("setting"), N_("value"), N_("from")), listed)
    return Say(shown + (when_it_counts(key) if value else ""))


@command("theme", "[NAME]", group=GROUP, complete=lambda _context: THEMES)
def theme_command(context: CommandContext, argument: str) -> Outcome:
    """Choose the colours of replies for this run.

    `auto`, `light` and `dark` use the terminal's own 16 colours, `none` only bold and italic; the others bring
    their own colours. Set `ui.theme` in the settings to keep one.
    """
    if argument:
        return _use_theme(context, argument)
    in_use = next(value for name, value, _ignored in context.settings.rows() if name == "ui.theme").strip('"')
    rows = [ChoiceRow(name, name, _("in use") if name == in_use else "") for name in THEMES]
    choices = ChoiceList(_("Which theme?"), rows, current=in_use, preview=lambda name: Preview(_sample_code(), name))
    return Pick(choices, lambda name: _use_theme(context, name))


def _use_theme(context: CommandContext, name: str) -> Outcome:
    context.settings.change("ui.theme", name)
    said = _("The theme is {name}.", name=code(name))
    return Say(f"{said}\n\n{_sample_code()}")


def _sample_code() -> str:
    return _CODE.format(comment=_("as code looks"))


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
    others = _(", ").join(f"/{alias}" for alias in entry.aliases)
    lines = [f"**{entry.synopsis}**", punctuate(entry.summary), entry.details]
    if others:
        lines.append(_("Also: {names}", names=others))
    return "\n\n".join(line for line in lines if line)


def _first_commands() -> str:
    entries = {entry.name: entry for entry in commands()}
    return table(_HEAD, [(code(f"/{name} {entries[name].usage}".strip()), entries[name].summary) for name in _FIRST])


def _all_commands() -> str:
    """Return all commands by group, without their arguments, which would leave little room for what they do."""
    rows: list[tuple[str, str]] = []
    for group in dict.fromkeys(entry.group for entry in commands()):
        rows.append((f"**{_(group)}**", ""))
        rows += [(code(f"/{entry.name}"), entry.summary) for entry in commands() if entry.group == group]
    more = _("`/help COMMAND` shows arguments and details.")
    # A table is drawn row by row: this one is as wide from the first row on as the names of groups further down.
    name, widest = _(_HEAD[0]), max(cells.width(_(entry.group)) for entry in commands())
    head = (name + "\N{NO-BREAK SPACE}" * (widest - cells.width(name)), _HEAD[1])
    return f"{table(head, rows)}\n\n{more}"


def _is_meant(key: str, wanted: str) -> bool:
    return not wanted or key == wanted or key.startswith(f"{wanted}.")


def _topics(context: CommandContext) -> str:
    names = _(", ").join(name for name, _ignored in context.help.topics())
    return "\n\n".join(
        (
            _("`/help all` lists all commands, `/help COMMAND` explains one."),
            _("Topics for `/help TOPIC`: {names}.", names=names),
        )
    )


def _last_reply(context: CommandContext) -> list[tuple[str, str]]:
    assert context.session.last is not None
    started = context.session.last.reply.started
    rows = [
        (_("last answer by"), started.model),
        (_("last answer id"), started.id),
        (_("fingerprint"), started.fingerprint),
        (_("service tier"), started.service_tier),
    ]
    return [(name, code(value)) for name, value in rows if value]
