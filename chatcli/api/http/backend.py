"""Opens connections that follow a request's timeouts and that another thread can abort."""

from __future__ import annotations

import re
import select
import socket
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from typing import TYPE_CHECKING, Any, TypeAlias

import httpcore

from chatcli.api.http.patience import Patience
from chatcli.text.patterns import pattern

if TYPE_CHECKING:
    import ssl

    from chatcli.api.http.early import EarlyConnection

_HTTP = b"HTTP/"
_BLANK_LINE = b"\r\n\r\n"
_MOST_HEAD = 65_536
# RFC 2616 had it for "not encoded", and some servers still say so; RFC 9112 knows it no more, nor does our engine.
_IDENTITY = pattern(rb"\r\ntransfer-encoding:[ \t]*identity[ \t]*(?=\r\n|\Z)", re.IGNORECASE)

Resolve: TypeAlias = Callable[[str, int], Sequence[str]]


class PatientBackend(httpcore.NetworkBackend):
    """Opens connections; *opened* holds the open ones.

    *resolve* returns the addresses to try for a host; without it the system resolves the name. *early* is a connection
    that is being made already.
    """

    def __init__(self, resolve: Resolve | None = None, early: EarlyConnection | None = None) -> None:
        self._inner = httpcore.SyncBackend()
        self._resolve = resolve
        self._early = early
        self.opened: set[PatientStream] = set()

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[object] | None = None,
    ) -> httpcore.NetworkStream:
        """Connect to *host*, or the first of its addresses that answers."""
        if made := self._take_early(host, port):
            return made
        *others, last = self._addresses(host, port)
        for address in others:
            with suppress(httpcore.ConnectError, httpcore.ConnectTimeout):
                return self._connect(address, port, timeout, local_address, socket_options)
        return self._connect(last, port, timeout, local_address, socket_options)

    def _take_early(self, host: str, port: int) -> PatientStream | None:
        early, self._early = self._early, None
        try:
            made = early.take(host, port) if early else None
        except TimeoutError as error:
            raise httpcore.ConnectTimeout(str(error)) from error
        except OSError as error:
            raise httpcore.ConnectError(str(error)) from error
        return _EarlyStream(_SocketStream(made), self.opened) if made else None

    def _connect(self, host: str, *options: Any) -> PatientStream:
        return PatientStream(self._inner.connect_tcp(host, *options), self.opened)

    def _addresses(self, host: str, port: int) -> Sequence[str]:
        if self._resolve is None:
            return [host]
        try:
            return self._resolve(host, port)
        except OSError as error:
            raise httpcore.ConnectError(str(error)) from error


class PatientStream(httpcore.NetworkStream):
    """One connection, a member of *opened* until it is closed.

    The engine passes a request's read timeout through to `read` without a look at it; a `Patience` goes that way too.
    """

    def __init__(self, inner: httpcore.NetworkStream, opened: set[PatientStream]) -> None:
        self._inner = inner
        self._opened = opened
        self._awaits_head = False
        opened.add(self)

    def read(self, max_bytes: int, timeout: Patience | float | None = None) -> bytes:
        """Return what has come, or wait for it: the head of a response comes as a whole.

        Raises RemoteProtocolError as soon as a response does not begin as HTTP does: the engine would wait for a blank
        line, which other protocols may never send.
        """
        data = self._read(max_bytes, timeout)
        if not self._awaits_head or not isinstance(timeout, Patience):  # to a SOCKS proxy the engine talks without one
            return data
        while _is_part_of_head(data) and (more := self._read(max_bytes, timeout)):
            data += more
        if not _may_be_http(data):
            message = "the response does not begin with HTTP/"
            raise httpcore.RemoteProtocolError(message)
        self._awaits_head = False
        head, blank, body = data.partition(_BLANK_LINE)
        return _IDENTITY.sub(b"", head) + blank + body if blank else data

    def _read(self, max_bytes: int, timeout: Patience | float | None) -> bytes:
        if isinstance(timeout, Patience):
            return timeout.read(self, max_bytes)
        return self._inner.read(max_bytes, timeout)

    def read_within(self, max_bytes: int, wait_s: float) -> bytes | None:
        """Return what arrives within *wait_s*, None if nothing does."""
        try:
            return self._inner.read(max_bytes, timeout=max(wait_s, 0.001))
        except httpcore.ReadTimeout:
            return None

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        """Send *buffer*."""
        self._awaits_head = True
        self._inner.write(buffer, timeout)

    def close(self) -> None:
        """Close the connection; it is gone in any case, whatever the system says to that."""
        self._opened.discard(self)
        with suppress(OSError):
            self._inner.close()

    def abort(self) -> None:
        """Shut the connection down, even while it is being read or written."""
        with suppress(OSError):  # it has ended already
            # That of TLS forgets its state first, which the thread that reads still needs.
            socket.socket.shutdown(self._inner.get_extra_info("socket"), socket.SHUT_RDWR)

    def start_tls(
        self, ssl_context: ssl.SSLContext, server_hostname: str | None = None, timeout: float | None = None
    ) -> httpcore.NetworkStream:
        """Return the connection that speaks TLS over this one."""
        try:
            inner = self._inner.start_tls(ssl_context, server_hostname, timeout)
        finally:
            self._opened.discard(self)
        return PatientStream(inner, self._opened)

    def get_extra_info(self, info: str) -> object:
        """Return what the engine wants to know of the socket."""
        return self._inner.get_extra_info(info)


class _SocketStream(httpcore.NetworkStream):
    """The connection of *connected*, which speaks TLS already if it is to do so."""

    def __init__(self, connected: socket.socket) -> None:
        self._socket = connected

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        """Return the next bytes; empty at the end."""
        try:
            self._socket.settimeout(timeout)
            return self._socket.recv(max_bytes)
        except TimeoutError as error:
            raise httpcore.ReadTimeout(str(error)) from error
        except OSError as error:
            raise httpcore.ReadError(str(error)) from error

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        """Send *buffer*, each piece of it within *timeout*."""
        left = memoryview(buffer)
        try:
            self._socket.settimeout(timeout)
            while left:
                left = left[self._socket.send(left) :]
        except TimeoutError as error:
            raise httpcore.WriteTimeout(str(error)) from error
        except OSError as error:
            raise httpcore.WriteError(str(error)) from error

    def close(self) -> None:
        """Close the socket."""
        self._socket.close()

    def get_extra_info(self, info: str) -> object:
        """Return the socket, whether it speaks TLS, or whether something has come."""
        if info == "ssl_object":
            return self._socket if hasattr(self._socket, "selected_alpn_protocol") else None
        if info == "is_readable":
            return _is_readable(self._socket)
        return self._socket if info == "socket" else None


class _EarlyStream(PatientStream):
    """A connection that speaks TLS already, if it is to do so."""

    def start_tls(
        self,
        ssl_context: ssl.SSLContext,  # noqa: ARG002  # the engine names what it passes
        server_hostname: str | None = None,  # noqa: ARG002
        timeout: float | None = None,  # noqa: ARG002
    ) -> httpcore.NetworkStream:
        """Return the connection as it is."""
        return self


def _may_be_http(data: bytes) -> bool:
    return data.startswith(_HTTP) or _HTTP.startswith(data)


def _is_part_of_head(data: bytes) -> bool:
    return bool(data) and _may_be_http(data) and len(data) < _MOST_HEAD and _BLANK_LINE not in data


def _is_readable(connected: socket.socket) -> bool:
    if connected.fileno() < 0:
        return True  # closed, which is what the engine wants to know
    return bool(select.select([connected], [], [], 0)[0])
