"""One connection as the server holds it: requests come out, bytes go in, and a client that leaves is noticed.

One thread reads and writes a line, because a TLS socket may not be used by two at a time. So the line looks for what
the client does only in `watch`, which the server calls before every step and all through a wait.
"""

from __future__ import annotations

import contextlib
import json
import select
import socket
import ssl
import struct
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

_READ_BYTES = 1 << 16
_SOCKET_TIMEOUT_S = 30.0


@dataclass(frozen=True, slots=True)
class Request:
    """A request as it came; times are `time.monotonic()`.

    *headers* has lower-case names; the values of a repeated one are joined by `, `.
    """

    raw: bytes
    method: str
    path: str
    headers: Mapping[str, str]
    body: bytes
    first_byte_at: float
    complete_at: float

    @property
    def json(self) -> Any:
        """The body, decoded."""
        return json.loads(self.body)

    @property
    def summary(self) -> str:
        """Method and path, for messages."""
        return f"{self.method} {self.path}"


class Line:
    """A connection; *on_gone* is called once, when the client is seen to have closed or reset it."""

    def __init__(self, connection: socket.socket, on_gone: Callable[[], None]) -> None:
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        connection.settimeout(_SOCKET_TIMEOUT_S)
        self.gone_at: float | None = None
        self._connection = connection
        self._on_gone = on_gone
        self._inbox = b""
        self._first_byte_at = 0.0

    @property
    def is_open(self) -> bool:
        """Whether the client is still there, as far as `watch` has seen."""
        return self.gone_at is None

    def secure(self, context: ssl.SSLContext) -> None:
        """Begin TLS; raises OSError where the client does not agree."""
        self._connection = context.wrap_socket(self._connection, server_side=True)

    def watch(self, seconds: float | None) -> None:
        """Wait until the client sends or closes, for at most *seconds*; None waits as long as it takes."""
        if not self._has_pending():
            readable, _, _ = select.select([self._connection], [], [], seconds)
            if not readable:
                return
        try:
            data = self._connection.recv(_READ_BYTES)
        except OSError:
            data = b""
        self._take(data)

    def read_request(self) -> Request | None:
        """Wait for a whole request; None when the client closes before its end."""
        while True:
            request = parse(self._inbox, first_byte_at=self._first_byte_at)
            if request is not None:
                self._inbox = self._inbox[len(request.raw) :]
                self._first_byte_at = request.complete_at
                return request
            if not self.is_open:
                return None
            self.watch(None)

    def send(self, data: bytes) -> None:
        """Send all of *data*; a client that is gone is noted, not raised."""
        try:
            self._connection.sendall(data)
        except OSError:
            self._leave()

    def finish(self) -> None:
        """Close with FIN: the client reads all that was sent, and then the end."""
        with contextlib.suppress(OSError):
            self._connection.shutdown(socket.SHUT_WR)
        self._connection.close()

    def reset(self) -> None:
        """Close with RST; where the system lets it overtake, bytes the client has not read yet are lost."""
        with contextlib.suppress(OSError):
            self._connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self._connection.close()

    def interrupt(self) -> None:
        """End whatever the line waits for; the only method another thread may call."""
        with contextlib.suppress(OSError):
            self._connection.shutdown(socket.SHUT_RDWR)

    def _has_pending(self) -> bool:
        return isinstance(self._connection, ssl.SSLSocket) and self._connection.pending() > 0

    def _take(self, data: bytes) -> None:
        if not data:
            self._leave()
        elif not self._inbox:
            self._first_byte_at = time.monotonic()
        self._inbox += data

    def _leave(self) -> None:
        if self.gone_at is None:
            self.gone_at = time.monotonic()
            self._on_gone()


def parse(data: bytes, *, first_byte_at: float) -> Request | None:
    """Return the first request in *data*, or None while it is not all there."""
    head, separator, rest = data.partition(b"\r\n\r\n")
    if not separator:
        return None
    first, *lines = head.decode("latin-1").split("\r\n")
    method, path, _ = first.split(" ", 2)
    headers = _fields(lines)
    length = int(headers.get("content-length", "0"))
    if len(rest) < length:
        return None
    raw = data[: len(head) + len(separator) + length]
    return Request(raw, method, path, headers, rest[:length], first_byte_at, time.monotonic())


def _fields(lines: list[str]) -> dict[str, str]:
    fields: dict[str, str] = {}
    for line in lines:
        name, _, value = line.partition(":")
        key = name.strip().lower()
        fields[key] = f"{fields[key]}, {value.strip()}" if key in fields else value.strip()
    return fields
