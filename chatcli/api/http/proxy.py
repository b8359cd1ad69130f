"""Finds the proxy that the environment asks for, and names the variable at fault. Pure.

The variables are read here and not by the HTTP library, which would send loopback requests through a proxy, fail on
`NO_PROXY=[::1]`, and name no variable in its errors.
"""

from __future__ import annotations

from collections.abc import Mapping
from ipaddress import ip_address, ip_network
from urllib.parse import SplitResult, urlsplit

from chatcli.errors import ConfigError
from chatcli.language import _
from chatcli.records import frozen
from chatcli.text.hosts import is_loopback, is_possible

_PORTS = {"http": 80, "https": 443}
_MEANT = {"socks": "socks5"}  # as desktops write it into the environment
_SCHEMES = ("http", "https", "socks5", "socks5h")


@frozen
class Proxy:
    """A proxy and the variable that named it; *url* may hold a password, *shown* does not."""

    url: str
    variable: str
    shown: str


def proxy_for(url: str, environ: Mapping[str, str]) -> Proxy | None:
    """Return the proxy for *url*, or None for a direct connection; loopback hosts are always reached directly.

    Raises ConfigError for a value that is not the URL of a proxy.
    """
    target = urlsplit(url)
    host = target.hostname or ""
    if is_loopback(host) or is_exempt(host, target.port or _PORTS.get(target.scheme), environ):
        return None
    for name in (f"{target.scheme}_proxy", "all_proxy"):
        for variable in (name, name.upper()):
            # A web server passes the header `Proxy:` to its children as HTTP_PROXY: under CGI it counts for nothing.
            if (value := environ.get(variable, "").strip()) and not (
                variable == "HTTP_PROXY" and "REQUEST_METHOD" in environ
            ):
                return _parsed(value, variable)
    return None


def is_exempt(host: str, port: int | None, environ: Mapping[str, str]) -> bool:
    """Return whether NO_PROXY names *host*: `*`, a name and all below it, an address, or a network."""
    listed = environ.get("no_proxy") or environ.get("NO_PROXY") or ""
    return any(_matches(entry.strip().lower(), host.lower(), port) for entry in listed.split(",") if entry.strip())


def _matches(entry: str, host: str, port: int | None) -> bool:
    if entry == "*":
        return True
    name, colon, last = entry.rpartition(":")
    if colon and last.isdigit() and (not name.count(":") or name.endswith("]")):
        if int(last) != port:
            return False
        entry = name
    entry = entry.strip("[]")
    if _is_in_network(host, entry):
        return True
    entry = entry.removeprefix("*").lstrip(".")
    return host == entry or host.endswith(f".{entry}")


def _is_in_network(host: str, entry: str) -> bool:
    try:
        return ip_address(host) in ip_network(entry, strict=False)
    except ValueError:
        return False


def _parsed(value: str, variable: str) -> Proxy:
    written = value if "://" in value else f"http://{value}"
    try:
        parts = urlsplit(written)
        port = parts.port
    except ValueError:
        parts, port = SplitResult("", "", "", "", ""), None
    scheme = _MEANT.get(parts.scheme, parts.scheme)
    name = parts.hostname or ""
    host = f"[{name}]" if ":" in name else name
    if scheme not in _SCHEMES or not is_possible(host):
        what = _("{variable} does not contain a proxy URL: {value}", variable=variable, value=_without_password(value))
        like = "socks5://proxy.example:1080" if scheme.startswith("socks") else "http://proxy.example:3128"
        raise ConfigError(what, hint=_("use a URL such as {like}", like=like))
    url = f"{scheme}{written[len(parts.scheme) :]}"
    return Proxy(url, variable, f"{scheme}://{host}" + (f":{port}" if port else ""))


def _without_password(value: str) -> str:
    return f"***@{value.rpartition('@')[2]}" if "@" in value else value
