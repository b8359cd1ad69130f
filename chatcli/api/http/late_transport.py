"""Sends requests to a server of our own, whose address is known only once it is asked for."""

from __future__ import annotations

from collections.abc import Callable

import httpx

from chatcli.api.http.transport import NetworkTransport


class LateTransport(httpx.BaseTransport):
    """Replaces the host of each request by that of *find_address*, which may wait, and may raise ChatError."""

    def __init__(self, find_address: Callable[[], str]) -> None:
        self._find_address = find_address
        self._network = NetworkTransport(tls=None)

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Send *request* to the address."""
        address = httpx.URL(self._find_address())
        request.url = request.url.copy_with(scheme=address.scheme, host=address.host, port=address.port)
        request.headers["host"] = address.netloc.decode("ascii")
        return self._network.handle_request(request)

    def close(self) -> None:
        """Close every connection."""
        self._network.close()

    def abort(self) -> None:
        """Break every connection off, from any thread."""
        self._network.abort()
