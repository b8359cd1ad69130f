"""Reaches a server by its address, over streamable HTTP, within limits."""

from __future__ import annotations

from collections.abc import AsyncGenerator, AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from http import HTTPStatus
from typing import Any, cast

import httpx2
from mcp.client._transport import TransportStreams
from mcp.client.streamable_http import streamable_http_client

from chatcli.language import N_, _
from chatcli.records import mutable
from chatcli.settings.urls import origin_of
from chatcli.text.units import format_size
from chatcli.tools.mcp.mending import MendingStream
from chatcli.tools.mcp.servers import FILE, McpServer

MOST_MESSAGE = 16 << 20
_NO_TOKEN = N_("{problem}; a saved key, headers or token_cmd in {file} gives it a token")
_REFUSED_TOKEN = N_("{problem}; a saved key, headers or token_cmd in {file} gives it a token ({why})")
_DENIED = (HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN)
_CONNECT_S = 30.0
_SILENCE_S = 3600.0  # calls have a limit of their own


@mutable
class HttpConnection:
    """The way to *server*, with *headers*; *problem* says why it was given up.

    *on_token* says what is known of its token: why there is none, or that one is sent.
    """

    server: McpServer
    headers: Mapping[str, str]
    problem: str = ""
    on_token: str = ""

    @asynccontextmanager
    async def connect(self) -> AsyncGenerator[TransportStreams, None]:
        """Connect until the context is left."""
        address = self.server.url.partition("?")[0]
        client = _BoundedClient(
            self._note,
            self.on_token,
            headers=dict(self.headers),
            timeout=httpx2.Timeout(_CONNECT_S, read=_SILENCE_S),
            trust_env=not origin_of(address).is_loopback,  # no proxy reaches this machine
        )
        transport = streamable_http_client(self.server.url, http_client=client, max_sse_event_size=MOST_MESSAGE)
        async with client, transport as (received, outgoing):
            yield MendingStream(received), outgoing

    def _note(self, problem: str) -> None:
        self.problem = problem


class _BoundedClient(httpx2.AsyncClient):
    """Limits bodies, and calls *note* with what is wrong with each response, empty for nothing.

    *on_token* is added to what is said of a refusal.
    The SDK limits the events of streams itself, and leaves out which error a server answered with.
    """

    def __init__(self, note: Callable[[str], None], on_token: str, **options: Any) -> None:
        super().__init__(**options)
        self._note = note
        self._on_token = on_token

    async def send(self, request: httpx2.Request, **options: Any) -> httpx2.Response:
        is_streamed = options.pop("stream", False)
        response = await super().send(request, stream=True, **options)
        self._note(_http_problem(response.status_code, self._on_token))
        if "text/event-stream" not in response.headers.get("content-type", ""):
            response.stream = _BoundedStream(cast("httpx2.AsyncByteStream", response.stream), self._note)
        if not is_streamed:
            await response.aread()
        return response


class _BoundedStream(httpx2.AsyncByteStream):
    def __init__(self, stream: httpx2.AsyncByteStream, note: Callable[[str], None]) -> None:
        self._stream = stream
        self._note = note

    async def __aiter__(self) -> AsyncIterator[bytes]:
        size = 0
        async for data in self._stream:
            size += len(data)
            if size > MOST_MESSAGE:
                self._note(problem := _("its answer is larger than {size}", size=format_size(MOST_MESSAGE)))
                raise httpx2.ReadError(problem)
            yield data

    async def aclose(self) -> None:
        await self._stream.aclose()


def _http_problem(status: int, on_token: str) -> str:
    if status < HTTPStatus.BAD_REQUEST:
        return ""
    problem = f"HTTP {status} {httpx2.codes.get_reason_phrase(status)}".rstrip()
    if status not in _DENIED:
        return problem
    pattern = _REFUSED_TOKEN if on_token else _NO_TOKEN
    return _(pattern, problem=problem, file=FILE, why=on_token)
