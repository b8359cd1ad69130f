"""The settings of one run, with what its flags and its template add to them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from chatcli.app.user_files import UserFiles
from chatcli.errors import ConfigError, UsageError
from chatcli.files.own import app_dirs
from chatcli.flags import Flags
from chatcli.process.environment import Environment
from chatcli.providers.endpoint import GUIDE_MODEL, GUIDE_URL, Endpoint
from chatcli.providers.table import PROVIDERS, limits_of
from chatcli.records import mutable
from chatcli.request.parameters import LOGPROBS, check_parameter, parse_parameter, split_pair
from chatcli.settings.definition import PRECEDENCE, ModelSettings, ProviderSettings, Settings, TemplateSettings
from chatcli.settings.endpoints import pick_provider
from chatcli.settings.keystore import key_store
from chatcli.settings.layers import Resolved, SettingEntry, parse_setting, request_params, resolve_settings
from chatcli.settings.loading import LoadedSettings, SettingsSources, config_file, load_settings, with_flags
from chatcli.settings.names import split_dotted
from chatcli.settings.trust import SOURCE as PROJECT

if TYPE_CHECKING:
    from chatcli.app.templates import TemplateFiller


@mutable
class Configuration:
    """Settings in force, read when they are first asked for; *changes* are those made while the run lasts."""

    environment: Environment
    flags: Flags
    files: UserFiles
    changes: tuple[SettingEntry, ...] = ()
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
            if template := self._find_template(self._loaded):
                self._loaded = with_flags(self._loaded, tuple(self._template_entries(template)))
        return self._loaded

    @property
    def resolved(self) -> Resolved:
        """The settings in force, with where each came from."""
        return self.loaded.resolved

    @property
    def settings(self) -> Settings:
        """The settings in force."""
        return self.resolved.settings

    @property
    def template(self) -> TemplateSettings | None:
        """The template that this run asks by; raises UsageError where there is none of its name."""
        return self._find_template(self.loaded)

    @property
    def filler(self) -> TemplateFiller:
        """What fills templates in this run."""
        from chatcli.app.templates import TemplateFiller

        return TemplateFiller(self.flags.var, lambda name: self.files.read_text(name, is_named=False))

    @property
    def shows_requests(self) -> bool:
        """Whether requests are only shown, for which no key is looked for."""
        return self.flags.dry_run or self.flags.curl

    def reload(self) -> None:
        """Read the settings again when they are next asked for."""
        self._loaded = None

    def change(self, key: str, text: str) -> None:
        """Set one setting for this run."""
        self.changes = (parse_setting(key, text), *self.changes)
        self._loaded = None

    def provider(self) -> str:
        """Return the provider to use: empty where nothing points to one, and for an address given by flag."""
        return self.flags.provider or "" if self.flags.base_url else self._picked_provider(self.resolved)

    def provider_settings(self, name: str) -> ProviderSettings:
        """Return what is set for the provider *name*."""
        return self.settings.providers.get(name, ProviderSettings())

    def model_settings(self, model: str) -> ModelSettings:
        """Return what is set for *model*."""
        return self.settings.models.get(model, ModelSettings())

    def model(self, endpoint: Endpoint) -> str:
        """Return the configured or suggested model; empty where only the endpoint's own list can tell."""
        if endpoint.base_url == GUIDE_URL:
            return GUIDE_MODEL
        own = self.provider_settings(endpoint.name).model or endpoint.row.suggested_model or ""
        if endpoint.row.versioned and endpoint.row.versioned.path in endpoint.base_url:
            own = endpoint.base_url.partition(endpoint.row.versioned.path)[2].partition("/")[0]
        if self._is_model_outranked():
            return own
        return self.settings.defaults.model or own

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
        path = config_file(self.sources)
        is_from_config = source == path.name
        base = path.parent if is_from_config else None
        return self.files.read_text(text[1:], base=base, is_named=not is_from_config)

    def _picked_provider(self, resolved: Resolved) -> str:
        return pick_provider(
            resolved,
            presets=PROVIDERS,
            env=self.environment.environ,
            stored=lambda: (saved.provider for saved in key_store(self.sources.dirs).list_keys()),
        )

    def _is_model_outranked(self) -> bool:
        """Tell whether another endpoint was named by a nearer layer than the model, which is not meant for it then."""
        given = self.resolved.given
        model, provider = given.get(("defaults", "model")), given.get(("defaults", "provider"))
        chosen = 0 if self.flags.base_url else PRECEDENCE.index(provider.layer) if provider else len(PRECEDENCE)
        if model is None or chosen >= (rank := PRECEDENCE.index(model.layer)):
            return False
        # Whoever set the model meant the provider that was chosen where it was set.
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
        source = f"template {self.flags.template}"
        return [SettingEntry(("defaults", name), value, source) for name, value in given.items() if value]
