"""Declares what settings need to know of built-in providers; the rows are passed in."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol, TypeAlias

from chatcli.settings.urls import Origin, origin_of

_HTTPS_PORT = 443


class Preset(Protocol):
    """One built-in provider; the fields are documented with the rows."""

    @property
    def title(self) -> str:
        """Its display name."""
        ...

    @property
    def base_url(self) -> str:
        """Its address, empty if only the user knows it."""
        ...

    @property
    def local(self) -> bool:
        """Whether users run it themselves."""
        ...

    @property
    def key_envs(self) -> tuple[str, ...]:
        """The variables for its key, the usual one first."""
        ...

    @property
    def key_hosts(self) -> tuple[str, ...]:
        """The hosts its key may be sent to; a leading dot means any subdomain."""
        ...

    @property
    def url_env(self) -> str:
        """The variable that overrides its address."""
        ...

    @property
    def url_env_path(self) -> str:
        """The default path of that address."""
        ...


Presets: TypeAlias = Mapping[str, Preset]


def is_home(preset: Preset, origin: Origin) -> bool:
    """Return whether *origin* belongs to the provider, so that its key may be sent there without asking."""
    if preset.local:
        return origin.is_loopback
    if (origin.scheme, origin.port) != ("https", _HTTPS_PORT):
        return False
    return any(
        origin.host.endswith(host) if host.startswith(".") else origin.host == host for host in home_hosts(preset)
    )


def has_variable(preset: Preset, env: Mapping[str, str]) -> bool:
    """Return whether the key or the URL of the provider is in the environment."""
    return any(env.get(variable, "").strip() for variable in (*preset.key_envs, preset.url_env))


def home_hosts(preset: Preset) -> tuple[str, ...]:
    """Return the hosts that are the provider's own, a leading dot standing for any subdomain; none for local ones."""
    if preset.local or not (preset.key_hosts or preset.base_url):
        return ()
    return preset.key_hosts or (origin_of(preset.base_url).host,)
