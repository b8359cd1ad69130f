"""Determines the endpoint: the provider, its URL, and the source of that URL."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Literal, TypeAlias

from chatcli.errors import ConfigError
from chatcli.language import N_, _
from chatcli.records import frozen
from chatcli.settings.definition import ProviderSettings
from chatcli.settings.layers import Resolved, placed
from chatcli.settings.names import WrongValueError, dotted, format_for_message
from chatcli.settings.presets import Presets, has_variable
from chatcli.settings.urls import Origin, clean_url, origin_of
from chatcli.text.similar import did_you_mean

GUIDE = "guide"  # the built-in offline model, which has no URL
MODEL_FILE = "gguf"  # a model file, which a server of our own runs


def is_model_file(name: str) -> bool:
    """Return whether *name* is that of a model file."""
    return name.lower().endswith(".gguf")


def model_title(name: str) -> str:
    """Return the model *name* as it is shown: of a model file, the last part of its path."""
    return name.replace("\\", "/").rpartition("/")[2] if is_model_file(name) else name


PLAIN = "plain"  # the row of an unknown endpoint

Giver: TypeAlias = Literal["flag", "environment", "user", "preset"]


@frozen
class ProviderAddress:
    """The URL of an endpoint.

    *provider* is empty for a URL that was given on the command line. *given_by* is the source of the URL,
    which decides which keys may be sent there. *kind* is the built-in provider whose dialect to use, empty to infer it
    from the host.
    """

    provider: str
    base_url: str
    origin: Origin
    given_by: Giver
    kind: str
    options: ProviderSettings


def locate(resolved: Resolved, provider: str, *, presets: Presets, base_url: str = "") -> ProviderAddress:
    """Return the endpoint of *provider*, or of *base_url* if the command line names one.

    Raises ConfigError for an unknown provider, one without a URL, or an invalid URL.
    """
    if base_url:
        return _flagged(base_url)
    options = resolved.settings.providers.get(provider)
    if options is None and provider not in presets:
        raise unknown_provider(provider, resolved, presets=presets)
    options = options or ProviderSettings()
    kind = _kind(provider, options, presets)
    given = resolved.given.get(("providers", provider, "base_url"))
    if given and given.value:
        giver: Giver = "environment" if given.layer == "environment" else "user"
        return ProviderAddress(provider, given.value, origin_of(given.value), giver, kind, options)
    url = presets[provider].base_url if provider in presets else ""
    if not url:
        raise _without_address(provider, presets)
    return ProviderAddress(provider, url, origin_of(url), "preset", kind, options)


def pick_provider(
    resolved: Resolved, *, presets: Presets, env: Mapping[str, str], stored: Callable[[], Iterable[str]] = tuple
) -> str:
    """Return the provider to use, empty if none is configured.

    That is the one set; else the only one in the settings; else the first built-in one whose key or URL is in the
    environment; else the first of *stored*, the names in the key store, which is read last.
    """
    if resolved.settings.defaults.provider:
        return resolved.settings.defaults.provider
    own = {name[1] for name, origin in resolved.given.items() if name[0] == "providers" and origin.layer == "user"}
    if len(own) == 1:
        return own.pop()
    for name, preset in presets.items():
        if has_variable(preset, env):
            return name
    return next(iter(stored()), "")


def refuse_insecure(endpoint: ProviderAddress) -> None:
    """Raise ConfigError if the key would be sent unencrypted to another machine."""
    if endpoint.origin.scheme == "https" or endpoint.origin.is_loopback or endpoint.options.allow_insecure_http:
        return
    raise ConfigError(
        _("the key would be sent unencrypted to {origin}", origin=endpoint.origin),
        hint=_(
            "Use https://, or set {setting} = true",
            setting=dotted(("providers", endpoint.provider or "NAME", "allow_insecure_http")),
        ),
    )


def unknown_provider(name: str, resolved: Resolved, *, presets: Presets) -> ConfigError:
    """Return the error for an unknown provider: where it is named, and what was probably meant."""
    source = resolved.source("defaults.provider")
    place = source if resolved.settings.defaults.provider == name else ""
    meant = did_you_mean(name, [*resolved.settings.providers, *presets, GUIDE], form='"{}"')
    hint = meant or _("Describe it under [{table}], with its base_url", table=dotted(("providers", name)))
    return ConfigError(placed(place, _("unknown provider {name}", name=format_for_message(name))), hint=hint)


def _flagged(base_url: str) -> ProviderAddress:
    try:
        url = clean_url(base_url)
    except WrongValueError as error:
        if error.private:
            what = _("the URL given for this run: {problem}", problem=error.must)
        else:
            value = format_for_message(base_url)
            what = _("the URL given for this run: {value} {must}", value=value, must=error.must)
        raise ConfigError(what, hint=error.hint or None) from error
    return ProviderAddress("", url, origin_of(url), "flag", "", ProviderSettings())


def _kind(provider: str, options: ProviderSettings, presets: Presets) -> str:
    """Return the row to use if the host does not decide; a built-in provider keeps its dialect at any URL."""
    if not options.kind:
        return provider if provider in presets else ""
    if options.kind in presets or options.kind == PLAIN:
        return options.kind
    key = dotted(("providers", provider, "kind"))
    known = [*presets, PLAIN]
    hint = did_you_mean(options.kind, known, form='"{}"')
    raise ConfigError(
        _("{setting} = {value} is not a built-in provider", setting=key, value=format_for_message(options.kind)),
        hint=hint or _("Built-in providers: {names}", names=_(", ").join(known)),
    )


def _without_address(provider: str, presets: Presets) -> ConfigError:
    variable = presets[provider].url_env if provider in presets else ""
    key = dotted(("providers", provider, "base_url"))
    both, one = N_("Set ${variable}, or {setting}"), N_("Set {setting}")
    hint = _(both if variable else one, variable=variable, setting=key)
    return ConfigError(_("provider {name} has no URL", name=provider), hint=hint)
