"""Reaches a server by its address, over streamable HTTP, within limits."""

from __future__ import annotations

from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from http import HTTPStatus
from typing import cast

import httpx2
from mcp.client._transport import TransportStreams
from mcp.client.streamable_http import streamable_http_client

from chatcli.language import N_, _
from chatcli.records import mutable
from chatcli.settings.urls import origin_of
from chatcli.text.units import format_size
from chatcli.tools.inquiries import Question, UserAnswer
from chatcli.tools.mcp.mending import MendingStream
from chatcli.tools.mcp.servers import FILE, McpServer

MOST_MESSAGE = 16 << 20
Ask = Callable[[Question], Awaitable[UserAnswer]]

_NO_TOKEN = N_("{problem}; a saved key, headers or token_cmd in {file} gives it a token")
_REFUSED_TOKEN = N_("{problem}; a saved key, headers or token_cmd in {file} gives it a token ({why})")
_LEADS_AWAY = N_("it leads to {url}; if that is the server, name that address in {file}")
_PAGE = N_("it answered with a web page; the address in {file} may be wrong")
_DENIED = (HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN)
_CONNECT_S = 30.0
_SILENCE_S = 3600.0  # calls have a limit of their own


@mutable
class HttpConnection:
    """The way to *server*, with *headers*; *problem* says why it was given up.

    *on_token* says what is known of its token: why there is none, or that one is sent. *sign_in* returns what signs in
    with questions to the user, given what asks them and what gets the reason of a failure;
    without it, there is no sign-in.
    """

    server: McpServer
    headers: Mapping[str, str]
    problem: str = ""
    on_token: str = ""
    sign_in: Callable[[Ask, Callable[[str], None]], httpx2.Auth] | None = None
    sign_in_problem: str = ""

    @asynccontextmanager
    async def connect(self, ask: Ask) -> AsyncGenerator[TransportStreams, None]:
        """Connect until the context is left; *ask* asks the user."""
        address = self.server.url.partition("?")[0]
        client = httpx2.AsyncClient(
            auth=self.sign_in(ask, self._note_sign_in) if self.sign_in else None,
            event_hooks={"response": [self._inspect]},
            headers=dict(self.headers),
            timeout=httpx2.Timeout(_CONNECT_S, read=_SILENCE_S),
            trust_env=not origin_of(address).is_loopback,  # no proxy reaches this machine
        )
        transport = streamable_http_client(self.server.url, http_client=client, max_sse_event_size=MOST_MESSAGE)
        async with client, transport as (received, outgoing):
            yield MendingStream(received), outgoing

    async def _inspect(self, response: httpx2.Response) -> None:
        """Note what is wrong with *response*, of which the SDK does not tell, and limit its body.

        The SDK limits the events of streams itself.
        """
        if str(response.request.url) == str(httpx2.URL(self.server.url)):
            self._note(_http_problem(response.status_code, self.on_token) or _other_place(response))
        if "text/event-stream" not in response.headers.get("content-type", ""):
            response.stream = _BoundedStream(cast("httpx2.AsyncByteStream", response.stream), self._note)

    def _note(self, problem: str) -> None:
        self.problem = problem

    def _note_sign_in(self, problem: str) -> None:
        self.sign_in_problem = problem


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


def _other_place(response: httpx2.Response) -> str:
    """Return why *response*, which is no error, is not one of an MCP server at this address."""
    if response.is_redirect:
        there = response.url.join(response.headers.get("location", ""))
        own = response.url
        is_same = (there.scheme, there.host, there.port) == (own.scheme, own.host, own.port)
        return "" if is_same else _(_LEADS_AWAY, url=there, file=FILE)
    is_page = response.headers.get("content-type", "").startswith("text/html")
    return _(_PAGE, file=FILE) if is_page and response.status_code == HTTPStatus.OK else ""
