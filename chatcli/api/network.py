"""HTTP/1.1 on httpx's own engine, with patience of our own and failures told apart.

httpx leaves open how long to wait for the first byte and how long for the next, reports every failure to connect alike,
and its import costs as much again as that of its engine, httpcore. So httpcore is used here directly, over a backend
that knows both limits, gives a sign when the line goes silent, and keeps the cause of a failure. Redirects are not
followed, the environment is not asked, nothing is decompressed: all that is decided elsewhere.
"""

from __future__ import annotations

import socket
import ssl
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from math import inf
from typing import Any, Protocol
from urllib.parse import unquote_to_bytes, urlsplit

import httpcore

from chatcli.api.retry import Kind
from chatcli.core.values import value

CONNECT_S = 10.0
WRITE_S = 60.0
KEEP_ALIVE_S = 15.0  # Servers close idle connections from 5 s on; a reused one that is dead is replaced silently.
NOTICE_S = 15.0


class Broken(Exception):
    """The exchange failed on the way; *kind* tells how, *detail* what the system said."""

    def __init__(self, kind: Kind, detail: str = "", *, cause: BaseException | None = None) -> None:
        super().__init__(detail)
        self.kind = kind
        self.detail = detail
        self.cause = cause


class Patience(float):
    """How long one request may be silent, handed down to the socket in the place of a fixed timeout.

    *first_byte_s* counts from sending to the first byte of the body, *stall_s* between any two bytes after it.
    *on_silence* is called with the seconds when nothing has come for *notice_s*, once in every silence. `end_within`
    sets an end to it all, which bytes that trickle in do not put off.
    """

    def __new__(
        cls,
        *,
        first_byte_s: float,
        stall_s: float,
        on_silence: Callable[[float], None],
        notice_s: float = NOTICE_S,
    ) -> Patience:
        """Make the number that the HTTP library passes on."""
        patience = super().__new__(cls, first_byte_s)
        patience.first_byte_s = first_byte_s
        patience.stall_s = stall_s
        patience.notice_s = notice_s
        patience.on_silence = on_silence
        patience.started_s = time.monotonic()
        patience.end_by_s = inf
        patience.bytes_received = 0
        patience.is_flowing = False
        patience.is_new_connection = False
        return patience

    first_byte_s: float
    stall_s: float
    notice_s: float
    on_silence: Callable[[float], None]
    started_s: float
    end_by_s: float
    bytes_received: int
    is_flowing: bool
    is_new_connection: bool

    def start(self) -> None:
        """Count from now on: the request is out."""
        self.started_s = time.monotonic()

    def end_within(self, seconds: float) -> None:
        """Allow no more than *seconds* from now on, whatever comes meanwhile."""
        self.end_by_s = min(self.end_by_s, time.monotonic() + seconds)

    def read(self, stream: httpcore.NetworkStream, max_bytes: int) -> bytes:
        """Read from *stream* within the limit that holds now; raises Broken when it is over."""
        now_s = time.monotonic()
        if now_s >= self.end_by_s:
            raise Broken(Kind.STALLED, "its time")
        limit_s = self.stall_s if self.is_flowing else self.started_s + self.first_byte_s - now_s
        limit_s = min(limit_s, self.end_by_s - now_s)
        notice_s = min(self.notice_s, limit_s)
        data = self._try(stream, max_bytes, notice_s)
        if data is None and limit_s > notice_s:
            self.on_silence(notice_s)
            data = self._try(stream, max_bytes, limit_s - notice_s)
        if data is None:
            kind = Kind.STALLED if self.is_flowing else Kind.FIRST_BYTE_TIMEOUT
            seconds = self.stall_s if self.is_flowing else self.first_byte_s
            raise Broken(kind, f"{seconds:g} s")
        self.bytes_received += len(data)
        return data

    def _try(self, stream: httpcore.NetworkStream, max_bytes: int, wait_s: float) -> bytes | None:
        try:
            return stream.read(max_bytes, timeout=max(wait_s, 0.001))
        except httpcore.ReadTimeout:
            return None


class _Stream(httpcore.NetworkStream):
    """A connection that waits as long as the request's patience says, one of *opened* until it is closed."""

    def __init__(self, inner: httpcore.NetworkStream, opened: set[_Stream]) -> None:
        self._inner = inner
        self._opened = opened
        opened.add(self)

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        if isinstance(timeout, Patience):
            return timeout.read(self._inner, max_bytes)
        return self._inner.read(max_bytes, timeout)

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        self._inner.write(buffer, timeout)

    def close(self) -> None:
        self._opened.discard(self)
        self._inner.close()

    def abort(self) -> None:
        """Shut the connection down under whoever reads or writes it."""
        with suppress(OSError):  # one that has ended already
            # That of TLS forgets its state first, which the thread that reads still needs.
            socket.socket.shutdown(self._inner.get_extra_info("socket"), socket.SHUT_RDWR)

    def start_tls(
        self, ssl_context: ssl.SSLContext, server_hostname: str | None = None, timeout: float | None = None
    ) -> httpcore.NetworkStream:
        try:
            inner = self._inner.start_tls(ssl_context, server_hostname, timeout)
        finally:
            self._opened.discard(self)
        return _Stream(inner, self._opened)

    def get_extra_info(self, info: str) -> Any:
        return self._inner.get_extra_info(info)


class _Backend(httpcore.NetworkBackend):
    """Opens connections whose reads are patient."""

    def __init__(self) -> None:
        self._inner = httpcore.SyncBackend()
        self.opened: set[_Stream] = set()

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore.NetworkStream:
        return _Stream(self._inner.connect_tcp(host, port, timeout, local_address, socket_options), self.opened)


@value
class Response:
    """The head of a response, and its body as it comes; *headers* have lower-case names, `close` ends it early."""

    status: int
    headers: Mapping[str, str]
    body: Iterable[bytes]
    close: Callable[[], None]


class Transport(Protocol):
    """Carries one request to a server and brings the response back."""

    def open(
        self,
        method: str,
        url: str,
        *,
        headers: Mapping[str, str],
        content: bytes,
        patience: Patience,
        connect_s: float = CONNECT_S,
        on_sent: Callable[[], None] = lambda: None,
    ) -> Response:
        """Send a request and return as soon as the head of its response is there; raises Broken.

        *on_sent* is called when the last byte of the request is out.
        """
        ...


class HttpTransport:
    """Sends requests over the network and keeps connections for the next turn."""

    def __init__(self, *, tls: ssl.SSLContext | None, proxy_url: str | None = None) -> None:
        self._backend = _Backend()
        options: dict[str, Any] = {
            "ssl_context": tls,
            "keepalive_expiry": KEEP_ALIVE_S,
            "network_backend": self._backend,
        }
        self._pool = _pool(proxy_url, options)

    def open(
        self,
        method: str,
        url: str,
        *,
        headers: Mapping[str, str],
        content: bytes,
        patience: Patience,
        connect_s: float = CONNECT_S,
        on_sent: Callable[[], None] = lambda: None,
    ) -> Response:
        """Send a request and return as soon as the head of its response is there; raises Broken."""

        def note(name: str, _info: Mapping[str, Any]) -> None:
            if name == "connection.connect_tcp.started":
                patience.is_new_connection = True
            elif name.endswith(".send_request_body.complete"):
                patience.start()
                on_sent()

        timeout = {"connect": connect_s, "read": patience, "write": WRITE_S, "pool": CONNECT_S}
        target = httpcore.URL(url)
        lines = _header_lines(target, headers, content)
        request = httpcore.Request(
            method, target, headers=lines, content=content, extensions={"timeout": timeout, "trace": note}
        )
        with _failures_told_apart():
            response = self._pool.handle_request(request)
        known = {name.decode("latin-1").lower(): value.decode("latin-1") for name, value in response.headers}
        return Response(response.status, known, _told_apart(response.stream), response.close)

    def close(self) -> None:
        """Close every connection."""
        self._pool.close()

    def abort(self) -> None:
        """Break every connection off, from whatever thread: who waits for one meets its end at once."""
        for stream in tuple(self._backend.opened):
            stream.abort()


def _header_lines(target: httpcore.URL, headers: Mapping[str, str], content: bytes) -> list[tuple[bytes, bytes]]:
    host = target.host + (b":%d" % target.port if target.port else b"")
    length = [(b"Content-Length", b"%d" % len(content))] if content else []
    return [(b"Host", host), *((name.encode(), value.encode("latin-1")) for name, value in headers.items()), *length]


def _told_apart(stream: Any) -> Iterator[bytes]:
    with _failures_told_apart():
        yield from stream


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
        raise Broken(Kind.PROXY, "a SOCKS proxy needs the package `socksio`", cause=error) from error


@contextmanager
def _failures_told_apart() -> Iterator[None]:
    try:
        yield
    except httpcore.ConnectTimeout as error:
        raise Broken(Kind.CONNECT_TIMEOUT, f"no connection within {CONNECT_S:g} s", cause=error) from error
    except httpcore.ProxyError as error:
        raise Broken(Kind.PROXY, str(error), cause=error) from error
    except httpcore.ConnectError as error:
        raise _not_connected(error) from error
    except (httpcore.NetworkError, httpcore.RemoteProtocolError, httpcore.TimeoutException) as error:
        raise Broken(_kind_of_break(error), str(error), cause=error) from error


def _kind_of_break(error: Exception) -> Kind:
    # What is not HTTP at all is told from a connection that ended too early by the engine's own words.
    words = str(error)
    if isinstance(error, httpcore.RemoteProtocolError) and "illegal" in words.lower():
        return Kind.PROTOCOL
    return Kind.CLOSED


def _not_connected(error: httpcore.ConnectError) -> Broken:
    cause = _origin(error)
    if isinstance(cause, socket.gaierror):
        return Broken(Kind.DNS, cause.strerror or str(cause), cause=cause)
    if isinstance(cause, ssl.SSLEOFError | ConnectionResetError):
        return Broken(Kind.TLS_CUT, "the connection was cut during the TLS handshake", cause=cause)
    if isinstance(cause, ssl.SSLError):
        return Broken(Kind.CERTIFICATE, str(cause), cause=cause)
    if isinstance(cause, OSError):
        return Broken(Kind.REFUSED, cause.strerror or str(cause), cause=cause)
    return Broken(Kind.REFUSED, str(error), cause=error)


def _origin(error: BaseException) -> BaseException | None:
    """Return what the system said; the pool raises `from None`, so it is found as the context and not as the cause."""
    origin = error.__cause__ or error.__context__
    while origin is not None and not isinstance(origin, OSError):
        origin = origin.__cause__ or origin.__context__
    return origin
