"""Waits on the loopback for the browser to come back from a sign-in.

Only a request with the right state counts, so that no other page can end a sign-in; whatever else arrives gets a page
that says so.
"""

from __future__ import annotations

import asyncio
import os
import secrets
import socket
from collections.abc import Mapping
from contextlib import suppress
from http import HTTPStatus
from urllib.parse import parse_qs, urlsplit

from chatcli.language import N_, _
from chatcli.records import field, frozen, mutable

HOST = "127.0.0.1"  # not a name, which might lead elsewhere: RFC 8252, section 8.3
PATH = "/callback"
_MOST_BYTES = 16_384
_READ_S = 10.0
_DONE = N_("You are signed in. You can close this window and go back to chat.")
_OTHER = N_("This is not the sign-in that chat has begun.")
_FAILED = N_("The sign-in has failed. You can close this window; chat says why.")
_PAGE = "<!DOCTYPE html><meta charset=utf-8><title>chat</title><p>{}</p>"


@frozen
class Redirect:
    """What an authorization server says by sending the browser back: a *code*, or why there is none."""

    code: str = ""
    state: str = ""
    issuer: str | None = None
    error: str = ""
    description: str = ""


def read_redirect(address: str) -> Redirect:
    """Return what *address* says, to which a browser was sent back; empty for any other."""
    try:
        given = {name: values[-1] for name, values in parse_qs(urlsplit(address.strip()).query).items()}
    except ValueError:
        return Redirect()
    names = ("code", "state", "error")
    words = {name: given.get(name, "") for name in names}
    return Redirect(**words, issuer=given.get("iss"), description=given.get("error_description", ""))


def sent_state(authorization_url: str) -> str:
    """Return the state that a sign-in was begun with."""
    return read_redirect(authorization_url).state


@mutable
class CallbackListener:
    """Listens on a port of this machine; *port* 0 lets the system choose one.

    `arrived` is readable once the browser has come back, or once `wake` was called.
    """

    port: int = 0
    redirect: Redirect | None = None
    _socket: socket.socket | None = None
    _pipe: tuple[int, int] | None = None
    _is_woken: bool = False
    _servers: list[asyncio.Server] = field(default_factory=list)

    @property
    def url(self) -> str:
        """The address that browsers are sent back to."""
        return f"http://{HOST}:{self.port}{PATH}"

    @property
    def is_open(self) -> bool:
        """Whether the port is taken."""
        return self._socket is not None

    @property
    def arrived(self) -> int:
        """A descriptor that becomes readable when there is nothing more to wait for."""
        if self._pipe is None:
            self._pipe = os.pipe()
        return self._pipe[0]

    def open(self) -> None:
        """Take the port; raises OSError if another program has it."""
        if self._socket is None:
            self._socket = socket.create_server((HOST, self.port))
            self.port = self._socket.getsockname()[1]

    async def listen(self, state: str) -> None:
        """Accept the browser that comes back with *state*."""

        async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            with suppress(OSError, asyncio.TimeoutError, ValueError):
                head = await asyncio.wait_for(reader.readuntil(b"\r\n\r\n"), _READ_S)
                writer.write(self._answer(head, state))
                await writer.drain()
            writer.close()

        assert self._socket
        self._servers.append(await asyncio.start_server(serve, sock=self._socket, limit=_MOST_BYTES))

    def wake(self) -> None:
        """Let those who wait for the browser go on without it."""
        if not self._is_woken:
            self._is_woken = bool(self.arrived)
            assert self._pipe
            os.write(self._pipe[1], b".")

    def close(self) -> None:
        """Give everything back."""
        for server in self._servers:
            server.close()
        if self._socket:
            self._socket.close()
        for descriptor in self._pipe or ():
            os.close(descriptor)
        self._socket, self._pipe = None, None
        self._servers.clear()

    def _answer(self, head: bytes, state: str) -> bytes:
        method, address, *_version = head.decode("latin-1").split(" ")
        if method != "GET" or urlsplit(address).path != PATH:
            return _response(HTTPStatus.NOT_FOUND, _OTHER)
        found = read_redirect(address)
        if not matches(found, state):
            return _response(HTTPStatus.BAD_REQUEST, _OTHER)
        self.redirect = found
        self.wake()
        return _response(HTTPStatus.OK, _DONE if found.code else _FAILED)


def matches(found: Redirect, state: str) -> bool:
    """Return whether *found* belongs to the sign-in that was begun with *state*."""
    has_end = bool(found.code or found.error)
    return has_end and secrets.compare_digest(found.state.encode(), state.encode())


def _response(status: HTTPStatus, words: str) -> bytes:
    body = _PAGE.format(_(words)).encode()
    fields: Mapping[str, str] = {
        "Content-Type": "text/html; charset=utf-8",
        "Content-Length": str(len(body)),
        "Cache-Control": "no-store",
        "Referrer-Policy": "no-referrer",
        "Connection": "close",
    }
    head = "".join(f"{name}: {value}\r\n" for name, value in fields.items())
    return f"HTTP/1.1 {status.value} {status.phrase}\r\n{head}\r\n".encode() + body
