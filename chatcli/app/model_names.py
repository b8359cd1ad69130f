"""Reads names of models in a run: which providers are set up, and what each is known to list."""

from __future__ import annotations

from collections.abc import Callable, Collection

from chatcli.app.endpoint_memory import ModelListFile
from chatcli.errors import ConfigError
from chatcli.providers.endpoint import GUIDE_MODEL
from chatcli.providers.known_models import public_names
from chatcli.providers.provider import Provider
from chatcli.providers.table import PROVIDERS, row_for
from chatcli.records import frozen
from chatcli.settings.definition import Settings
from chatcli.settings.endpoints import GUIDE, locate
from chatcli.settings.keystore import key_store
from chatcli.settings.layers import Resolved
from chatcli.settings.loading import SettingsSources
from chatcli.settings.model_names import ModelName, Providers, read_model_name
from chatcli.settings.presets import has_variable


def providers_of(settings: Settings) -> tuple[str, ...]:
    """Return the names of all providers: built-in ones, those of the settings, and the guide."""
    return tuple(dict.fromkeys((*PROVIDERS, *settings.providers, GUIDE)))


@frozen
class ModelNames:
    """What a run knows of its providers and their models; nothing is requested."""

    resolved: Resolved
    sources: SettingsSources

    def read(self, name: str, *, in_use: str, listed: Callable[[], Collection[str]] | None = None) -> ModelName:
        """Return the model that *name* means while *in_use* is asked; *listed* returns what that one lists."""

        def names_at(provider: str) -> Collection[str]:
            if provider != in_use:
                return self.at(provider)
            return {*(listed() if listed else self.at(provider)), *self.resolved.settings.models}

        providers = Providers(providers_of(self.resolved.settings), self._is_set_up, names_at)
        return read_model_name(name, providers, in_use=in_use)

    def at(self, provider: str) -> Collection[str]:
        """Return the names of the models of *provider* as far as they are known."""
        if provider == GUIDE:
            return (GUIDE_MODEL,)
        try:
            address = locate(self.resolved, provider, presets=PROVIDERS)
        except ConfigError:  # none is in use, or its address is not known
            return ()
        file = ModelListFile(self.sources.dirs.cache / "models.json")
        return names_listed_at(address.base_url, row_for(address.base_url, kind=address.kind), file)

    def _is_set_up(self, provider: str) -> bool:
        """Return whether *provider* can be asked: it is described in the settings, local, or has a key."""
        preset = PROVIDERS.get(provider)
        if preset is None or preset.local or provider in self.resolved.settings.providers:
            return True
        return has_variable(preset, self.sources.env) or provider in key_store(self.sources.dirs).providers()


def names_listed_at(base_url: str, row: Provider, file: ModelListFile) -> Collection[str]:
    """Return the names that the endpoint at *base_url* listed when it was last asked, and those of public data."""
    saved = file.recall(base_url, is_fresh=False)
    return {*public_names(row.name), *(info.name for info in (saved.models if saved else ()))}
