"""`chat connect`: sets up a working model in a few questions."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, TypeAlias

from chatcli.app.endpoint_client import EndpointClient
from chatcli.cli.run import Run
from chatcli.conversation.messages import Event, Request, Text, text_message
from chatcli.errors import AuthenticationError, ChatError, UsageError
from chatcli.files.own import expand_user
from chatcli.flags import Flags
from chatcli.input.interview import Interview
from chatcli.language import N_, _
from chatcli.local.model_file import find_model_files
from chatcli.process.streams import is_terminal
from chatcli.providers.endpoint import Endpoint
from chatcli.providers.provider import Provider
from chatcli.providers.table import PROVIDERS
from chatcli.records import replace
from chatcli.settings.endpoints import MODEL_FILE, is_model_file, locate
from chatcli.settings.keystore import key_store
from chatcli.settings.names import Name, WrongValueError, dotted
from chatcli.settings.presets import is_home
from chatcli.settings.settings_file import SettingsFile
from chatcli.settings.urls import clean_url, origin_of
from chatcli.text.phrases import punctuate
from chatcli.text.similar import did_you_mean
from chatcli.text.units import format_size

if TYPE_CHECKING:
    import typer

OTHER = N_("another URL")
MOST_SHOWN = 20
GREETING = "Say hello in one short sentence."
_KEY_TRIES = 3
_MOST_FILES = 10


Local: TypeAlias = Mapping[str, str]  # the servers found on this machine: what the list says of each, by name


def connect(
    run: Run,
    provider: Annotated[str, typer.Argument(metavar="[PROVIDER]", help=_("Built-in provider, or a URL."))] = "",
) -> None:
    """Ask for provider, key and model, send a test request, and save the settings; raises ChatError."""
    if not is_terminal(run.environment.stdin):
        hint = _("`chat config init` writes a settings file to fill in")
        raise UsageError(_("`chat connect` needs a terminal"), hint=hint)
    interview = Interview(run.environment.stdin, run.environment.stdout)
    path = set_up(run, provider, interview)[0]
    interview.say(_("Saved to {path}. Run `chat` to start.", path=path))


def set_up(run: Run, provider: str, interview: Interview) -> tuple[str, str, str]:
    """Ask for what *provider* leaves open, try it, and save it; return the path of the settings, provider and model.

    Raises ChatError, and Stopped if the user leaves; either saves nothing but a key that was given.
    """
    values: dict[Name, object] = {}
    name = _known(run, provider, interview, values) if provider else _chosen(run, interview, values)
    own = _with(run, values)
    endpoint = _with_key(own, name, interview)
    model = _chosen_model(own, endpoint, interview)
    _try_out(own, endpoint, model, interview)
    client = EndpointClient(own.endpoints, endpoint)
    client.discover(client.bind(model))  # the window is shown from the start
    file = SettingsFile.of(run.config.sources)
    file.save({("defaults", "provider"): name, ("defaults", "model"): model, **values})
    return str(file.path), name, model


def _chosen(run: Run, interview: Interview, values: dict[Name, object]) -> str:
    """Return the name of the chosen provider; asks again for an invalid URL."""
    name = _chosen_provider(run, interview, values)
    while True:
        if name == OTHER:
            name = interview.ask(_("URL, e.g. https://api.example.com/v1"))
        try:
            return _known(run, name, interview, values)
        except UsageError as error:
            interview.say(punctuate(error.sentence()))
            name = OTHER


def _known(run: Run, name: str, interview: Interview, values: dict[Name, object]) -> str:
    """Return *name* if it is a provider, else that of a model file, or given to a URL; raises UsageError."""
    if is_model_file(name):
        return _named_file(run.files.path(name).absolute(), values)
    if name in PROVIDERS or name in run.config.settings.providers:
        return name
    return _named(run, name, interview, values)


def _chosen_provider(run: Run, interview: Interview, values: dict[Name, object]) -> str:
    interview.say(_("Looking for local servers ..."))
    found, notes = _local(run)
    if not found:
        interview.say(_("None found."))
    ready = [row for row in PROVIDERS.values() if any(run.environment.environ.get(key) for key in row.key_envs)]
    known = {row.name for row in (*ready, *found)}
    rest = [row for row in PROVIDERS.values() if row.name not in known and row.base_url]
    rows = [*found, *ready, *rest]
    words = [
        _(
            "{name} ({note})",
            name=_(row.title),
            note=notes.get(row.name) or (_("key found") if row in ready else row.name),
        )
        for row in rows
    ]
    files = find_model_files(Path(expand_user("~", run.environment.environ)), run.environment.environ)[:_MOST_FILES]
    listed = [_("{name} (model file, {size})", name=path.name, size=format_size(path.stat().st_size)) for path in files]
    answer = interview.choose(_("Provider"), [*words, _(OTHER), *listed])
    if isinstance(answer, str):
        return answer.strip()
    if answer == len(rows):
        return OTHER
    if answer > len(rows):
        return str(files[answer - len(rows) - 1])
    row = rows[answer]
    if row.base_url != PROVIDERS[row.name].base_url:
        values["providers", row.name, "base_url"] = row.base_url
    return row.name


def _local(run: Run) -> tuple[list[Provider], Local]:
    """Return the local servers that are running, each with the URL it answered at, and what to say of it."""
    from chatcli.api.discovery import find_local_servers

    def bare(row: Provider, url: str) -> Endpoint:
        return Endpoint(name=row.name, base_url=url, row=row)

    servers = find_local_servers(list(PROVIDERS.values()), lambda row, url: run.endpoints.exchange(bare(row, url)))
    rows = [replace(server.row, base_url=server.base_url) for server in servers]
    locked = {server.row.name for server in servers if server.wants_key}
    running, wanting = N_("running at {url}"), N_("running at {url}, wants a key")
    return rows, {row.name: _(wanting if row.name in locked else running, url=row.base_url) for row in rows}


def _named_file(path: Path, values: dict[Name, object]) -> str:
    values["defaults", "provider"], values["defaults", "model"] = MODEL_FILE, str(path)
    return MODEL_FILE


def _named(run: Run, address: str, interview: Interview, values: dict[Name, object]) -> str:
    if not any(mark in address for mark in "./:"):  # a URL may be as short as `localhost:8080`
        raise _no_provider(run, address)
    try:
        url = clean_url(address)
    except WrongValueError as error:
        raise UsageError(_("the URL {url} {must}", url=address, must=error.must), hint=error.hint or None) from error
    host = origin_of(url).host
    usual = host.removeprefix("api.").split(".")[0] if not host[:1].isdigit() else "local"
    name = interview.ask(_("Name for this provider"), default=_free_name(run, usual, url))
    values["providers", name, "base_url"] = url
    return name


def _no_provider(run: Run, name: str) -> UsageError:
    meant = did_you_mean(name, [*PROVIDERS, *run.config.settings.providers])
    hint = meant or _("use a URL, e.g. https://api.example.com/v1")
    return UsageError(_("unknown provider {name}", name=f"`{name}`"), hint=hint)


def _free_name(run: Run, usual: str, url: str) -> str:
    """Return *usual*, with a number if another URL already has that name."""
    names = (usual, *(f"{usual}-{number}" for number in range(2, 100)))
    return next((name for name in names if _may_name(run, name, url)), usual)


def _may_name(run: Run, name: str, url: str) -> bool:
    if name in run.config.settings.providers:
        return run.config.settings.providers[name].base_url == url
    return name not in PROVIDERS or is_home(PROVIDERS[name], origin_of(url))


def _with(run: Run, values: dict[Name, object]) -> Run:
    """Return a run with *values* applied to its settings."""
    changed = Run.of(run.environment, Flags(quiet=run.flags.quiet), run.endpoints.confirm, files=run.files)
    for name, value in values.items():
        changed.config.change(dotted(name), str(value))
    return changed


def _with_key(run: Run, name: str, interview: Interview) -> Endpoint:
    endpoint = run.endpoints.endpoint(name)
    for _try in range(_KEY_TRIES):
        if endpoint.key is None and not endpoint.row.local and not endpoint.is_local:
            endpoint = _asked_key(run, name, interview)
        try:
            _model_names(run, endpoint)
        except AuthenticationError as error:
            interview.say(punctuate(error.what))  # the remedy is the next question
            endpoint = _asked_key(run, name, interview)
        except ChatError:
            return endpoint  # not every endpoint lists models; the test request decides
        else:
            return endpoint
    return endpoint


def _asked_key(run: Run, name: str, interview: Interview) -> Endpoint:
    address = locate(run.config.resolved, name, presets=PROVIDERS)
    key = interview.secret(_("Key for {origin} (not shown)", origin=address.origin))
    saved = key_store(run.config.sources.dirs).set_key(name, origin=address.origin, key=key)
    interview.say(_("Saved for {origin} only.", origin=saved.origin))
    return run.endpoints.endpoint(name)


def _chosen_model(run: Run, endpoint: Endpoint, interview: Interview) -> str:
    try:
        names = _model_names(run, endpoint)
    except ChatError as error:
        interview.say(punctuate(_("cannot list the models: {problem}", problem=error.sentence())))
        return interview.ask(_("Model"))
    if len(names) == 1:
        return names[0]
    suggested = endpoint.row.suggested_model
    default = suggested if suggested in names else ""
    while True:
        shown = names if len(names) <= MOST_SHOWN else []
        if not shown:
            interview.say(_("{count} models. Type part of a name to filter them.", count=len(names)))
            answer: int | str = interview.ask(_("Model"), default=default)
        else:
            number = names.index(default) + 1 if default else 1
            answer = interview.choose(_("Model"), shown, default=number)
        if isinstance(answer, int):
            return names[answer]
        if answer in names:
            return answer
        fitting = [name for name in names if answer.lower() in name.lower()]
        matches = _("{count} match.", count=len(fitting))
        interview.say(matches if fitting else _("No model name contains {text}.", text=answer))
        names = fitting or names
        default = default if default in names else ""


def _model_names(run: Run, endpoint: Endpoint) -> list[str]:
    return [info.name for info in EndpointClient(run.endpoints, endpoint).directory.models(fresh=True)]


def _try_out(run: Run, endpoint: Endpoint, model: str, interview: Interview) -> None:
    pieces: list[str] = []

    def take(event: Event) -> None:
        if isinstance(event, Text):
            pieces.append(event.text)

    interview.say(_("Asking {model} to say hello ...", model=model))
    for tries_left in reversed(range(_KEY_TRIES)):
        try:
            client = run.endpoints.client(run.endpoints.exchange(endpoint))
            client.send(Request(model, (text_message("user", GREETING),)), take)
            break
        except AuthenticationError as error:  # some servers list models to anyone
            if not tries_left:
                raise
            interview.say(punctuate(error.what))
            endpoint = _asked_key(run, endpoint.name, interview)
    text = "".join(pieces).strip()
    interview.say(f"  {text}" if text else _("  (the answer is empty)"))
