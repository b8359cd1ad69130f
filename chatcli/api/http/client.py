"""Sends every request of the program through one `httpx.Client` over the given transport.

What httpx would do of itself is switched off, and each has its reason: it would ask the environment (a proxy even for
this machine), follow redirects (with the key, to any host named), read the address of a redirect that is not followed
(and fail on one that is none), keep cookies, and decompress without a bound. Bodies are handed on as they came.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import httpx

from chatcli.api.http.broken import BrokenExchangeError, FailureKind
from chatcli.api.http.early import CONNECT_S
from chatcli.api.http.patience import Patience
from chatcli.errors import ConfigError
from chatcli.language import _
from chatcli.records import frozen

WRITE_S = 60.0
_MAX_SHOWN = 200  # characters of an address
_NO_AUTH = httpx.Auth()


@frozen
class Response:
    """The head of a response, and its body as it comes; *headers* have lower-case names."""

    status: int
    headers: Mapping[str, str]
    body: Iterator[bytes]


class HttpClient:
    """Sends requests through *transport*; *abort* breaks off what that has under way."""

    def __init__(self, transport: httpx.BaseTransport, *, abort: Callable[[], None] = lambda: None) -> None:
        self.abort = abort
        self._urls: dict[str, httpx.URL] = {}
        self._client = _Client(
            transport=transport,
            trust_env=False,
            follow_redirects=False,
            event_hooks={"response": [_set_headers_aside]},
        )

    @contextmanager
    def stream(
        self,
        method: str,
        url: str,
        *,
        headers: Mapping[str, str],
        content: bytes | Iterable[bytes],
        patience: Patience,
        connect_s: float = CONNECT_S,
    ) -> Iterator[Response]:
        """Send a request, hand out its response as soon as the head is there, and close it in the end.

        Content that comes in pieces needs its length among *headers*. Raises BrokenExchangeError, also while the body
        is read, and ConfigError for an invalid URL.
        """
        timeout = {"connect": connect_s, "read": patience.first_byte_s, "write": WRITE_S, "pool": CONNECT_S}
        extensions = {"timeout": timeout, "patience": patience}
        request = httpx.Request(
            method, self._url(url), headers=_lines(headers), content=content or None, extensions=extensions
        )
        with _failures_told_apart():
            response = self._client.send(request, stream=True, auth=_NO_AUTH)
        try:
            yield Response(response.status_code, response.extensions["headers"], _body(response))
        finally:
            response.close()

    def _url(self, url: str) -> httpx.URL:
        """Return *url* parsed, which takes longer than sending it; raises ConfigError for an invalid URL."""
        if url not in self._urls:
            try:
                self._urls[url] = httpx.URL(url)
            except httpx.InvalidURL as error:
                message = _("cannot use the URL {url}: {reason}", url=url[:_MAX_SHOWN], reason=error)
                raise ConfigError(message, hint=_("check base_url")) from error
        return self._urls[url]

    def close(self) -> None:
        """Close every connection; nothing can be sent afterwards."""
        self._client.close()


class _NoCookies(httpx.Cookies):
    """Takes no cookie: an endpoint knows its user by the key."""

    def extract_cookies(self, response: httpx.Response) -> None:
        """Leave the cookies where they are."""


class _Client(httpx.Client):
    """A client without cookies; httpx would copy a jar, and look into it after every response."""

    @property
    def cookies(self) -> httpx.Cookies:
        """Return a jar that stays empty."""
        return _NoCookies()

    @cookies.setter
    def cookies(self, cookies: Any) -> None:
        """Take none."""


def _lines(headers: Mapping[str, str]) -> list[tuple[bytes, bytes]]:
    """Return *headers* in bytes, for httpx would take text beyond ASCII as no value at all."""
    return [(name.encode("ascii"), value.encode("latin-1")) for name, value in headers.items()]


def _set_headers_aside(response: httpx.Response) -> None:
    """Keep the headers as a mapping, the last of each name, and the address of a redirect from httpx."""
    response.extensions["headers"] = dict(response.headers.multi_items())
    response.headers.pop("location", None)


def _body(response: httpx.Response) -> Iterator[bytes]:
    # Not `iter_raw`, which refuses a body that a transport in this process had at once.
    assert isinstance(response.stream, httpx.SyncByteStream)
    with _failures_told_apart():
        yield from response.stream


@contextmanager
def _failures_told_apart() -> Iterator[None]:
    """Translate what a transport raises that speaks httpx's language only; ours says more, and passes."""
    try:
        yield
    except httpx.ConnectError as error:
        raise BrokenExchangeError(FailureKind.REFUSED, str(error), cause=error) from error
    except httpx.TransportError as error:
        raise BrokenExchangeError(FailureKind.CLOSED, str(error), cause=error) from error
