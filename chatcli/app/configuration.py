"""Combines the settings of one run with its flags and its template."""

from __future__ import annotations

from collections.abc import Callable, Collection
from pathlib import Path
from typing import TYPE_CHECKING, Any

from chatcli.app.user_files import UserFiles
from chatcli.errors import ConfigError, UsageError
from chatcli.files.own import app_dirs
from chatcli.flags import Flags
from chatcli.language import _
from chatcli.process.environment import Environment
from chatcli.providers.endpoint import GUIDE_MODEL, GUIDE_URL, Endpoint
from chatcli.providers.table import PROVIDERS, limits_of
from chatcli.records import mutable
from chatcli.request.parameters import LOGPROBS, check_parameter, parse_parameter, split_pair
from chatcli.settings.definition import ModelSettings, ProviderSettings, Settings, TemplateSettings
from chatcli.settings.endpoints import MODEL_FILE, is_model_file, pick_provider
from chatcli.settings.keystore import key_store
from chatcli.settings.layers import Resolved, SettingEntry, parse_setting, request_params, resolve_settings
from chatcli.settings.loading import LoadedSettings, SettingsSources, config_file, load_settings, with_flags
from chatcli.settings.model_names import ModelName, provider_in_front
from chatcli.settings.names import split_dotted
from chatcli.settings.option import PRECEDENCE
from chatcli.settings.trust import SOURCE as PROJECT

if TYPE_CHECKING:
    from chatcli.app.templates import TemplateFiller


@mutable
class Configuration:
    """The settings in effect, read on first use; *changes* are those made during the run."""

    environment: Environment
    flags: Flags
    files: UserFiles
    changes: tuple[SettingEntry, ...] = ()
    _loaded: LoadedSettings | None = None
    _named: ModelName | None = None

    @property
    def sources(self) -> SettingsSources:
        """Where settings are read from."""
        environ = self.environment.environ
        return SettingsSources(environ, app_dirs(environ), self.environment.directory, PROVIDERS)

    @property
    def loaded(self) -> LoadedSettings:
        """The settings as read from their sources; raises ConfigError if they are invalid."""
        if self._loaded is None:
            flags = [
                SettingEntry(split_dotted(key), value, _("flag {flag}", flag=flag))
                for key, value, flag in self.flags.settings()
            ]
            self._loaded = load_settings(self.sources, flags=(*self.changes, *flags))
            if template := self._find_template(self._loaded):
                self._loaded = with_flags(self._loaded, tuple(self._template_entries(template)))
        return self._loaded

    @property
    def resolved(self) -> Resolved:
        """The settings in effect, each with its origin."""
        return self.loaded.resolved

    @property
    def settings(self) -> Settings:
        """The settings in effect."""
        return self.resolved.settings

    @property
    def template(self) -> TemplateSettings | None:
        """The template of this run; raises UsageError if it does not exist."""
        return self._find_template(self.loaded)

    @property
    def fallbacks(self) -> tuple[str, ...]:
        """The models to ask, in this order, if the chosen one cannot be had: `model`, or `provider/model`."""
        set_one = self.settings.defaults.fallback
        return self.flags.fallback or ((set_one,) if set_one else ())

    @property
    def limits_spending(self) -> bool:
        """Whether answers are limited to what the money that is left buys."""
        return self.flags.max_cost is not None or self.settings.defaults.budget_stop > 0

    @property
    def filler(self) -> TemplateFiller:
        """Fills templates in this run."""
        from chatcli.app.templates import TemplateFiller

        return TemplateFiller(self.flags.var, lambda name: self.files.read_text(name, is_named=False))

    @property
    def shows_requests(self) -> bool:
        """Whether requests are only shown, so that no key is needed."""
        return self.flags.dry_run or self.flags.curl

    def reload(self) -> None:
        """Read the settings again; raises ConfigError and keeps those in effect if they are invalid by now."""
        before, self._loaded, self._named = self._loaded, None, None
        try:
            _loaded = self.loaded
        except ConfigError:
            self._loaded = before
            raise

    def change(self, key: str, text: str) -> None:
        """Set one setting for this run; raises ConfigError and keeps the settings in effect if that cannot be done."""
        before, self.changes = self.changes, (parse_setting(key, text), *self.changes)
        try:
            self.reload()
        except ConfigError:
            self.changes = before
            raise

    def provider(self) -> str:
        """Return the provider to use; empty if none is configured, or if an address is given by flag."""
        if self.flags.base_url:
            return self.flags.provider or ""
        return MODEL_FILE if self.model_file else self.named_model.provider

    @property
    def named_model(self) -> ModelName:
        """The model that the settings name, at the provider that they choose; both are empty if they name none.

        A model named beside a provider, in the same layer or a lower one, is a model of that provider.
        """
        if self._named is None:
            picked, name = self._picked_provider(self.resolved), self.settings.defaults.model
            found = self.read_name(name, picked) if self._may_choose_provider else ModelName(picked, name)
            several = len(self.flags.model) > 1  # each is read on its own
            self._named = ModelName(picked or found.provider, name) if several else found
        return self._named

    def read_name(self, name: str, in_use: str, *, listed: Callable[[], Collection[str]] | None = None) -> ModelName:
        """Return the model that *name*, `provider/name` perhaps, means while the provider *in_use* is asked.

        *listed* returns the names that this provider is known to list, if not only what is kept on disk counts.
        """
        if "/" not in name:
            return ModelName(in_use, name)
        from chatcli.app.model_names import ModelNames  # few names have a provider in front

        return ModelNames(self.resolved, self.sources).read(name, in_use=in_use, listed=listed)

    @property
    def model_file(self) -> Path | None:
        """The model file to run, None if an endpoint is asked: the name of a model there may end in the same way."""
        name, flags, defaults = self.settings.defaults.model, self.flags, self.settings.defaults
        is_wanted = defaults.provider == MODEL_FILE or (is_model_file(flags.chosen_model) and not flags.provider)
        if not is_wanted or not is_model_file(name) or flags.base_url:
            return None
        path = self.files.path(name).absolute()
        is_elsewhere = provider_in_front(name, (*PROVIDERS, *self.settings.providers)) and not path.is_file()
        return None if is_elsewhere else path

    def provider_settings(self, name: str) -> ProviderSettings:
        """Return the settings of the provider *name*."""
        return self.settings.providers.get(name, ProviderSettings())

    def model_settings(self, model: str) -> ModelSettings:
        """Return the settings of *model*."""
        return self.settings.models.get(model, ModelSettings())

    def model(self, endpoint: Endpoint) -> str:
        """Return the configured or suggested model; empty if only the endpoint's list can decide."""
        if endpoint.base_url == GUIDE_URL:
            return GUIDE_MODEL
        if endpoint.model_file:
            return endpoint.model_file
        own = self.provider_settings(endpoint.name).model or endpoint.row.suggested_model or ""
        if endpoint.row.versioned and endpoint.row.versioned.path in endpoint.base_url:
            own = endpoint.base_url.partition(endpoint.row.versioned.path)[2].partition("/")[0]
        named = self.named_model
        if self._is_model_outranked() or self._is_elsewhere(named, endpoint):
            return own
        return named.model or own

    def options(self, model: str, endpoint: Endpoint) -> dict[str, Any]:
        """Return the request parameters for *model*: configured ones, overridden by the command line."""
        ranges = limits_of(endpoint.row)
        options: dict[str, Any] = {}
        for name, value in request_params(self.resolved, model).items():
            try:
                options[name] = check_parameter(name, value, ranges=ranges)
            except UsageError as error:
                raise ConfigError(_("config: {problem}", problem=error.what), hint=error.hint) from error
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

    def system(self, filler: TemplateFiller | None = None) -> str:
        """Return the system prompt; `@FILE` is read relative to where it is set, *filler* fills that of a template.

        In a project file it is not read, because its author may be anyone.
        """
        text, source = self.settings.defaults.system, self.resolved.source("defaults.system")
        if self.template and source.startswith("template "):
            return (filler or self.filler).system(self.template)
        if not text.startswith("@") or source == PROJECT:
            return text
        if text.startswith("@@"):
            return text[1:]
        path = config_file(self.sources)
        is_from_config = source == path.name
        base = path.parent if is_from_config else None
        return self.files.read_text(text[1:], base=base, is_named=not is_from_config)

    def _picked_provider(self, resolved: Resolved) -> str:
        return pick_provider(
            resolved,
            presets=PROVIDERS,
            env=self.environment.environ,
            stored=lambda: key_store(self.sources.dirs).providers(),
        )

    @property
    def _may_choose_provider(self) -> bool:
        """Whether the name of the model may choose a provider, because none is chosen beside or above it."""
        given, flags = self.resolved.given, self.flags
        model, provider = given.get(("defaults", "model")), given.get(("defaults", "provider"))
        if model is None or flags.base_url or model.layer == "project":
            return False
        return provider is None or PRECEDENCE.index(provider.layer) > PRECEDENCE.index(model.layer)

    def _is_elsewhere(self, named: ModelName, endpoint: Endpoint) -> bool:
        """Return whether *named* chooses a provider by its name, and another than that of *endpoint*."""
        chooses = self._may_choose_provider and named.provider != self._picked_provider(self.resolved)
        return chooses and named.provider != endpoint.name

    def _is_model_outranked(self) -> bool:
        """Return whether a layer above the model's names another endpoint, for which the model is not meant."""
        given = self.resolved.given
        model, provider = given.get(("defaults", "model")), given.get(("defaults", "provider"))
        chosen = 0 if self.flags.base_url else PRECEDENCE.index(provider.layer) if provider else len(PRECEDENCE)
        if model is None or chosen >= (rank := PRECEDENCE.index(model.layer)):
            return False
        # A model is meant for the provider chosen in the same layer.
        if self.flags.base_url:
            return True
        return self._picked_provider(resolve_settings(self.loaded.layers[rank:])) != self.provider()

    def _find_template(self, loaded: LoadedSettings) -> TemplateSettings | None:
        if self.flags.template is None:
            return None
        from chatcli.app.templates import find_template

        return find_template(loaded.resolved.settings, self.flags.template)

    def _template_entries(self, template: TemplateSettings) -> list[SettingEntry]:
        given = {"provider": template.provider, "model": template.model, "system": template.system}
        source = _("template {name}", name=self.flags.template)
        return [SettingEntry(("defaults", name), value, source) for name, value in given.items() if value]
