"""Lets anything that speaks as an httpx transport stand where a network is expected: the guide does."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import httpx

from chatcli.api.http.transport import CONNECT_S, Patience, Response


class HttpxBridge:
    """Carries requests to *transport*, which lives in this process: there is no connection that could fail."""

    def __init__(self, transport: httpx.BaseTransport) -> None:
        self._transport = transport

    def open(
        self,
        method: str,
        url: str,
        *,
        headers: Mapping[str, str],
        content: bytes,
        patience: Patience,  # noqa: ARG002  # nothing here makes anybody wait
        connect_s: float = CONNECT_S,  # noqa: ARG002  # as above
        on_sent: Callable[[], None] = lambda: None,
    ) -> Response:
        """Hand the request over and return the response."""
        request = httpx.Request(method, url, headers=dict(headers), content=content or None)
        on_sent()
        response = self._transport.handle_request(request)
        stream = response.stream
        assert isinstance(stream, httpx.SyncByteStream)
        return Response(response.status_code, dict(response.headers), stream, response.close)
