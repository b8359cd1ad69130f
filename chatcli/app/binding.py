"""Makes a conversation with an endpoint, and changes its model and endpoint on the way."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from chatcli.app.app import App
from chatcli.app.endpoint_memory import Calibration, CalibrationFile
from chatcli.app.model_directory import ModelDirectory, model_directory_for
from chatcli.conversation.calibration import Scale
from chatcli.conversation.messages import Listener, Message, Request, Usage
from chatcli.conversation.model_info import Price
from chatcli.conversation.session import Session
from chatcli.conversation.token_budget import TokenBudget
from chatcli.errors import ChatError, ConfigError, ModelNotFoundError
from chatcli.process.signals import InterruptGate
from chatcli.providers.endpoint import GUIDE_URL, Endpoint
from chatcli.usage.tokens import counter_for

if TYPE_CHECKING:
    from chatcli.api.client import CompletionsClient
    from chatcli.api.exchange import Exchange
    from chatcli.api.request_preview import PreviewFormat
    from chatcli.app.fan_out import FanOut, ModelRoute
    from chatcli.commands.context import EndpointInfo
    from chatcli.settings.definition import TemplateSettings


def required_provider(app: App) -> str:
    """Return the provider to ask, empty for an address given by flag; raises ConfigError where nobody can answer."""
    provider = app.provider()
    if not provider and not app.flags.base_url:
        hint = "`chat connect` sets one up, a key such as $OPENAI_API_KEY will do, `-p guide` asks the built-in guide"
        raise ConfigError("no model is connected", kept="nothing was sent", hint=hint)
    return provider


class EndpointClient:
    """The way to an endpoint, laid when the first request goes out, for building it imports the HTTP library.

    It is the client of a session and stays while the endpoint behind it changes.
    """

    def __init__(self, app: App, endpoint: Endpoint) -> None:
        self._app = app
        self._endpoint = endpoint
        self._exchange: Exchange | None = None
        self._client: CompletionsClient | None = None
        self.directory = self._directory()

    @property
    def endpoint(self) -> Endpoint:
        """The endpoint in use."""
        return self._endpoint

    def switch_to(self, endpoint: Endpoint) -> None:
        """Use another endpoint from now on."""
        self._endpoint = endpoint
        self._exchange = self._client = None
        self.directory = self._directory()

    def send(self, request: Request, show: Listener) -> None:
        """Send *request* to the endpoint in use; raises ChatError, for an unknown model with names that are near."""
        if self._client is None:
            self._client = self._app.client(self._laid())
        try:
            self._client.send(request, show)
        except ModelNotFoundError as error:
            self._name_near(error, request.model)
            raise

    def discover(self, session: Session) -> None:
        """Find out what the session does not know: a model to use, its window, and how its server counts."""
        if not session.model:
            session.model = self._first_model()
            session.budget = self.budget(session.model)
        budget, calibration = session.budget, self._calibrations.recall(self._endpoint.base_url, session.model)
        budget.scale = calibration.scale or budget.scale
        if budget.window_tokens is None:
            budget.window_tokens = self.directory.window(session.model)

    def preview(self, request: Request, form: PreviewFormat) -> str:
        """Return *request* as it would be sent now, in *form*; the key is only a variable."""
        from chatcli.api.request_preview import format_preview, preview_request

        if self._client is None:
            self._client = self._app.client(self._laid())
        return format_preview(preview_request(self._endpoint, self._client.body(request)), form)

    def abort(self) -> None:
        """Break off what is under way, from whatever thread."""
        if self._exchange is not None:
            self._exchange.http.abort()

    def count(self, model: str, messages: Sequence[Message]) -> int | None:
        """Ask the server how many tokens *messages* have; None where it does not count."""
        from chatcli.api.discovery import count_on_server

        return count_on_server(self._laid(), model, messages)

    def budget(self, model: str) -> TokenBudget:
        """Return what counts for *model*, with the window that is set for it; nobody is asked."""
        counter = counter_for(model, counts_reasoning=self._endpoint.row.echoes_reasoning)
        url = self._endpoint.base_url

        def keep(scale: Scale | None, window_tokens: int | None) -> None:
            self._calibrations.remember(url, model, Calibration(scale, window_tokens))

        window = self._app.model_settings(model).context or None
        return TokenBudget(counter, window, extra=counter.extra, keep=keep)

    def price(self, model: str) -> Price | None:
        """Return what *model* costs here as it is set, or else known; None where nobody knows, or nobody pays."""
        if own := self._app.model_settings(model).price:
            return Price(**own)
        return None if self._endpoint.is_local else self.directory.known(model).price

    @property
    def _calibrations(self) -> CalibrationFile:
        return CalibrationFile(self._app.sources.dirs.state / "gauges.json")

    def _directory(self) -> ModelDirectory:
        return model_directory_for(self._app, self._endpoint, self._laid)

    def _laid(self) -> Exchange:
        if self._exchange is None:
            self._exchange = self._app.exchange(self._endpoint)
        return self._exchange

    def _first_model(self) -> str:
        models = self.directory.models()
        if not models:
            raise ConfigError(f"{self._endpoint.host} lists no models", hint="name one with --model")
        return models[0].name

    def _name_near(self, error: ModelNotFoundError, model: str) -> None:
        try:
            names = [info.name for info in self.directory.models()]
        except ChatError:
            return
        from difflib import get_close_matches

        near = get_close_matches(model, names, n=3, cutoff=0.4)
        if near:
            error.hint = f"did you mean {' or '.join(near)}? `chat models` lists {len(names)}"


def fan_out_to(app: App, line: EndpointClient, names: Sequence[str], *, providers: Collection[str]) -> FanOut:
    """Return the client that asks all models in *names* at once: those of the endpoint in use, or `provider/model`."""
    from chatcli.app.fan_out import FanOut

    return FanOut([_lane(app, line, name, providers) for name in names])


def _lane(app: App, line: EndpointClient, name: str, providers: Collection[str]) -> ModelRoute:
    from chatcli.app.fan_out import ModelRoute

    provider, slash, model = name.partition("/")
    if slash and provider in providers and model:
        own = EndpointClient(app, app.endpoint(provider))
    else:
        own, model = EndpointClient(app, line.endpoint), name

    def price(usage: Usage) -> float | None:
        known = own.price(model)
        return known.cost(usage) if known else None

    return ModelRoute(name, model, own.endpoint.name, own.endpoint.host, own.send, own.abort, price)


def session_for(app: App, provider: str, *, interrupts: InterruptGate) -> tuple[Session, EndpointClient]:
    """Return a conversation with *provider* as it is configured, and the line it uses."""
    line = EndpointClient(app, app.endpoint(provider))
    session = Session(client=line, model="", budget=TokenBudget(counter_for("")), guard=interrupts.allow)
    configure(session, app, line)
    return session, line


def configure(session: Session, app: App, line: EndpointClient, *, model: str = "") -> None:
    """Set what the settings say for *model*, by default for the configured one; the history stays."""
    session.model = model or app.model(line.endpoint)
    session.system = app.system()
    session.options = _options(app, session.model, line)
    if app.template:
        session.examples = examples_of(app.template)
    session.stream, session.name = app.settings.defaults.stream, app.settings.defaults.name
    session.overflow = app.settings.defaults.overflow
    meet(session, line)


def examples_of(template: TemplateSettings) -> tuple[tuple[str, str], ...]:
    """Return the questions and answers that requests by *template* begin with."""
    return tuple((pair["user"], pair["assistant"]) for pair in template.examples)


def _options(app: App, model: str, line: EndpointClient) -> dict[str, Any]:
    """Return the request parameters that are configured and given by flags."""
    options = app.options(model, line.endpoint)
    if app.flags.schema:
        from chatcli.app.answer_format import schema_options

        options |= schema_options(app)
    return options


def follow(session: Session, app: App, line: EndpointClient) -> None:
    """Go by settings that were changed in mid-conversation; model, system prompt and parameters stay what they are."""
    line.switch_to(app.endpoint(app.flags.provider or "" if app.flags.base_url else line.endpoint.name))
    session.stream = app.settings.defaults.stream
    session.overflow = app.settings.defaults.overflow


def adapt(session: Session, app: App, line: EndpointClient) -> None:
    """Go by what a conversation that was opened says of its provider and model; flags of this run win."""
    is_led = bool(app.flags.provider or app.flags.base_url)
    model, provider = session.model, session.provider
    if provider and provider != line.endpoint.name and not is_led:
        with suppress(ChatError):  # where it is no longer configured, the conversation goes on with what is
            line.switch_to(app.endpoint(provider))
    session.model = app.flags.chosen_model or (model if provider == line.endpoint.name else app.model(line.endpoint))
    if app.flags.system is not None:
        session.system = app.system()
    if app.flags.option or app.flags.parameters() or app.flags.schema:
        session.options |= _options(app, session.model, line)
    meet(session, line)


def meet(session: Session, line: EndpointClient) -> None:
    """Forget what was known of the model before, and take what is known of the one in use now."""
    session.provider, session.host = line.endpoint.name, line.endpoint.host
    session.budget = line.budget(session.model)
    session.price = line.price
    session.discover = line.discover


def endpoint_info(app: App, endpoint: Endpoint) -> EndpointInfo:
    """Return the endpoint in words that may be shown."""
    from chatcli.api.http.proxy import proxy_for
    from chatcli.commands.context import EndpointInfo
    from chatcli.providers.table import limits_of

    proxy = proxy_for(endpoint.base_url, app.environment.environ)
    return EndpointInfo(
        endpoint.name,
        "built in, offline" if endpoint.base_url == GUIDE_URL else endpoint.base_url,
        endpoint.key_source,
        limits_of(endpoint.row),
        f"{proxy.shown} (from {proxy.variable})" if proxy else None,
    )
