"""The small commands: `models`, `config`, `keys`, `trust`, `help`."""

from __future__ import annotations

import subprocess

from chatcli.app.app import App
from chatcli.app.binding import required_provider
from chatcli.app.endpoint_memory import model_to_json
from chatcli.app.model_directory import model_directory_for
from chatcli.app.outputs import output_for
from chatcli.commands.about import is_worth_showing
from chatcli.commands.markdown import code, table
from chatcli.commands.model import MODEL_HEAD, model_cells
from chatcli.errors import ConfigError, UsageError
from chatcli.help.tables import all_topics
from chatcli.help.topics import find_topic as find_topic
from chatcli.output.status import format_duration
from chatcli.process.streams import is_terminal
from chatcli.settings import inspection
from chatcli.settings.endpoints import locate
from chatcli.settings.keystore import key_store
from chatcli.settings.layers import DEFAULT
from chatcli.settings.loading import config_file
from chatcli.settings.names import closest, dotted, to_toml
from chatcli.settings.trust import NAME, trust_ledger, trust_project

WORTH_TELLING_S = 60.0


def models(app: App, wanted: str, *, fresh: bool, as_json: bool) -> None:
    """List the models of the endpoint whose names hold *wanted*: a table on a terminal, names in a pipe.

    *fresh* asks the endpoint even where its list is known, *as_json* writes one object a line.
    """
    import json

    directory = model_directory_for(app, app.endpoint(required_provider(app)))
    found = directory.models(fresh=fresh)
    rows = [directory.known(row.name) for row in found if wanted.lower() in row.name.lower()]
    output = output_for(app)
    if as_json:
        for row in rows:
            output.say(json.dumps(model_to_json(row), ensure_ascii=False), raw=True)
    elif not rows:
        output.note(f"no model's name holds {wanted}" if wanted else "the endpoint lists no models")
    elif is_terminal(app.environment.stdout):
        output.say(table(MODEL_HEAD, list(map(model_cells, rows))))
        if directory.age_s > WORTH_TELLING_S:
            output.note(f"As listed {format_duration(directory.age_s)} ago; --refresh asks again.")
    else:
        output.say("\n".join(row.name for row in rows), raw=True)


def config_show(app: App) -> None:
    """Show every setting in force and where it came from."""
    told = [row for row in inspection.list_settings(app.resolved) if is_worth_showing(row.key, row.source)]
    rows = [row for row in told if row.value or row.source != DEFAULT]
    output = output_for(app)
    if is_terminal(app.environment.stdout):
        output.say(table(("setting", "value", "from"), [(code(row.key), code(row.value), row.source) for row in rows]))
    else:
        output.say("\n".join(f"{row.key} = {row.value}  # {row.source}" for row in rows))


def config_path(app: App) -> None:
    """Print where the settings file is, or would be."""
    output_for(app).say(str(config_file(app.sources)), raw=True)


def config_init(app: App) -> None:
    """Write a settings file in which every setting stands with its default, commented out."""
    path = inspection.write_example(app.sources)
    output_for(app).say(f"Written: {path}", raw=True)


def config_edit(app: App) -> None:
    """Open the settings file in the editor, and say what is wrong with it afterwards."""
    command = inspection.editor(app.sources)
    try:
        status = subprocess.run(command, check=False).returncode
    except OSError as error:
        what = f"cannot run {command[0]}: {error.strerror}"
        raise ConfigError(what, hint="set $VISUAL or $EDITOR to an editor that is installed") from error
    if status:
        raise ConfigError(f"{command[0]} ended with status {status}")
    config_check(app)


def config_check(app: App) -> None:
    """Say what is wrong with the settings; raises ConfigError where anything is."""
    output = output_for(app)
    problems = inspection.check_config(app.sources)
    for problem in problems[:-1]:
        output.fail(problem)
    if problems:
        raise problems[-1]
    output.note("the settings are in order")


def keys_set(app: App, provider: str) -> None:
    """Save a key for *provider*, read from stdin or typed unseen."""
    address = locate(app.resolved, provider, presets=app.sources.presets)
    if is_terminal(app.environment.stdin):
        import getpass

        key = getpass.getpass(f"Key for {address.origin} (not shown): ")
    else:
        key = app.environment.stdin.readline()
    saved = key_store(app.sources.dirs).set_key(provider, origin=address.origin, key=key)
    output_for(app).note(f"saved for {saved.origin}, and for no other host")


def keys_list(app: App) -> None:
    """List whose keys are saved and where they may go, never the keys."""
    rows = key_store(app.sources.dirs).list_keys()
    output = output_for(app)
    if rows:
        output.say("\n".join(f"{row.provider}  {row.origin}" for row in rows), raw=True)
    else:
        output.note("no keys are saved")


def keys_remove(app: App, provider: str) -> None:
    """Forget the key of *provider*."""
    key_store(app.sources.dirs).remove_key(provider)
    output_for(app).note(f"the key of {provider} is removed")


def trust_directory(app: App) -> None:
    """Accept the project file of this directory as it is now."""
    layer = trust_project(app.environment.directory, trust_ledger(app.sources.dirs))
    settings = ", ".join(f"{dotted(entry.name)} = {to_toml(entry.value)}" for entry in layer.entries)
    output_for(app).note(f"{NAME} is trusted as it is now: {settings or 'it sets nothing'}")


def help_topic(app: App, name: str) -> None:
    """Print a help topic, or the list of topics."""
    from chatcli.commands import load_all

    load_all()
    known = all_topics()
    output = output_for(app)
    if not name:
        output.say(table(("topic", "what it tells"), [(code(topic.name), topic.summary) for topic in known]))
        return
    found = find_topic(name, known)
    if found is None:
        meant = closest(name, [topic.name for topic in known])
        hint = f"did you mean {meant}?" if meant else "`chat help` lists them"
        raise UsageError(f"there is no topic `{name}`", hint=hint)
    output.say(found.text)


def list_templates(app: App) -> None:
    """List the templates: a table on a terminal, names in a pipe."""
    from chatcli.app.templates import describe_templates

    rows = describe_templates(app.settings)
    output = output_for(app)
    if is_terminal(app.environment.stdout):
        output.say(table(("template", "from", "what it is for"), [(code(name), own, told) for name, own, told in rows]))
    else:
        output.say("\n".join(name for name, _, _ in rows), raw=True)


def show_template(app: App, name: str) -> None:
    """Print a template as TOML."""
    from chatcli.app.templates import template_to_toml

    output_for(app).say(template_to_toml(app.settings, name), raw=True)
