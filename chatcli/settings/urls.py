"""Validates the URLs of endpoints, and suggests corrections.

A URL is judged by its text alone. Nothing is resolved, so a host name that points to this machine is not local.
"""

from __future__ import annotations

import re

from chatcli.language import N_, _
from chatcli.records import frozen
from chatcli.settings.names import WrongValueError
from chatcli.text.hosts import is_loopback, is_possible
from chatcli.text.patterns import pattern

_PORTS = {"http": 80, "https": 443}
_PORT_MAX = 65535
_EXAMPLE = N_("must be a URL such as https://api.example.com/v1")

# Stricter than the standard where URL parsers are known to disagree about the host: no user part, no backslash, only
# ASCII.
_URL = pattern(
    r"(?P<scheme>https?)://(?P<host>[a-z0-9._-]+|\[[0-9a-f:.]+\])(?::(?P<port>[0-9]{1,5}))?(?P<path>/[!-~]*)?",
    re.IGNORECASE,
)

# Common mistakes in pasted URLs: pattern, correction, complaint; applied in this order.
_REPAIRS = (
    (pattern(r"[?#].*", re.DOTALL), "", N_("must not have a query")),
    (pattern(r"(?:/chat)?/completions/*$"), "", N_("must not include /chat/completions: chat adds it")),
    (pattern(r"(/v[0-9]+)(?:\1)+(?=/|$)"), r"\1", N_("must not repeat the version")),
)


@frozen
class Origin:
    """The destination of a request, which keys are bound to; *host* is in lower case, IPv6 without brackets."""

    scheme: str
    host: str
    port: int

    def __str__(self) -> str:
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{self.scheme}://{host}" + ("" if self.port == _PORTS[self.scheme] else f":{self.port}")

    @property
    def is_loopback(self) -> bool:
        """Whether it is this machine."""
        return is_loopback(self.host)


def clean_url(text: str) -> str:
    """Return a base URL without surrounding white space and final slash.

    Raises WrongValueError with the URL that was probably meant.
    """
    url = text.strip()
    complaints = [] if "://" in url else [N_("must begin with https:// or http://")]
    better = url if "://" in url else f"{_usual_scheme(url)}://{url}"
    for habit, replacement, complaint in _REPAIRS:
        repaired = habit.sub(replacement, better)
        complaints += [complaint] if repaired != better else []
        better = repaired
    match = _URL.fullmatch(better)
    if not match or int(match["port"] or 1) not in range(1, _PORT_MAX + 1) or not is_possible(match["host"]):
        raise _unreadable(better)
    if complaints:
        raise WrongValueError(_(complaints[0]), hint=_("Did you mean {url}?", url=better.rstrip("/")))
    return better.rstrip("/")


def _unreadable(url: str) -> WrongValueError:
    authority = url.partition("://")[2].partition("/")[0]
    if "@" in authority:
        hint = _("URLs must not contain keys")
        return WrongValueError(_("must not contain a user name or password"), hint=hint, private=True)
    if not url.isascii():
        hint = _("Write international names as xn--…, other characters as %…")
        return WrongValueError(_("must be ASCII"), hint=hint)
    return WrongValueError(_(_EXAMPLE))


def _usual_scheme(url: str) -> str:
    host = re.split(r"[:/]", url.removeprefix("//"), maxsplit=1)[0]
    return "http" if is_loopback(host) else "https"


def origin_of(base_url: str) -> Origin:
    """Return the origin of a URL validated by `clean_url`."""
    match = _URL.fullmatch(base_url)
    if not match:
        raise WrongValueError(_(_EXAMPLE))
    scheme = match["scheme"].lower()
    return Origin(scheme, match["host"].lower().strip("[]"), int(match["port"] or _PORTS[scheme]))


def complete_url(text: str, *, model: str, path: str) -> str:
    """Complete a URL from the environment, which may be as short as `host:port`.

    Missing scheme, host and port come from *model*; the path is *path*. 0.0.0.0, on which a server listens but which is
    no destination, becomes 127.0.0.1.
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
