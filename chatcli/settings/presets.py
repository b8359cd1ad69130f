"""What this room needs to know of the providers that are known by name; the rows themselves are handed down to it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol, TypeAlias

from chatcli.settings.urls import Origin, origin_of

_HTTPS_PORT = 443


class Preset(Protocol):
    """One known provider; what the fields mean is said where the rows are."""

    @property
    def title(self) -> str:
        """What people call it."""
        ...

    @property
    def base_url(self) -> str:
        """Its address, empty where only the user knows it."""
        ...

    @property
    def local(self) -> bool:
        """Whether it is a program that users run themselves."""
        ...

    @property
    def key_envs(self) -> tuple[str, ...]:
        """The variables that hold its key, the usual one first."""
        ...

    @property
    def key_hosts(self) -> tuple[str, ...]:
        """The hosts its key may go to; a leading dot stands for any subdomain."""
        ...

    @property
    def url_env(self) -> str:
        """The variable that replaces its address."""
        ...

    @property
    def url_env_path(self) -> str:
        """The path of such an address that has none."""
        ...


Presets: TypeAlias = Mapping[str, Preset]


def is_home(preset: Preset, origin: Origin) -> bool:
    """Tell whether *origin* is the provider's own, so that its key may go there unasked."""
    if preset.local:
        return origin.is_loopback
    if (origin.scheme, origin.port) != ("https", _HTTPS_PORT):
        return False
    return any(
        origin.host.endswith(host) if host.startswith(".") else origin.host == host for host in home_hosts(preset)
    )


def home_hosts(preset: Preset) -> tuple[str, ...]:
    """Return the hosts that are the provider's own, a leading dot standing for any subdomain; none for local ones."""
    if preset.local or not (preset.key_hosts or preset.base_url):
        return ()
    return preset.key_hosts or (origin_of(preset.base_url).host,)
