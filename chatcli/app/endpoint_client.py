"""Holds the client of a conversation, built at the first request because that imports the HTTP library."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING

from chatcli.app.endpoint_memory import Calibration, CalibrationFile
from chatcli.app.endpoints import Endpoints
from chatcli.app.model_directory import ModelDirectory, model_directory_for
from chatcli.conversation.binding import ModelBinding
from chatcli.conversation.calibration import Scale
from chatcli.conversation.messages import Listener, Message, Notice, Request, Usage, Waiting
from chatcli.conversation.model_info import Price
from chatcli.conversation.ports import Client
from chatcli.conversation.sendable import as_sent
from chatcli.conversation.token_budget import TokenBudget
from chatcli.conversation.tool_images import result_images
from chatcli.errors import ChatError, ConfigError, ModelNotFoundError, Remedy
from chatcli.language import _
from chatcli.providers.endpoint import GUIDE_URL, Endpoint
from chatcli.records import replace
from chatcli.settings.model_names import ModelName
from chatcli.usage.tokens import counter_for

if TYPE_CHECKING:
    from chatcli.api.client import CompletionsClient
    from chatcli.api.exchange import Exchange
    from chatcli.api.http.early import EarlyConnection
    from chatcli.api.request_preview import PreviewFormat
    from chatcli.app.fan_out import FanOut, ModelRoute
    from chatcli.app.image_support import ImageSupport
    from chatcli.app.spending_cap import PricedModel, SpendingCap


class EndpointClient:
    """Sends requests to the current endpoint, which may change during a conversation."""

    def __init__(self, endpoints: Endpoints, endpoint: Endpoint) -> None:
        self._endpoints = endpoints
        self._config = endpoints.config
        self._endpoint = endpoint
        self._exchange: Exchange | None = None
        self._early: EarlyConnection | None = None
        self._client: CompletionsClient | None = None
        self._windows: dict[tuple[str, str], int] = {}  # those found in this run
        self.directory = self._new_directory()
        self._images: ImageSupport | None = None
        self._spent_today: Callable[[], float] = lambda: 0.0
        self._cap: SpendingCap | None = None

    @property
    def endpoint(self) -> Endpoint:
        """The current endpoint."""
        return self._endpoint

    @contextmanager
    def connecting_early(self) -> Iterator[None]:
        """Connect to the current endpoint while the first request is being prepared inside."""
        self._early = None if self._exchange else self._endpoints.connect_early(self._endpoint)
        try:
            yield
        finally:
            if self._early:
                self._early.close()
            self._early = None

    def switch_to(self, endpoint: Endpoint) -> None:
        """Switch to another endpoint."""
        self._endpoint = endpoint
        self._exchange = self._client = self._images = None
        self.directory = self._new_directory()

    def send(self, request: Request, show: Listener) -> None:
        """Send *request* to the current endpoint, within the spending limit if there is one; raises ChatError."""
        if cap := self.cap:
            cap.send(request, show, self._priced(request.model))
        else:
            self._send(request, show)

    @property
    def cap(self) -> SpendingCap | None:
        """What limits the cost of this run; None if nothing does."""
        if self._cap is None and self._config.limits_spending:
            from chatcli.app.spending_cap import SpendingCap  # few runs are limited

            config = self._config
            self._cap = SpendingCap(
                config.flags.max_cost, lambda: config.settings.defaults.budget_stop, lambda: self._spent_today()
            )
        return self._cap if self._config.limits_spending else None

    def know_spending(self, spent_today: Callable[[], float]) -> None:
        """Learn how to find out what today's chats have cost, in US dollars."""
        self._spent_today = spent_today

    def share_cap(self, other: EndpointClient) -> None:
        """Send within the same limit of money as *other*."""
        self._cap = other.cap

    def _send(self, request: Request, show: Listener) -> None:
        """Send *request*; raises ChatError, with similar names for an unknown model."""
        if self._client is None:
            self._client = self._endpoints.client(self._open_exchange())
        if self._endpoints.is_loading(self._endpoint):
            show(Waiting(_("loading the model")))
        try:
            if any(map(result_images, request.messages)):
                self._image_support.send(request, show, self._client.send)
            else:
                self._client.send(request, show)
        except ModelNotFoundError as error:
            _suggest_models(self.directory, error, request.model)
            raise
        if notice := self._retirement_notice(request.model):
            show(notice)

    def bind(self, model: str) -> ModelBinding:
        """Return the binding of *model* with known details, without contacting the endpoint."""
        endpoint = self._endpoint
        return ModelBinding(
            self._with_fallback(), model, self._budget(model), endpoint.name, endpoint.host, self._price
        )

    def discover(self, binding: ModelBinding) -> ModelBinding:
        """Complete *binding* with a model to use and its window, if missing."""
        found = binding if binding.model else self.bind(self._first_model())
        key = self._endpoint.base_url, found.model
        window = self._set_window(found.model) or self.directory.window(found.model) or self._windows.get(key)
        if window:
            self._windows[key] = window
            if self._calibrations.recall(*key).seen_tokens != window:
                self._calibrations.remember(*key, Calibration(seen_tokens=window))
        return replace(found, budget=replace(found.budget, window_tokens=window))

    def known_window(self, model: str) -> int | None:
        """Return the window of *model* as far as it is known without asking its server, which may have changed it."""
        key = self._endpoint.base_url, model
        found = self._set_window(model) or self._windows.get(key) or self.directory.known(model).window_tokens
        return found or self._calibrations.recall(*key).seen_tokens

    def preview(self, request: Request, form: PreviewFormat) -> str:
        """Return *request* as it would be sent now, in *form*; the key is shown as a variable."""
        from chatcli.api.request_preview import format_preview, preview_request

        if self._client is None:
            self._client = self._endpoints.client(self._open_exchange())
        return format_preview(
            preview_request(self._endpoint, self._client.body(self._image_support.fit(request))), form
        )

    def route(self, named: ModelName, title: str) -> ModelRoute:
        """Return the route to the model *named*, which is called *title*, within the same limit of money.

        Raises ChatError if its provider is misconfigured.
        """
        from chatcli.app.fan_out import ModelRoute

        own = self.beside(named.provider)
        own.share_cap(self)
        binding = own.bind(named.model)

        def cost(usage: Usage) -> float | None:
            price = binding.price(named.model)
            return price.cost(usage) if price else None

        return ModelRoute(title, named.model, binding.provider, binding.host, own.send, own.abort, cost)

    def beside(self, provider: str) -> EndpointClient:
        """Return another client, of the same endpoint or of another *provider*."""
        is_same = provider == self._endpoint.name
        return EndpointClient(self._endpoints, self._endpoint if is_same else self._endpoints.named_endpoint(provider))

    def named_by_flags(self) -> list[tuple[str, ModelName]]:
        """Return each model that is named by flags, as it is named there, or the configured one.

        Names beside a provider or an address are those of models there.
        """
        flags, here = self._config.flags, self._endpoint.name
        if len(flags.model) < 2:
            model = self._config.model(self._endpoint)
            return [(flags.chosen_model or model, ModelName(here, model))]
        are_own = flags.provider or flags.base_url
        return [(name, ModelName(here, name) if are_own else self.read_name(name)) for name in flags.model]

    def read_name(self, name: str) -> ModelName:
        """Return the model that *name*, `provider/name` perhaps, means while this endpoint is asked."""
        return self._config.read_name(name, self._endpoint.name, listed=self.directory.names)

    def abort(self) -> None:
        """Abort the running request, from any thread."""
        if self._exchange is not None:
            self._exchange.http.abort()

    def count(self, model: str, messages: Sequence[Message]) -> int | None:
        """Ask the server to count the tokens of *messages*; None if it cannot."""
        from chatcli.api.discovery import count_on_server

        return count_on_server(self._open_exchange(), model, messages)

    def _priced(self, model: str) -> PricedModel:
        from chatcli.app.spending_cap import PricedModel

        counter = counter_for(model)
        most = self.directory.known(model).answer_tokens or self.known_window(model)

        def count_prompt(request: Request) -> int:
            return sum(map(counter.bound, request.messages)) + counter.extra(request.options)

        return PricedModel(model, self._send, self._price(model), count_prompt, most)

    def _with_fallback(self) -> Client:
        """Return the client that asks the models that are to step in, if this endpoint cannot answer."""
        if not (names := self._config.fallbacks):
            return self
        from chatcli.app.fallback import FallbackClient

        return FallbackClient(
            self.send, self._endpoint.name, names, lambda name: self.route(self.read_name(name), name)
        )

    def _budget(self, model: str) -> TokenBudget:
        """Return the token budget of *model*, with its configured window."""
        counter = counter_for(model, counts_reasoning=self._endpoint.row.echoes_reasoning)
        url = self._endpoint.base_url
        counter.sends = lambda sent: self._image_support.as_sent(model, sent) if result_images(sent) else as_sent(sent)

        def keep(scale: Scale | None, window_tokens: int | None) -> None:
            self._calibrations.remember(url, model, Calibration(scale, window_tokens))

        def recall() -> Scale | None:
            return self._calibrations.recall(url, model).scale

        return TokenBudget(counter, self._set_window(model), extra=counter.extra, keep=keep, recall=recall)

    def _set_window(self, model: str) -> int | None:
        return self._config.model_settings(model).context or None

    def _price(self, model: str) -> Price | None:
        """Return the configured or known price of *model* here; None if unknown. The guide costs nothing."""
        if own := self._config.model_settings(model).price:
            return Price(**own)
        if self._endpoint.base_url == GUIDE_URL or self._endpoint.model_file:
            return Price(0, 0)
        return None if self._endpoint.is_local else self.directory.known(model).price

    @property
    def _calibrations(self) -> CalibrationFile:
        return CalibrationFile(self._config.sources.dirs.state / "gauges.json")

    def _new_directory(self) -> ModelDirectory:
        return model_directory_for(self._config.sources.dirs, self._endpoint, self._open_exchange)

    @property
    def _image_support(self) -> ImageSupport:
        from chatcli.app.image_support import ImageSupport  # few chats have images of tools

        if self._images is None:
            self._images = ImageSupport(self.directory.abilities)
        return self._images

    def _open_exchange(self) -> Exchange:
        if self._exchange is None:
            self._exchange = self._endpoints.exchange(self._endpoint, self._early)
        return self._exchange

    @property
    def likely_model(self) -> str:
        """The model that is used where none is set, as far as a cached list tells; else empty."""
        return next((info.name for info in self.directory.cached()), "")

    def _first_model(self) -> str:
        models = self.directory.models()
        if not models:
            raise ConfigError(_("{host} lists no models", host=self._endpoint.host), hint=Remedy("name_model"))
        return models[0].name

    def _retirement_notice(self, model: str) -> Notice | None:
        """Return the notice that *model* is retired soon, if it is due; a run that hides notices does not use it up."""
        if self._config.flags.quiet or (retirement := self.directory.retirement(model)) is None:
            return None
        from chatcli.app.retirement_notices import RetirementNotices  # few models are about to be retired

        notices = RetirementNotices(self._config.sources.dirs.state / "retirements.json")
        return notices.notice(self._endpoint.base_url, model, retirement)


def fan_out_to(client: EndpointClient, models: Iterable[tuple[str, ModelName]]) -> FanOut:
    """Return a client that asks *models*, each with its title, at once, each with the key of its own endpoint."""
    from chatcli.app.fan_out import FanOut

    return FanOut([client.route(named, title) for title, named in models])


def _suggest_models(directory: ModelDirectory, error: ModelNotFoundError, model: str) -> None:
    from chatcli.app.missing_models import suggest_models  # few models are missing

    retirement = directory.retirement(model)  # a new list may lack the model
    try:
        listed = directory.models()
    except ChatError:
        listed = ()
    suggest_models(error, model, retirement, listed)
