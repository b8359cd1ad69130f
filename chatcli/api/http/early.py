"""Connects to a server while the program is still getting ready to send, so that the round trips cost no time.

The connection is made once and taken once. What fails is raised where the connection is taken, as if it had been made
there; a connection that is never taken is closed.
"""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Mapping
from contextlib import suppress
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from chatcli.api.http.proxy import proxy_for
from chatcli.errors import ConfigError

if TYPE_CHECKING:
    import ssl

CONNECT_S = 10.0
_PORTS = {"http": 80, "https": 443}


def connect_early(url: str, ca_file: str | None, environ: Mapping[str, str]) -> EarlyConnection | None:
    """Begin to connect to the host of *url*; None where that cannot be, or a proxy is in between.

    Faulty settings are reported by the request.
    """
    with suppress(ConfigError, ValueError, KeyError):
        parts = urlsplit(url)
        host = parts.hostname or ""
        if not host.isascii() or "%" in host or proxy_for(url, environ):
            return None
        tls = _make_context(ca_file, environ) if parts.scheme == "https" else None
        early = EarlyConnection((host, parts.port or _PORTS[parts.scheme]), tls)
        early.start()
        return early
    return None


def _make_context(ca_file: str | None, environ: Mapping[str, str]) -> ssl.SSLContext:
    from chatcli.api.http import tls  # http:// needs none

    return tls.make_context(ca_file, environ)


class EarlyConnection:
    """A connection to *address*, with its TLS handshake where there is a context, made by a thread."""

    def __init__(self, address: tuple[str, int], tls: ssl.SSLContext | None, timeout_s: float = CONNECT_S) -> None:
        self._address = address
        self.tls = tls
        self._ends_at = time.monotonic() + timeout_s
        self._timeout_s = timeout_s
        self._socket: socket.socket | None = None
        self._error: OSError | None = None
        self._is_unwanted = False
        self._lock = threading.Lock()
        self._thread = threading.Thread(target=self._connect, name="early connection", daemon=True)

    def start(self) -> None:
        """Begin to connect; where the system refuses a thread, the connection is made when it is needed."""
        with suppress(RuntimeError):
            self._thread.start()

    def take(self, host: str, port: int) -> socket.socket | None:
        """Return the connection if it leads to *host*, None otherwise and from then on; raises OSError."""
        if (host, port) != self._address or not self._thread.ident:
            self.close()
            return None
        self._thread.join(max(self._ends_at - time.monotonic(), 0))
        with self._lock:
            taken, error, self._socket, self._error = self._socket, self._error, None, None
            is_late = not (taken or error or self._is_unwanted) and self._thread.is_alive()
            self._is_unwanted = True
        if is_late:
            raise TimeoutError
        if error:
            raise error
        return taken

    def close(self) -> None:
        """Close the connection unless it was taken."""
        with self._lock:
            self._is_unwanted = True
            unwanted, self._socket = self._socket, None
        if unwanted:
            unwanted.close()

    def _connect(self) -> None:
        try:
            made = self._open()
        except OSError as error:  # including those of TLS
            self._error = error
            return
        except ValueError:  # not a valid host name, as the request will report
            return
        with self._lock:
            if not self._is_unwanted:
                self._socket = made
                return
        made.close()

    def _open(self) -> socket.socket:
        made = socket.create_connection(self._address, self._timeout_s)
        try:
            made.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            if self.tls is None:
                return made
            self.tls.set_alpn_protocols(["http/1.1"])
            return self.tls.wrap_socket(made, server_hostname=self._address[0])
        except BaseException:
            made.close()
            raise
