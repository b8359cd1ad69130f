"""Connections end when told to, in whatever state they are, and nothing is kept of them."""

from __future__ import annotations

import ssl
import threading

import pytest
import trustme

from chatcli.api.http.broken import BrokenExchangeError, FailureKind
from chatcli.api.http.transport import HttpTransport, Patience, Response
from tests.conftest import OpenServer
from tests.support.answers import answer, framed, http, stream_head
from tests.support.server import Server, Wait

WAIT_S = 20.0  # far more than the end of a wait takes, and less than what ends a hanging test


@pytest.fixture
def trusting(authority: trustme.CA) -> ssl.SSLContext:
    context = ssl.create_default_context()
    authority.configure_trust(context)
    return context


def ask(transport: HttpTransport, server: Server) -> Response:
    patience = Patience(first_byte_s=WAIT_S, stall_s=WAIT_S, on_silence=lambda _seconds: None)
    return transport.open("POST", server.url, headers={}, content=b"{}", patience=patience)


@pytest.mark.parametrize("is_secure", [False, True], ids=["plain", "TLS"])
def test_who_waits_meets_the_end_at_once(
    server: OpenServer, tls: ssl.SSLContext, trusting: ssl.SSLContext, is_secure: bool
) -> None:
    never = threading.Event()
    scripted = server(
        [stream_head(chunked=True), framed(b"first", end=False), Wait(never)], tls=tls if is_secure else None
    )
    transport = HttpTransport(tls=trusting)
    ended: list[FailureKind] = []
    is_waiting = threading.Event()

    def read() -> None:
        response = ask(transport, scripted)
        body = iter(response.body)
        next(body)
        is_waiting.set()
        try:
            next(body)
        except BrokenExchangeError as broken:
            ended.append(broken.kind)
        response.close()

    thread = threading.Thread(target=read)
    thread.start()
    assert is_waiting.wait(WAIT_S)
    transport.abort()
    thread.join(WAIT_S / 2)

    never.set()
    assert ended == [FailureKind.CLOSED]


@pytest.mark.parametrize("is_secure", [False, True], ids=["plain", "TLS"])
def test_a_connection_that_was_closed_is_forgotten(
    server: OpenServer, tls: ssl.SSLContext, trusting: ssl.SSLContext, is_secure: bool
) -> None:
    scripted = server(*[answer("x")] * 5, tls=tls if is_secure else None)
    transport = HttpTransport(tls=trusting)

    for _ in range(5):
        response = ask(transport, scripted)
        assert b"".join(response.body)
        response.close()

    assert scripted.connection_count == 5
    assert not transport._backend.opened


def test_after_an_abort_the_next_request_goes_through(server: OpenServer) -> None:
    scripted = server(http(200, {}, "one"), http(200, {}, "two"), keep_alive=True)
    transport = HttpTransport(tls=None)
    first = ask(transport, scripted)
    assert b"".join(first.body) == b"one"
    first.close()

    transport.abort()

    assert b"".join(ask(transport, scripted).body) == b"two"
    transport.close()
