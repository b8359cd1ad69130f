"""Finds the endpoints of a run with their keys, and builds their clients."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from chatcli.app.configuration import Configuration
from chatcli.errors import AuthenticationError, ConfigError, Remedy
from chatcli.files.own import expand_user
from chatcli.language import _, speaking
from chatcli.providers.endpoint import GUIDE_URL, MODEL_FILE_URL, Endpoint, RetryPolicy
from chatcli.providers.provider import Provider
from chatcli.providers.table import PLAIN, PROVIDERS, row_for
from chatcli.records import field, mutable, replace
from chatcli.settings.endpoints import GUIDE, MODEL_FILE, ProviderAddress, locate
from chatcli.settings.keys import FoundKey, KeySources, Unconfirmed, find_key, key_hint, key_variable
from chatcli.settings.keystore import confirmations, key_store
from chatcli.text.redactor import Redactor, Secret

if TYPE_CHECKING:
    from chatcli.api.client import CompletionsClient
    from chatcli.api.exchange import Exchange
    from chatcli.api.http.early import EarlyConnection
    from chatcli.api.rate_limiter import RateLimits
    from chatcli.app.endpoint_memory import ParameterFile
    from chatcli.help.topics import Topic
    from chatcli.local.model_server import ModelServer

Confirm = Callable[[str], bool]


@mutable
class Endpoints:
    """Finds endpoints and their keys.

    *confirm* asks the user for consent; without a terminal the answer is no.
    """

    config: Configuration
    confirm: Confirm = lambda _question: False
    _redactor: tuple[int, Redactor] | None = None
    _servers: dict[str, ModelServer] = field(default_factory=dict)

    @property
    def secrets(self) -> list[Secret]:
        """The keys found so far."""
        return self.config.files.secrets

    def redactor(self) -> Redactor:
        """Return a redactor for all keys found so far."""
        if self._redactor is None or self._redactor[0] != len(self.secrets):
            self._redactor = len(self.secrets), Redactor(self.secrets)
        return self._redactor[1]

    def redact(self, text: str) -> str:
        """Mask all keys found so far, and text that looks like a key."""
        return self.redactor().redact(text, guess=True)

    def endpoint(self, provider: str) -> Endpoint:
        """Return the endpoint of *provider* with its key; raises ConfigError if it is misconfigured."""
        if self.config.flags.base_url or provider not in (GUIDE, MODEL_FILE):
            return self._server_endpoint(provider)
        if provider == GUIDE:
            return Endpoint(name=GUIDE, base_url=GUIDE_URL, row=PLAIN)
        if self.config.model_file is None:
            raise ConfigError(_("no model file is named"), hint=Remedy("name_model"))
        return self.file_endpoint(str(self.config.model_file))

    def _server_endpoint(self, provider: str) -> Endpoint:
        config = self.config
        environ, defaults = config.environment.environ, config.settings.defaults
        address = locate(config.resolved, provider, presets=PROVIDERS, base_url=config.flags.base_url or "")
        row = row_for(address.base_url, kind=address.kind)
        found = None if config.shows_requests else self._key(address)
        if found and found.source.removeprefix("$") in row.bearer_envs:
            row = replace(row, key_header="Authorization", key_scheme="Bearer")
        headers = {name: environ[variable] for name, variable in row.header_envs.items() if environ.get(variable)}
        return Endpoint(
            name=address.provider or address.origin.host,
            base_url=address.base_url,
            row=row,
            key=found.secret if found else None,
            key_source=found.source if found else None,
            key_hint=key_hint(address, PROVIDERS, environ),
            key_variable=self._key_variable(address, found),
            wants_key=address.given_by == "preset" and bool(row.key_envs) and not row.local,
            headers={**headers, **address.options.headers},
            query=self._query(address, row),
            ca_file=str(expand_user(address.options.ca_file, environ)) if address.options.ca_file else None,
            first_byte_s=defaults.first_byte_timeout,
            stall_s=defaults.timeout,
            policy=RetryPolicy(defaults.max_wait, defaults.retry_ambiguous),
        )

    def named_endpoint(self, provider: str) -> Endpoint:
        """Return the endpoint of *provider*, ignoring the URL and key given by flags."""
        if not self.config.flags.base_url:
            return self.endpoint(provider)
        flags = replace(self.config.flags, base_url=None, key_env=None)
        return Endpoints(replace(self.config, flags=flags), self.confirm).endpoint(provider)

    def file_endpoint(self, path: str) -> Endpoint:
        """Return the endpoint of a server of our own that runs the model file at *path*; raises ConfigError."""
        if (server := self._servers.get(path)) is None:
            from chatcli.local.model_server import ModelServer

            server = ModelServer(Path(path), window_tokens=self.config.model_settings(path).context or None)
            server.check()
            self._servers[path] = server
        defaults = self.config.settings.defaults
        return Endpoint(
            name=MODEL_FILE,
            base_url=MODEL_FILE_URL,
            row=PROVIDERS["llamacpp"],
            key=server.key,
            model_file=path,
            first_byte_s=defaults.first_byte_timeout,
            stall_s=defaults.timeout,
            policy=RetryPolicy(defaults.max_wait, defaults.retry_ambiguous),
        )

    def is_loading(self, endpoint: Endpoint) -> bool:
        """Return whether *endpoint* runs a model file that is not loaded yet."""
        return bool(endpoint.model_file) and not self._servers[endpoint.model_file].is_ready

    def connect_early(self, endpoint: Endpoint) -> EarlyConnection | None:
        """Begin to connect to *endpoint* if a request to it will follow; None otherwise, or where that cannot be."""
        is_elsewhere = not (endpoint.model_file or endpoint.base_url == GUIDE_URL)
        if not is_elsewhere or self.config.shows_requests or (endpoint.wants_key and endpoint.key is None):
            return None
        from chatcli.api.http.early import connect_early

        early = connect_early(endpoint.base_url, endpoint.ca_file, self.config.environment.environ)
        if early:
            # Not from as deep as the request is sent: CPython keeps frames in pieces of 16 kB, and where one ends, each
            # call maps and unmaps memory, 800 times while httpx was imported.
            import chatcli.api.http.transport  # noqa: F401
        return early

    def exchange(self, endpoint: Endpoint, early: EarlyConnection | None = None) -> Exchange:
        """Return the exchange for *endpoint*; raises AuthenticationError if it needs a key and none is set."""
        return self.exchanges(endpoint, early)()

    def exchanges(self, endpoint: Endpoint, early: EarlyConnection | None = None) -> Callable[[], Exchange]:
        """Return what opens exchanges for *endpoint*, each with connections of its own; see `exchange`."""
        if endpoint.wants_key and endpoint.key is None and not self.config.shows_requests:
            what = _("{title} needs an API key, and none is set", title=endpoint.row.title)
            raise AuthenticationError(what, kept=_("nothing was sent"), hint=endpoint.key_hint)
        from chatcli.app.clients import exchanges_for, model_exchanges

        if endpoint.model_file:
            return model_exchanges(endpoint, self._servers[endpoint.model_file], known=self.secrets)
        return exchanges_for(endpoint, self.config.environment.environ, topics=_topics, known=self.secrets, early=early)

    def client(self, exchange: Exchange) -> CompletionsClient:
        """Return the client for the endpoint of *exchange*, within the limits set for its provider."""
        from chatcli.app.clients import client_for

        return client_for(exchange, self.limits(exchange.endpoint.name), self.parameter_file)

    def limits(self, provider: str) -> RateLimits:
        """Return the limits set for *provider*."""
        from chatcli.api.rate_limiter import RateLimits

        options = self.config.provider_settings(provider)
        return RateLimits(options.rpm or None, options.tpm or None, options.concurrency or None)

    @property
    def parameter_file(self) -> ParameterFile:
        """Where it is kept what endpoints have taught."""
        from chatcli.app.endpoint_memory import ParameterFile

        return ParameterFile(self.config.sources.dirs.state / "lessons.json")

    def _query(self, address: ProviderAddress, row: Provider) -> str:
        """Return the query of every request to the endpoint: the API version, if it requires one."""
        wanted = row.versioned
        environ = self.config.environment.environ
        version = address.options.api_version or (environ.get(wanted.env, "") if wanted else "")
        if wanted is None or wanted.path not in address.base_url:
            return f"api-version={address.options.api_version}" if address.options.api_version else ""
        if not version:
            table = f"[providers.{address.provider or row.name}]"
            hint = _(
                'set ${variable}, or api_version = "{sample}" under {table}',
                variable=wanted.env,
                sample=wanted.sample,
                table=table,
            )
            raise ConfigError(
                _("{url} requires an API version", url=address.base_url),
                kept=_("nothing was sent"),
                hint=hint,
            )
        return f"{wanted.name}={version}"

    def _key_variable(self, address: ProviderAddress, found: FoundKey | None) -> str:
        """Return the variable that represents the key in shown requests, empty if no key is sent."""
        if self.config.flags.key_env:
            return self.config.flags.key_env
        named = key_variable(address, PROVIDERS) if address.given_by != "flag" else ""
        return named or ("API_KEY" if found else "")

    def _key(self, address: ProviderAddress) -> FoundKey | None:
        key_env, dirs = self.config.flags.key_env or "", self.config.sources.dirs
        confirmed = confirmations(dirs)
        environ = self.config.environment.environ
        sources = KeySources(environ, PROVIDERS, key_store(dirs), confirmed, key_env=key_env)
        found = find_key(address, sources)
        if isinstance(found, Unconfirmed):
            if not self.confirm(found.question):
                raise found.refusal()
            confirmed.add(found.variable, found.origin)
            found = find_key(address, sources)
        if not isinstance(found, FoundKey):
            if key_env:
                what = _("${variable}, which should hold the key, is not set", variable=key_env)
                raise AuthenticationError(what, kept=_("nothing was sent"), hint=_("export it"))
            return None
        self.secrets.append(found.secret)
        return found


def _topics(language: str) -> Sequence[Topic]:
    from chatcli.help.tables import all_topics  # imports all commands, which only the guide needs

    with speaking(language):
        return all_topics()
