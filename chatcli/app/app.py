"""The composition root: builds what a run needs from the settings, and introduces the parts to each other.

Nothing here touches the network, and nothing heavy is imported before it is needed: the prompt comes before httpx, and
a request is on its way before rich.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path
from typing import TYPE_CHECKING, Any

from chatcli.errors import AuthenticationError, ConfigError, UsageError
from chatcli.files.foreign import TEXT_BYTES, ForeignReader
from chatcli.files.own import app_dirs, create_private, expand_user
from chatcli.flags import Flags
from chatcli.process.environment import Environment
from chatcli.providers.endpoint import GUIDE_MODEL, GUIDE_URL, Endpoint, RetryPolicy
from chatcli.providers.provider import Provider
from chatcli.providers.table import PLAIN, PROVIDERS, limits_of, row_for
from chatcli.records import field, mutable, replace
from chatcli.request.parameters import LOGPROBS, check_parameter, parse_parameter, split_pair
from chatcli.settings.definition import PRECEDENCE, ModelSettings, ProviderSettings, Settings, TemplateSettings
from chatcli.settings.endpoints import GUIDE, locate, pick_provider
from chatcli.settings.endpoints import ProviderAddress as Place
from chatcli.settings.keys import FoundKey, KeySources, Unconfirmed, find_key, key_hint, key_variable
from chatcli.settings.keystore import confirmations, key_store
from chatcli.settings.layers import Resolved, SettingEntry, parse_setting, request_params, resolve_settings
from chatcli.settings.loading import LoadedSettings, SettingsSources, config_file, load_settings, with_flags
from chatcli.settings.names import split_dotted
from chatcli.settings.trust import SOURCE as PROJECT
from chatcli.text.redactor import Redactor, Secret

if TYPE_CHECKING:
    from chatcli.api.client import CompletionsClient
    from chatcli.api.exchange import Exchange
    from chatcli.app.templates import TemplateFiller
    from chatcli.help.topics import Topic

Confirm = Callable[[str], bool]


@mutable
class App:
    """One run: its surroundings and settings; *changes* are settings made while it runs.

    *is_one_shot* tells that one question is asked and no conversation held. *confirm* asks the user a question that
    only a person may answer; without a terminal the answer is no. *note* tells the user something, *guard* is entered
    while a file is waited for: only inside it may Ctrl-C raise.
    """

    environment: Environment
    flags: Flags
    confirm: Confirm = lambda _question: False
    note: Callable[[str], None] = lambda _sentence: None
    guard: Callable[[], AbstractContextManager[object]] = nullcontext
    changes: tuple[SettingEntry, ...] = ()
    secrets: list[Secret] = field(default_factory=list)
    is_one_shot: bool = False
    _loaded: LoadedSettings | None = None

    @property
    def sources(self) -> SettingsSources:
        """Where settings are looked for."""
        environ = self.environment.environ
        return SettingsSources(environ, app_dirs(environ), self.environment.directory, PROVIDERS)

    @property
    def loaded(self) -> LoadedSettings:
        """The settings as they were read; raises ConfigError for whatever is wrong with them."""
        if self._loaded is None:
            flags = [
                SettingEntry(split_dotted(key), value, f"flag {flag}") for key, value, flag in self.flags.settings()
            ]
            self._loaded = load_settings(self.sources, flags=(*self.changes, *flags))
            if template := self._template(self._loaded):
                self._loaded = with_flags(self._loaded, tuple(self._of_template(template)))
        return self._loaded

    @property
    def template(self) -> TemplateSettings | None:
        """The template that this run asks by; raises UsageError where there is none of its name."""
        return self._template(self.loaded)

    @property
    def filler(self) -> TemplateFiller:
        """What fills templates in this run."""
        from chatcli.app.templates import TemplateFiller

        return TemplateFiller(self.flags.var, self.read_text)

    def _template(self, loaded: LoadedSettings) -> TemplateSettings | None:
        if self.flags.template is None:
            return None
        from chatcli.app.templates import find_template

        return find_template(loaded.resolved.settings, self.flags.template)

    def _of_template(self, template: TemplateSettings) -> list[SettingEntry]:
        given = {"provider": template.provider, "model": template.model, "system": template.system}
        source = f"template {self.flags.template}"
        return [SettingEntry(("defaults", name), value, source) for name, value in given.items() if value]

    @property
    def resolved(self) -> Resolved:
        """The settings in force, with where each came from."""
        return self.loaded.resolved

    @property
    def settings(self) -> Settings:
        """The settings in force."""
        return self.resolved.settings

    def forget(self) -> None:
        """Read the settings again when they are next asked for."""
        self._loaded = None

    def change(self, key: str, text: str) -> None:
        """Set one setting for this run."""
        self.changes = (parse_setting(key, text), *self.changes)
        self._loaded = None

    def redact(self, text: str) -> str:
        """Mask every key that was loaded, and what looks like one."""
        return Redactor(self.secrets).redact(text, guess=True)

    def provider(self) -> str:
        """Return the provider to use: empty where nothing points to one, and for an address given by flag."""
        return self.flags.provider or "" if self.flags.base_url else self._picked(self.resolved)

    def _picked(self, resolved: Resolved) -> str:
        where = self.sources.dirs
        return pick_provider(
            resolved,
            presets=PROVIDERS,
            env=self.environment.environ,
            stored=lambda: (saved.provider for saved in key_store(where).list_keys()),
        )

    def endpoint(self, provider: str) -> Endpoint:
        """Return the endpoint of *provider* with its key; raises ConfigError where there can be none."""
        if provider == GUIDE and not self.flags.base_url:
            return Endpoint(name=GUIDE, base_url=GUIDE_URL, row=PLAIN)
        environ, defaults = self.environment.environ, self.settings.defaults
        address = locate(self.resolved, provider, presets=PROVIDERS, base_url=self.flags.base_url or "")
        row = row_for(address.base_url, kind=address.kind)
        found = None if self.shows_requests else self._key(address)
        if found and found.source.removeprefix("$") in row.bearer_envs:
            row = replace(row, key_header="Authorization", key_scheme="Bearer")
        headers = {name: environ[variable] for name, variable in row.header_envs.items() if environ.get(variable)}
        return Endpoint(
            name=address.provider or address.origin.host,
            base_url=address.base_url,
            row=row,
            key=found.secret if found else None,
            key_source=found.source if found else None,
            key_hint=key_hint(address, PROVIDERS),
            key_variable=self._key_variable(address, found),
            headers={**headers, **address.options.headers},
            query=self._query(address, row),
            ca_file=str(expand_user(address.options.ca_file, environ)) if address.options.ca_file else None,
            first_byte_s=defaults.first_byte_timeout,
            stall_s=defaults.timeout,
            policy=RetryPolicy(defaults.max_wait, defaults.retry_ambiguous),
        )

    def _query(self, address: Place, row: Provider) -> str:
        """Return what follows every address of the endpoint: the version where its address wants one."""
        wanted = row.versioned
        version = address.options.api_version or (self.environment.environ.get(wanted.env, "") if wanted else "")
        if wanted is None or wanted.path not in address.base_url:
            return f"api-version={address.options.api_version}" if address.options.api_version else ""
        if not version:
            table = f"[providers.{address.provider or row.name}]"
            hint = f'set ${wanted.env}, or api_version = "{wanted.sample}" under {table}'
            raise ConfigError(f"{address.base_url} wants a version of the API", kept="nothing was sent", hint=hint)
        return f"{wanted.name}={version}"

    @property
    def shows_requests(self) -> bool:
        """Whether requests are only shown, for which no key is looked for."""
        return self.flags.dry_run or self.flags.curl

    def _key_variable(self, address: Place, found: FoundKey | None) -> str:
        """Return the variable that stands for the key, empty where none would be sent."""
        if self.flags.key_env:
            return self.flags.key_env
        named = key_variable(address, PROVIDERS) if address.given_by != "flag" else ""
        return named or ("API_KEY" if found else "")

    def _key(self, address: Place) -> FoundKey | None:
        where = self.sources.dirs
        confirmed = confirmations(where)
        sources = KeySources(
            self.environment.environ, PROVIDERS, key_store(where), confirmed, key_env=self.flags.key_env or ""
        )
        found = find_key(address, sources)
        if isinstance(found, Unconfirmed):
            if not self.confirm(found.question):
                raise found.refusal()
            confirmed.add(found.variable, found.origin)
            found = find_key(address, sources)
        if not isinstance(found, FoundKey):
            if self.flags.key_env:
                what = f"${self.flags.key_env}, which --key-env names, is not set"
                raise AuthenticationError(what, kept="nothing was sent", hint="export it, or leave the flag out")
            return None
        self.secrets.append(found.secret)
        return found

    def exchange(self, endpoint: Endpoint) -> Exchange:
        """Return what makes requests of *endpoint*."""
        from chatcli.app.clients import exchange_for

        return exchange_for(endpoint, self.environment.environ, topics=_topics, known=self.secrets)

    def client(self, exchange: Exchange) -> CompletionsClient:
        """Return the client for the endpoint of *exchange*, within the limits set for its provider."""
        from chatcli.api.rate_limiter import RateLimits
        from chatcli.app.clients import client_for
        from chatcli.app.endpoint_memory import ParameterFile

        options = self.settings.providers.get(exchange.endpoint.name, ProviderSettings())
        limits = RateLimits(options.rpm or None, options.tpm or None, options.concurrency or None)
        return client_for(exchange, limits, ParameterFile(self.sources.dirs.state / "lessons.json"))

    def model(self, endpoint: Endpoint) -> str:
        """Return the configured or suggested model; empty where only the endpoint's own list can tell."""
        if endpoint.base_url == GUIDE_URL:
            return GUIDE_MODEL
        options = self.settings.providers.get(endpoint.name, ProviderSettings())
        own = options.model or endpoint.row.suggested_model or ""
        if endpoint.row.versioned and endpoint.row.versioned.path in endpoint.base_url:
            own = endpoint.base_url.partition(endpoint.row.versioned.path)[2].partition("/")[0]
        if self._is_chosen_over_model():
            return own
        return self.settings.defaults.model or own

    def _is_chosen_over_model(self) -> bool:
        """Tell whether another endpoint was named nearer by than the model, which is not meant for it then."""
        given = self.resolved.given
        model, provider = given.get(("defaults", "model")), given.get(("defaults", "provider"))
        chosen = 0 if self.flags.base_url else PRECEDENCE.index(provider.layer) if provider else len(PRECEDENCE)
        if model is None or chosen >= (address := PRECEDENCE.index(model.layer)):
            return False
        # Whoever set the model meant the provider that was chosen where it was set.
        return (
            bool(self.flags.base_url) or self._picked(resolve_settings(self.loaded.layers[address:])) != self.provider()
        )

    def model_settings(self, model: str) -> ModelSettings:
        """Return what is set for *model*."""
        return self.settings.models.get(model, ModelSettings())

    def options(self, model: str, endpoint: Endpoint) -> dict[str, Any]:
        """Return the request parameters for *model*: configured ones, and over them those of the command line."""
        ranges = limits_of(endpoint.row)
        options: dict[str, Any] = {}
        for name, value in request_params(self.resolved, model).items():
            try:
                options[name] = check_parameter(name, value, ranges=ranges)
            except UsageError as error:
                raise ConfigError(f"config: {error.what}", hint=error.hint) from error
        options |= {f"extra.{name}": value for name, value in self.model_settings(model).extra_body.items()}
        options |= LOGPROBS if self.flags.logprobs else {}
        for name, value in (self.template.params if self.template else {}).items():
            options[name] = check_parameter(name, value, ranges=ranges)
        for name, text in self.flags.parameters():
            options[name] = parse_parameter(name, text, ranges=ranges)
        for text in self.flags.option:
            name, value = split_pair(text)
            options[name] = parse_parameter(name, value, ranges=ranges)
        return options

    def system(self) -> str:
        """Return the system prompt; `@FILE` is read, from the directory of whoever named it.

        A project file names no files: anybody may have written it.
        """
        text, source = self.settings.defaults.system, self.resolved.source("defaults.system")
        if self.template and source.startswith("template "):
            return self.filler.system(self.template)
        if not text.startswith("@") or source == PROJECT:
            return text
        if text.startswith("@@"):
            return text[1:]
        from_config = source == config_file(self.sources).name
        base = config_file(self.sources).parent if from_config else self.environment.directory
        return self.read_text(text[1:], base=base, is_named=not from_config)

    def reader(self, *, is_named: bool) -> ForeignReader:
        """Return what reads files of others; a pipe only where the command line *is_named* as what names it."""
        return ForeignReader(self.sources.dirs, lambda: self.guard(), self.note if is_named else None)

    def read_text(
        self, name: str, *, base: Path | None = None, is_named: bool = True, max_bytes: int = TEXT_BYTES
    ) -> str:
        """Return the text of the file *name*; raises ConfigError or UsageError naming it."""
        path = (base or self.environment.directory) / expand_user(name, self.environment.environ)
        return self.reader(is_named=is_named).read_text(path, max_bytes=max_bytes)

    def write_text(self, name: str, text: str) -> str:
        """Write the new file *name*, any key we know masked, and return where; raises UsageError, also if it exists."""
        path = self.environment.directory / expand_user(name, self.environment.environ)
        try:
            create_private(path, Redactor(self.secrets).redact(text).encode("utf-8", "replace"))
        except FileExistsError as error:
            raise UsageError(f"{path} exists", kept="it was not touched", hint="choose another name") from error
        except OSError as error:
            raise UsageError(f"cannot write {path}: {error.strerror}") from error
        return str(path)

    def model_names(self, exchange: Exchange) -> Sequence[str]:
        """Return the names of the endpoint's models; raises ChatError."""
        from chatcli.api.discovery import list_models

        return [info.name for info in list_models(exchange)]


def _topics() -> Sequence[Topic]:
    from chatcli.help.tables import all_topics  # all commands come along, and only the guide asks for them

    return all_topics()
