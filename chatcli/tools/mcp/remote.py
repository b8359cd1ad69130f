"""Reaches a server by its address, over streamable HTTP, within limits."""

from __future__ import annotations

from collections.abc import AsyncGenerator, AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Any, cast

import httpx2
from mcp.client._transport import TransportStreams
from mcp.client.streamable_http import streamable_http_client

from chatcli.records import frozen
from chatcli.settings.urls import origin_of
from chatcli.text.units import format_size
from chatcli.tools.mcp.servers import McpServer

MOST_MESSAGE = 16 << 20
_CONNECT_S = 30.0
_SILENCE_S = 3600.0  # calls have a limit of their own


@frozen
class HttpConnection:
    """The way to *server*, with *headers*."""

    server: McpServer
    headers: Mapping[str, str]

    @asynccontextmanager
    async def connect(self) -> AsyncGenerator[TransportStreams, None]:
        """Connect until the context is left."""
        address = self.server.url.partition("?")[0]
        client = _BoundedClient(
            headers=dict(self.headers),
            timeout=httpx2.Timeout(_CONNECT_S, read=_SILENCE_S),
            trust_env=not origin_of(address).is_loopback,  # no proxy reaches this machine
        )
        transport = streamable_http_client(self.server.url, http_client=client, max_sse_event_size=MOST_MESSAGE)
        async with client, transport as streams:
            yield streams


class _BoundedClient(httpx2.AsyncClient):
    """Limits bodies; the SDK limits the events of streams itself."""

    async def send(self, request: httpx2.Request, **options: Any) -> httpx2.Response:
        is_streamed = options.pop("stream", False)
        response = await super().send(request, stream=True, **options)
        if "text/event-stream" not in response.headers.get("content-type", ""):
            response.stream = _BoundedStream(cast("httpx2.AsyncByteStream", response.stream))
        if not is_streamed:
            await response.aread()
        return response


class _BoundedStream(httpx2.AsyncByteStream):
    def __init__(self, stream: httpx2.AsyncByteStream) -> None:
        self._stream = stream

    async def __aiter__(self) -> AsyncIterator[bytes]:
        size = 0
        async for data in self._stream:
            size += len(data)
            if size > MOST_MESSAGE:
                raise httpx2.ReadError(f"the response is larger than {format_size(MOST_MESSAGE)}")
            yield data

    async def aclose(self) -> None:
        await self._stream.aclose()
