"""Combines what is known of an endpoint's models: its list, what it taught us, and public data.

The closest source wins: the smaller of the listed window and the one learnt from refusals, then the public table.
Lists of remote endpoints are cached for a day; a local server is always asked, because its models come and go. What a
list says of retirements is kept longer, because dates do not change with age.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from contextlib import suppress
from typing import TYPE_CHECKING

from chatcli.app.endpoint_memory import CalibrationFile, ModelListFile
from chatcli.conversation.model_info import ModelInfo, Retirement
from chatcli.errors import ConfigError
from chatcli.files.own import AppDirs
from chatcli.providers.endpoint import GUIDE_URL, Endpoint
from chatcli.providers.table import PROVIDERS, row_for
from chatcli.records import replace
from chatcli.settings.endpoints import locate

if TYPE_CHECKING:
    from chatcli.api.exchange import Exchange
    from chatcli.app.configuration import Configuration
    from chatcli.providers.known_models import KnownModel


class ModelDirectory:
    """The known models of *endpoint*; *exchange* creates its client, and is called only to send a request."""

    def __init__(
        self,
        endpoint: Endpoint,
        exchange: Callable[[], Exchange],
        model_lists: ModelListFile,
        calibrations: CalibrationFile,
    ) -> None:
        self._endpoint = endpoint
        self._exchange = exchange
        self._model_lists = model_lists
        self._calibrations = calibrations
        self._listed: Sequence[ModelInfo] = ()
        self._abilities: dict[str, tuple[str, ...]] = {}
        self.age_s = 0.0

    def models(self, *, fresh: bool = False) -> Sequence[ModelInfo]:
        """Return the endpoint's models, as listed *age_s* seconds ago; raises ChatError if the request fails.

        *fresh* ignores the cache.
        """
        if fresh or self._endpoint.is_local or not self.cached():
            from chatcli.api.discovery import list_models

            self._take(list_models(self._exchange()))
        return self._listed

    def cached(self) -> Sequence[ModelInfo]:
        """Return the endpoint's models if no request is needed, else none."""
        if (
            not self._listed
            and not self._endpoint.is_local
            and (roster := self._model_lists.recall(self._endpoint.base_url))
        ):
            self._listed, self.age_s = roster.models, roster.age_s
        return self._listed

    def look(self) -> Sequence[ModelInfo]:
        """Return the endpoint's models; if a request is needed it is given a moment. Raises nothing."""
        if self._endpoint.base_url != GUIDE_URL and (self._endpoint.is_local or not self.cached()):
            from chatcli.api.discovery import list_models_quietly

            if listed := list_models_quietly(self._exchange()):
                self._take(listed)
        return self._listed

    def names(self) -> Collection[str]:
        """Return the names of the endpoint's models as far as they are known without a request."""
        from chatcli.app.model_names import names_listed_at

        known = names_listed_at(self._endpoint.base_url, self._endpoint.row, self._model_lists)
        return {*known, *(info.name for info in self._listed)}

    def window(self, model: str) -> int | None:
        """Return the window of *model*, None if unknown; sends a request if necessary. Raises nothing."""
        if self._endpoint.base_url == GUIDE_URL:
            return None
        if self._asks_for_window:
            from chatcli.api.discovery import fetch_window

            if window := fetch_window(self._exchange(), model):
                return window
        if window := self.known(model).window_tokens:
            return window
        if self._asks_for_window or self.cached():
            return None
        self.look()
        return self._own(model).window_tokens

    @property
    def _asks_for_window(self) -> bool:
        """Whether the server chooses the window size itself, so that public data does not apply."""
        return self._endpoint.is_local or bool(self._endpoint.row.window_sources)

    def known(self, model: str) -> ModelInfo:
        """Return all that is known of *model* without a request."""
        own = self._own(model)
        taught = self._calibrations.recall(self._endpoint.base_url, model).window_tokens
        public = None if self._asks_for_window else self._public(model)
        window = min(filter(None, (own.window_tokens, taught)), default=None)
        if public is None:
            return replace(own, window_tokens=window)
        return replace(
            own,
            window_tokens=window or public.window_tokens,
            answer_tokens=own.answer_tokens or public.answer_tokens,
            price=own.price or public.price,
            abilities=own.abilities or public.abilities,
        )

    def _public(self, model: str) -> KnownModel | None:
        from chatcli.providers.known_models import find_known_model  # local servers know better

        return find_known_model(self._endpoint.row.name, model)

    def retirement(self, model: str) -> Retirement | None:
        """Return when *model* is retired by the newest list, however old; None if unknown. Sends no request."""
        saved = None if self._listed else self._model_lists.recall(self._endpoint.base_url, is_fresh=False)
        models = saved.models if saved else self._listed
        return next((info.retirement for info in models if info.name == model), None)

    def abilities(self, model: str) -> tuple[str, ...]:
        """Return the capabilities of *model*, empty if unknown; asks a server that reports them per model."""
        if known := self.known(model).abilities:
            return known
        if not self._endpoint.row.about_path:
            return ()
        if model not in self._abilities:
            from chatcli.api.discovery import fetch_abilities

            self._abilities[model] = fetch_abilities(self._exchange(), model) or ()
        return self._abilities[model]

    def _own(self, model: str) -> ModelInfo:
        return next((info for info in self.cached() if info.name == model), ModelInfo(model))

    def _take(self, models: Sequence[ModelInfo]) -> None:
        self._listed, self.age_s = models, 0.0
        if not self._endpoint.is_local or any(info.retirement for info in models):
            self._model_lists.remember(self._endpoint.base_url, models)


def listed_models(config: Configuration, provider: str) -> Sequence[ModelInfo]:
    """Return the models that *provider* listed when it was last asked, with public data; none if it never was.

    Only requests with its key could list them. No key is looked for.
    """
    from chatcli.providers.known_models import find_known_model

    try:
        address = locate(config.resolved, provider, presets=PROVIDERS)
    except ConfigError:
        return ()
    saved = ModelListFile(config.sources.dirs.cache / "models.json").recall(address.base_url, is_fresh=False)
    row = row_for(address.base_url, kind=address.kind)
    return [
        replace(
            info,
            window_tokens=info.window_tokens or public.window_tokens,
            price=info.price or public.price,
            abilities=info.abilities or public.abilities,
        )
        if (public := find_known_model(row.name, info.name))
        else info
        for info in (saved.models if saved else ())
    ]


def names_by_provider(config: Configuration) -> dict[str, list[str]]:
    """Return the names of the models that each provider listed when it was last asked, if it ever was."""
    lists = ModelListFile(config.sources.dirs.cache / "models.json").names()
    providers = dict.fromkeys((*config.settings.providers, *PROVIDERS)) if lists else ()
    found = {}
    for provider in providers:
        with suppress(ConfigError):  # an address of its own is missing
            found[provider] = lists.get(locate(config.resolved, provider, presets=PROVIDERS).base_url, [])
    return found


def model_directory_for(dirs: AppDirs, endpoint: Endpoint, exchange: Callable[[], Exchange]) -> ModelDirectory:
    """Return the directory of *endpoint*, with *exchange* for requests."""
    return ModelDirectory(
        endpoint,
        exchange,
        ModelListFile(dirs.cache / "models.json"),
        CalibrationFile(dirs.state / "gauges.json"),
    )
