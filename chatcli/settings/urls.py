"""The addresses of endpoints: what is taken, what is refused, and what is proposed instead.

An address is judged by how it is written. Nothing is resolved, so a name that points to this machine is still a name.
"""

from __future__ import annotations

import re

from chatcli.records import frozen
from chatcli.settings.names import WrongValueError
from chatcli.text.hosts import is_loopback, is_possible
from chatcli.text.patterns import pattern

_PORTS = {"http": 80, "https": 443}
_PORT_MAX = 65535
_EXAMPLE = "must be an address such as https://api.example.com/v1"

# Stricter than the standard where readers of URLs have been found to disagree about which host is meant: no user part,
# no backslash, no characters beyond ASCII.
_URL = pattern(
    r"(?P<scheme>https?)://(?P<host>[a-z0-9._-]+|\[[0-9a-f:.]+\])(?::(?P<port>[0-9]{1,5}))?(?P<path>/[!-~]*)?",
    re.IGNORECASE,
)

# What people paste, what it should have been, and what is wrong with it; applied in this order.
_REPAIRS = (
    (pattern(r"[?#].*", re.DOTALL), "", "must not have a query"),
    (pattern(r"(?:/chat)?/completions/*$"), "", "must end before /chat/completions: chat adds that itself"),
    (pattern(r"(/v[0-9]+)(?:\1)+(?=/|$)"), r"\1", "must not repeat the version"),
)


@frozen
class Origin:
    """Where a request goes, and what a key is bound to; *host* is in lower case, IPv6 without brackets."""

    scheme: str
    host: str
    port: int

    def __str__(self) -> str:
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{self.scheme}://{host}" + ("" if self.port == _PORTS[self.scheme] else f":{self.port}")

    @property
    def is_loopback(self) -> bool:
        """Tell whether this machine itself is meant."""
        return is_loopback(self.host)


def clean_url(text: str) -> str:
    """Return a base URL without outer white space and final slash.

    Raises WrongValueError, with the address that was probably meant.
    """
    url = text.strip()
    complaints = [] if "://" in url else ["must begin with https:// or http://"]
    better = url if "://" in url else f"{_usual_scheme(url)}://{url}"
    for habit, replacement, complaint in _REPAIRS:
        repaired = habit.sub(replacement, better)
        complaints += [complaint] if repaired != better else []
        better = repaired
    match = _URL.fullmatch(better)
    if not match or int(match["port"] or 1) not in range(1, _PORT_MAX + 1) or not is_possible(match["host"]):
        raise _unreadable(better)
    if complaints:
        raise WrongValueError(complaints[0], hint=f"Did you mean {better.rstrip('/')}?")
    return better.rstrip("/")


def _unreadable(url: str) -> WrongValueError:
    authority = url.partition("://")[2].partition("/")[0]
    if "@" in authority:
        hint = "Keys do not belong in addresses"
        return WrongValueError("must not hold a name or a password", hint=hint, private=True)
    if not url.isascii():
        return WrongValueError("must be ASCII", hint="Names beyond ASCII are written as xn--…, other characters as %…")
    return WrongValueError(_EXAMPLE)


def _usual_scheme(url: str) -> str:
    host = re.split(r"[:/]", url.removeprefix("//"), maxsplit=1)[0]
    return "http" if is_loopback(host) else "https"


def origin_of(base_url: str) -> Origin:
    """Return the origin of an address that `clean_url` has passed."""
    match = _URL.fullmatch(base_url)
    if not match:
        raise WrongValueError(_EXAMPLE)
    scheme = match["scheme"].lower()
    return Origin(scheme, match["host"].lower().strip("[]"), int(match["port"] or _PORTS[scheme]))


def complete_url(text: str, *, model: str, path: str) -> str:
    """Complete an address from the environment, which may be as short as `host:port`.

    Scheme, host and port come from *model* where *text* lacks them, the path is *path*. 0.0.0.0, which a server listens
    at but nobody can be called at, becomes 127.0.0.1.
    """
    usual = origin_of(model) if model else None
    short = text if "://" in text or not usual else f"{usual.scheme}://{text}"
    match = re.fullmatch(r"(\w+://)(\[[^\]]*\]|[^/:?#]*)(:[0-9]+)?(?:/+(.*))?", short)
    if not match:
        return text
    scheme, host, port, rest = match.groups()
    if usual and "://" not in text:
        host, port = host or usual.host, port or f":{usual.port}"
    host = "127.0.0.1" if host in ("0.0.0.0", "[::]") else host
    return f"{scheme}{host}{port or ''}" + (f"/{rest}" if rest else path)
