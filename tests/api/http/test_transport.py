"""Connections end when told to, in whatever state they are, and nothing is kept of them."""

from __future__ import annotations

import ssl
import threading
from contextlib import AbstractContextManager

import pytest
import trustme

from chatcli.api.http.broken import BrokenExchangeError, FailureKind
from chatcli.api.http.client import HttpClient, Response
from chatcli.api.http.patience import Patience
from chatcli.api.http.transport import NetworkTransport
from tests.conftest import OpenServer
from tests.support.answers import answer, framed, stream_head
from tests.support.answers import http as page
from tests.support.server import Server, Wait

WAIT_S = 20.0  # far more than the end of a wait takes, and less than what ends a hanging test


@pytest.fixture
def trusting(authority: trustme.CA) -> ssl.SSLContext:
    context = ssl.create_default_context()
    authority.configure_trust(context)
    return context


def ask(http: HttpClient, server: Server) -> AbstractContextManager[Response]:
    patience = Patience(first_byte_s=WAIT_S, stall_s=WAIT_S)
    return http.stream("POST", server.url, headers={}, content=b"{}", patience=patience)


def opened(tls: ssl.SSLContext | None) -> tuple[NetworkTransport, HttpClient]:
    transport = NetworkTransport(tls=tls)
    return transport, HttpClient(transport, abort=transport.abort)


def open_connections(transport: NetworkTransport) -> int:
    return len(transport._backend.opened)


@pytest.mark.parametrize("is_secure", [False, True], ids=["plain", "TLS"])
def test_who_waits_meets_the_end_at_once(
    server: OpenServer, tls: ssl.SSLContext, trusting: ssl.SSLContext, is_secure: bool
) -> None:
    never = threading.Event()
    scripted = server(
        [stream_head(chunked=True), framed(b"first", end=False), Wait(never)], tls=tls if is_secure else None
    )
    _, http = opened(trusting)
    ended: list[FailureKind] = []
    is_waiting = threading.Event()

    def read() -> None:
        with ask(http, scripted) as response:
            next(response.body)
            is_waiting.set()
            try:
                next(response.body)
            except BrokenExchangeError as broken:
                ended.append(broken.kind)

    thread = threading.Thread(target=read)
    thread.start()
    assert is_waiting.wait(WAIT_S)
    http.abort()
    thread.join(WAIT_S / 2)

    never.set()
    assert ended == [FailureKind.CLOSED]


@pytest.mark.parametrize("is_secure", [False, True], ids=["plain", "TLS"])
def test_a_connection_that_was_closed_is_forgotten(
    server: OpenServer, tls: ssl.SSLContext, trusting: ssl.SSLContext, is_secure: bool
) -> None:
    scripted = server(*[answer("x")] * 5, tls=tls if is_secure else None)
    transport, http = opened(trusting)

    for _ in range(5):
        with ask(http, scripted) as response:
            assert b"".join(response.body)

    assert scripted.connection_count == 5
    assert open_connections(transport) == 0


def test_a_request_that_was_aborted_while_it_connected_is_not_sent(server: OpenServer) -> None:
    scripted = server(page(200, {}, "one"))
    resolved: list[str] = []

    def resolve(host: str, _port: int) -> list[str]:
        if not resolved:
            transport.abort()
        resolved.append(host)
        return ["127.0.0.1"]

    transport = NetworkTransport(tls=None, resolve=resolve)
    http = HttpClient(transport)

    with pytest.raises(BrokenExchangeError) as caught, ask(http, scripted):
        pass

    with ask(http, scripted) as response:
        assert b"".join(response.body) == b"one"
    http.close()
    assert caught.value.kind is FailureKind.CLOSED
    assert len(scripted.requests) == 1


def test_after_an_abort_the_next_request_goes_through(server: OpenServer) -> None:
    scripted = server(page(200, {}, "one"), page(200, {}, "two"), keep_alive=True)
    transport, http = opened(None)
    with ask(http, scripted) as response:
        assert b"".join(response.body) == b"one"
    assert open_connections(transport) == 1

    http.abort()

    with ask(http, scripted) as response:
        assert b"".join(response.body) == b"two"
    http.close()
    assert open_connections(transport) == 0


@pytest.mark.parametrize(
    ("fields", "body"),
    [
        (b"Transfer-Encoding: identity\r\nConnection: close", b"one"),
        (b"transfer-encoding:identity \r\nContent-Length: 3", b"one"),
        (b"Connection: close", b"one\r\nTransfer-Encoding: identity\r\n\r\n"),
    ],
    ids=["no length", "length", "in the body"],
)
@pytest.mark.parametrize("is_cut", [False, True], ids=["whole", "byte by byte"])
def test_an_encoding_that_changes_nothing_is_accepted(
    server: OpenServer, fields: bytes, body: bytes, is_cut: bool
) -> None:
    """Older servers name it; elsewhere than in the head, the same bytes are content."""
    sent = b"HTTP/1.1 200 OK\r\n" + fields + b"\r\n\r\n" + body
    scripted = server([sent[place : place + 1] for place in range(len(sent))] if is_cut else sent)
    _, http = opened(None)

    with ask(http, scripted) as response:
        assert b"".join(response.body) == body
    http.close()


BANNERS = {
    "SSH": b"SSH-2.0-OpenSSH_9.9\r\n",
    "SMTP": b"220 mail.test ESMTP\r\n",
    "MySQL": b"J\0\0\0\n8.0.36\0",
    "TLS alert": b"\x15\x03\x01\0\x02\x02\x0a",
    "blank line first": b"\r\nHTTP/1.1 200 OK\r\n",
    "begins alike": b"HTTQ",
}


@pytest.mark.parametrize("banner", BANNERS.values(), ids=BANNERS)
@pytest.mark.parametrize("is_cut", [False, True], ids=["whole", "byte by byte"])
def test_what_is_not_http_is_not_waited_for(server: OpenServer, banner: bytes, is_cut: bool) -> None:
    """Anyone who speaks another protocol waits for an answer in it, and keeps the connection open."""
    never = threading.Event()
    pieces = [banner[place : place + 1] for place in range(len(banner))] if is_cut else [banner]
    scripted = server([*pieces, Wait(never)])
    _, http = opened(None)

    with pytest.raises(BrokenExchangeError) as caught, ask(http, scripted) as response:
        list(response.body)

    never.set()
    http.close()
    assert caught.value.kind is FailureKind.PROTOCOL
