"""Connects httpx to the network through httpx's own engine, with timeouts and classified failures.

`httpx.HTTPTransport` knows no limit for the first byte beside the one for the next, and reports every failure to
connect alike. So the engine below it, httpcore, gets a network backend of ours. The environment is not asked, nothing
is decompressed: all that is decided elsewhere.
"""

from __future__ import annotations

import socket
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote_to_bytes, urlsplit

import httpcore
import httpx

from chatcli.api.http.backend import PatientBackend, Resolve
from chatcli.api.http.broken import BrokenExchangeError, FailureKind
from chatcli.api.http.patience import Patience
from chatcli.language import ENGLISH, N_, _, current_language
from chatcli.text.system_errors import system_reason

if TYPE_CHECKING:
    import ssl

    from chatcli.api.http.early import EarlyConnection

_HTTP = b"HTTP/"
KEEP_ALIVE_S = 15.0  # Servers close idle connections from 5 s on; a reused one that is dead is replaced silently.


class NetworkTransport(httpx.BaseTransport):
    """Sends requests over the network and keeps connections for the next turn.

    Each request carries its `Patience` in its extensions. *resolve* and *early* are passed to the
    backend. Raises BrokenExchangeError.
    """

    def __init__(
        self,
        *,
        tls: ssl.SSLContext | None,
        proxy_url: str | None = None,
        resolve: Resolve | None = None,
        early: EarlyConnection | None = None,
    ) -> None:
        self._backend = PatientBackend(resolve, early)
        options: dict[str, Any] = {
            "ssl_context": tls,
            "keepalive_expiry": KEEP_ALIVE_S,
            "network_backend": self._backend,
        }
        self._pool = _pool(proxy_url, options)
        self._abort_count = 0

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Send *request* and return as soon as the head of its response is there."""
        patience: Patience = request.extensions["patience"]
        timeout = {**request.extensions["timeout"], "read": patience}
        url = request.url
        sent = httpcore.Request(
            request.method,
            httpcore.URL(scheme=url.raw_scheme, host=url.raw_host, port=url.port, target=url.raw_path),
            headers=request.headers.raw,
            content=request.stream,
            extensions={"timeout": timeout, "trace": self._watch(patience)},
        )
        with _failures_told_apart(patience, timeout["connect"]):
            received = self._pool.handle_request(sent)
        return httpx.Response(received.status, headers=received.headers, stream=_Body(received.stream, patience))

    def close(self) -> None:
        """Close every connection."""
        self._pool.close()

    def abort(self) -> None:
        """Break off every request that has begun, from any thread; one that is still connecting is not sent."""
        self._abort_count += 1
        for stream in tuple(self._backend.opened):
            stream.abort()

    def _watch(self, patience: Patience) -> Callable[[str, Mapping[str, object]], None]:
        """Return what follows the course of one request."""
        count = self._abort_count

        def note(name: str, _info: Mapping[str, object]) -> None:
            if name == "connection.connect_tcp.started":
                patience.is_new_connection = True
            elif name.endswith(".send_request_headers.started") and self._abort_count > count:
                raise BrokenExchangeError(FailureKind.CLOSED, _("the connection was aborted"))
            elif name.endswith(".send_request_body.complete"):
                patience.start()

        return note


class _Body(httpx.SyncByteStream):
    """The body of a response as it comes."""

    def __init__(self, stream: Any, patience: Patience) -> None:
        self._stream = stream
        self._patience = patience

    def __iter__(self) -> Iterator[bytes]:
        with _failures_told_apart(self._patience):
            yield from self._stream

    def close(self) -> None:
        self._stream.close()


def _pool(proxy_url: str | None, options: dict[str, Any]) -> Any:
    if proxy_url is None:
        return httpcore.ConnectionPool(**options)
    parts = urlsplit(proxy_url)
    # As bytes: httpcore takes only ASCII as text, and proxies read a login as UTF-8.
    login = (unquote_to_bytes(parts.username or ""), unquote_to_bytes(parts.password or ""))
    auth = login if parts.username else None
    bare = parts._replace(netloc=parts.netloc.rpartition("@")[2]).geturl()
    if not parts.scheme.startswith("socks5"):
        return httpcore.HTTPProxy(bare, proxy_auth=auth, **options)
    try:
        return httpcore.SOCKSProxy(bare.replace("socks5h:", "socks5:", 1), proxy_auth=auth, **options)
    except (ImportError, RuntimeError) as error:
        raise BrokenExchangeError(
            FailureKind.PROXY, _("a SOCKS proxy needs the package `socksio`"), cause=error
        ) from error


@contextmanager
def _failures_told_apart(patience: Patience, connect_s: float = 0.0) -> Iterator[None]:
    try:
        yield
    except httpcore.ConnectTimeout as error:
        detail = _("no connection within {seconds:g} s", seconds=connect_s)
        raise BrokenExchangeError(FailureKind.CONNECT_TIMEOUT, detail, cause=error) from error
    except httpcore.ProxyError as error:
        raise BrokenExchangeError(FailureKind.PROXY, str(error), cause=error) from error
    except httpcore.ConnectError as error:
        raise _not_connected(error) from error
    except (httpcore.NetworkError, httpcore.RemoteProtocolError, httpcore.TimeoutException) as error:
        raise _broken(error, patience) from error


def _broken(error: Exception, patience: Patience) -> BrokenExchangeError:
    """Distinguish a premature end, bytes that are not HTTP, and unreadable HTTP."""
    words = str(error)
    if not isinstance(error, httpcore.RemoteProtocolError):
        return BrokenExchangeError(FailureKind.CLOSED, words, cause=error)
    came = patience.beginning
    if came and not (came.startswith(_HTTP) or _HTTP.startswith(came)):
        line = came.splitlines()[0].decode("latin-1")
        sent = repr(line) if line.isprintable() else _("binary data")
        return BrokenExchangeError(FailureKind.PROTOCOL, _("it sent {text}", text=sent), cause=error)
    is_end = "closed" in words or "disconnected" in words  # the engine's own words for it
    return BrokenExchangeError(FailureKind.CLOSED if is_end else FailureKind.BAD_HTTP, words, cause=error)


def _not_connected(error: httpcore.ConnectError) -> BrokenExchangeError:
    import ssl  # the engine has imported it

    cause = _origin(error)
    if isinstance(cause, socket.gaierror):
        return BrokenExchangeError(FailureKind.DNS, _resolver_words(cause), cause=cause)
    if isinstance(cause, ssl.SSLEOFError | ConnectionResetError):
        return BrokenExchangeError(
            FailureKind.TLS_CUT, _("the connection was cut during the TLS handshake"), cause=cause
        )
    if isinstance(cause, ssl.SSLError):
        return BrokenExchangeError(FailureKind.CERTIFICATE, str(cause), cause=cause)
    if isinstance(cause, OSError):
        return BrokenExchangeError(FailureKind.REFUSED, system_reason(cause), cause=cause)
    return BrokenExchangeError(FailureKind.REFUSED, str(error), cause=error)


def _origin(error: BaseException) -> BaseException | None:
    """Return what the system said; the pool raises `from None`, so it is found as the context and not as the cause."""
    origin = error.__cause__ or error.__context__
    while origin is not None and not isinstance(origin, OSError):
        origin = origin.__cause__ or origin.__context__
    return origin


def _resolver_words(error: socket.gaierror) -> str:
    """Return why a name was not resolved; the resolver numbers its errors apart from those of the system."""
    said = error.strerror or str(error)
    reasons = {
        socket.EAI_NONAME: N_("Name or service not known"),
        socket.EAI_NODATA: N_("No address associated with hostname"),
        socket.EAI_AGAIN: N_("Temporary failure in name resolution"),
    }
    return said if current_language() == ENGLISH else _(reasons.get(error.errno or 0, said))
