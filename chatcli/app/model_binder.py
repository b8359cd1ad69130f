"""Applies settings to a conversation: when it starts, when one is opened, and when settings change."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import Any

from chatcli.app.configuration import Configuration
from chatcli.app.endpoint_client import EndpointClient
from chatcli.app.endpoints import Endpoints
from chatcli.conversation.messages import Notice
from chatcli.conversation.session import Session
from chatcli.conversation.tree import ChatState
from chatcli.errors import ChatError, ConfigError, Remedy
from chatcli.language import N_, _
from chatcli.providers.endpoint import Endpoint
from chatcli.records import replace
from chatcli.request.parameters import check_parameter
from chatcli.settings.definition import TemplateSettings
from chatcli.settings.endpoints import GUIDE, MODEL_FILE, is_model_file


class ModelBinder:
    """Binds a session to models of the configured endpoints.

    Each method decides what applies on its occasion; only `_apply` changes the session.
    """

    def __init__(self, endpoints: Endpoints, session: Session, client: EndpointClient) -> None:
        self._endpoints = endpoints
        self._config = endpoints.config
        self._session = session
        self._client = client
        self._is_named = False  # whether a provider was chosen after the flags that name the endpoint

    @property
    def endpoint_flags(self) -> Sequence[str]:
        """The flags that a later run needs to reach the current endpoint; none if its name is enough."""
        flags = self._config.flags
        if self._is_named or not flags.base_url:
            return ()
        given = {"-p": flags.provider, "--base-url": flags.base_url, "--key-env": flags.key_env}
        return [word for name, value in given.items() if value for word in (name, value)]

    def begin(self) -> None:
        """Apply all settings of the current endpoint."""
        config, endpoint = self._config, self._client.endpoint
        model = config.model(endpoint)
        examples = examples_of(config.template) if config.template else self._session.conversation.examples
        self._apply(model, system=config.system(), options=self._options(model), examples=examples)
        self._keep_known_window()

    def reset(self) -> None:
        """Return to the configured endpoint and settings."""
        self._is_named = False
        self._client.switch_to(self._endpoints.endpoint(provider_to_talk_to(self._config)))
        self.begin()

    def open(self, state: ChatState) -> Notice | None:
        """Apply the stored model of a chat that was just opened; flags of this run take precedence.

        Return a notice if the chat continues at another endpoint because its own is not configured.
        """
        config, conversation = self._config, self._session.conversation
        if state.provider and state.provider != self._client.endpoint.name and not self._is_led:
            with suppress(ChatError):
                self._client.switch_to(self._stored_endpoint(state))
        flagged = self._flagged_model()
        own = state.model if state.provider == self._client.endpoint.name else ""
        model = flagged or own or config.model(self._client.endpoint)
        is_set = bool(config.flags.option or config.flags.parameters() or config.flags.schema)
        self._apply(
            model,
            system=None if config.flags.system is None else config.system(),
            options=conversation.options | self._options(model) if is_set else None,
        )
        self._keep_known_window()
        return self._moved(state)

    def _moved(self, state: ChatState) -> Notice | None:
        """Return the notice that a chat has left its endpoint, unless flags chose where it continues."""
        endpoint, flags = self._client.endpoint, self._config.flags
        if state.provider in ("", GUIDE, endpoint.name) or self._is_led or flags.model:
            return None
        named = N_("this chat was with {model} at {place}, which is not configured; {other} answers now")
        unnamed = N_("this chat was at {place}, which is not configured; {other} answers now")
        what = _(named if state.model else unnamed, model=state.model, place=state.provider, other=endpoint.name)
        return Notice("moved", what, Remedy("name_endpoint"))

    @property
    def _is_led(self) -> bool:
        """Whether flags choose the endpoint, by its name, its address or a model file."""
        flags = self._config.flags
        return bool(flags.provider or flags.base_url or (flags.model and self._config.model_file))

    def _flagged_model(self) -> str:
        """Return the model that a flag names, "" if none does; the provider in front of it is used from now on."""
        names = self._config.flags.model
        if len(names) == 1 and not self._is_led:
            return self._use_provider_of(names[0])
        return self._config.model(self._client.endpoint) if names else ""

    def _use_provider_of(self, name: str) -> str:
        """Use the provider that *name* chooses, if it chooses one; return the name of the model there."""
        named = self._client.read_name(name)
        self._switch_provider(named.provider)
        return named.model

    def _stored_endpoint(self, state: ChatState) -> Endpoint:
        if state.provider == MODEL_FILE:
            return self._endpoints.file_endpoint(state.model)
        return self._endpoints.endpoint(state.provider)

    def refresh(self) -> None:
        """Apply settings that changed during the run; model, system prompt and parameters stay."""
        flags, name = self._config.flags, self._client.endpoint.name
        if file := self._client.endpoint.model_file:
            self._client.switch_to(self._endpoints.file_endpoint(file))
        elif self._is_named or not flags.base_url:
            self._client.switch_to(self._endpoints.named_endpoint(name))
        else:
            self._client.switch_to(self._endpoints.endpoint(flags.provider or ""))
        self._apply(self._session.binding.model)
        self._keep_known_window()

    def use_model(self, model: str, provider: str = "") -> None:
        """Use *model*: of *provider*, or as its name says; a model file is run by a server of our own."""
        path = self._config.files.path(model).absolute()
        if provider:
            self._switch_provider(provider)
        elif is_model_file(model) and path.is_file():
            self._client.switch_to(self._endpoints.file_endpoint(str(path)))
            self._is_named, model = True, str(path)
        else:
            model = self._use_provider_of(model)
        self._apply(model)
        self._keep_known_window()

    def connect(self, provider: str, model: str) -> None:
        """Use *model* of *provider*, whose address or key may have changed."""
        self._client.switch_to(self._endpoints.named_endpoint(provider))
        self._is_named = True
        self.use_model(model, provider)

    def hold(self) -> Callable[[], None]:
        """Return what makes the model in use the current one again."""
        endpoint, is_named, model = self._client.endpoint, self._is_named, self._session.binding.model

        def put_back() -> None:
            if self._client.endpoint is not endpoint:
                self._client.switch_to(endpoint)
            self._is_named = is_named
            self._apply(model)
            self._keep_known_window()

        return put_back

    def use_template(self, template: TemplateSettings) -> None:
        """Apply *template*, which is now the template of the run."""
        config, conversation = self._config, self._session.conversation
        before = self._client.endpoint
        self._switch_provider(template.provider)
        model = template.model if template.provider else self._use_provider_of(template.model)
        # Another endpoint does not know the current model.
        is_elsewhere = self._client.endpoint is not before
        own = config.model(self._client.endpoint) if is_elsewhere else self._session.binding.model
        params = {name: check_parameter(name, value) for name, value in template.params.items()}
        self._apply(
            model or own,
            system=config.system() if template.system else None,
            options=conversation.options | params,
            examples=examples_of(template),
        )

    def _keep_known_window(self) -> None:
        """Show the window where it is known; the next question asks the server again."""
        binding = self._session.binding
        if binding.model and not binding.budget.window_tokens:
            binding.budget.window_tokens = self._client.known_window(binding.model)

    def _switch_provider(self, provider: str) -> None:
        """Use *provider* unless it is empty or in use."""
        if provider and provider != self._client.endpoint.name:
            self._client.switch_to(self._endpoints.named_endpoint(provider))
            self._is_named = True

    def _apply(
        self,
        model: str,
        *,
        system: str | None = None,
        options: dict[str, Any] | None = None,
        examples: tuple[tuple[str, str], ...] | None = None,
    ) -> None:
        """Bind *model* and set what is given; None leaves a value unchanged."""
        conversation, defaults = self._session.conversation, self._config.settings.defaults
        conversation.system = conversation.system if system is None else system
        conversation.options = conversation.options if options is None else options
        conversation.examples = conversation.examples if examples is None else examples
        self._session.settings = replace(
            self._session.settings,
            stream=defaults.stream,
            overflow=defaults.overflow,
            user_name=defaults.name,
            caps_answers=self._config.limits_spending,
        )
        self._session.binding = self._client.bind(model)
        self._session.discover = self._client.discover

    def _options(self, model: str) -> dict[str, Any]:
        """Return the request parameters from settings and flags."""
        options = self._config.options(model, self._client.endpoint)
        if self._config.flags.schema:
            from chatcli.app.answer_format import schema_options

            options |= schema_options(self._config.flags.schema, self._config.files)
        return options


def required_provider(config: Configuration) -> str:
    """Return the provider to ask, empty for an address given by flag; raises ConfigError if there is none."""
    provider = config.provider()
    if not provider and not config.flags.base_url:
        raise ConfigError(_("no model is connected"), kept=_("nothing was sent"), hint=Remedy("connect"))
    return provider


def provider_to_talk_to(config: Configuration) -> str:
    """Return the provider to talk to, or the guide if there is none."""
    provider = config.provider()
    return provider if provider or config.flags.base_url else GUIDE


def examples_of(template: TemplateSettings) -> tuple[tuple[str, str], ...]:
    """Return the few-shot messages of *template*."""
    return tuple((pair["user"], pair["assistant"]) for pair in template.examples)
