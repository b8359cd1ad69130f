"""A connection that is made early is used once, and fails as one would that is made when it is needed."""

from __future__ import annotations

import ssl
from collections.abc import Callable

import pytest
import trustme

from chatcli.api.http.broken import BrokenExchangeError, FailureKind
from chatcli.api.http.client import HttpClient
from chatcli.api.http.early import EarlyConnection, connect_early
from chatcli.api.http.patience import Patience
from chatcli.api.http.transport import NetworkTransport
from tests.conftest import OpenServer
from tests.support.answers import answer

WAIT_S = 20.0


def trusting(authority: trustme.CA) -> ssl.SSLContext:
    context = ssl.create_default_context()
    authority.configure_trust(context)
    return context


def early_to(port: int, context: ssl.SSLContext | None, *, host: str = "127.0.0.1") -> EarlyConnection:
    early = EarlyConnection((host, port), context, WAIT_S)
    early.start()
    return early


def read(http: HttpClient, url: str) -> bytes:
    patience = Patience(first_byte_s=WAIT_S, stall_s=WAIT_S)
    with http.stream("POST", url, headers={}, content=b"{}", patience=patience) as response:
        return b"".join(response.body)


@pytest.mark.parametrize("is_secure", [False, True], ids=["plain", "TLS"])
def test_the_first_request_uses_it_and_the_second_makes_its_own(
    server: OpenServer, tls: ssl.SSLContext, authority: trustme.CA, is_secure: bool
) -> None:
    scripted = server(answer("one"), answer("two"), tls=tls if is_secure else None)
    context = trusting(authority) if is_secure else None
    early = early_to(scripted.port, context)
    http = HttpClient(transport := NetworkTransport(tls=context, early=early))

    answers = [read(http, scripted.url) for _ in range(2)]

    http.close()
    assert [b"one" in answers[0], b"two" in answers[1]] == [True, True]
    assert scripted.connection_count == 2
    assert transport._backend.opened == set()


def refused(_server: OpenServer, _tls: ssl.SSLContext) -> str:
    return "https://127.0.0.1:1/v1"


def not_trusted(server: OpenServer, tls: ssl.SSLContext) -> str:
    return server(answer("x"), answer("x"), tls=tls).url


def without_tls(server: OpenServer, _tls: ssl.SSLContext) -> str:
    banner = b"SSH-2.0-OpenSSH\r\n"
    return server(greetings=[[banner], [banner]]).url.replace("http:", "https:")


def without_name(_server: OpenServer, _tls: ssl.SSLContext) -> str:
    return f"https://{'a' * 64}.test:1/v1"  # no label may be so long


@pytest.mark.parametrize("make", [refused, not_trusted, without_tls, without_name])
def test_it_fails_as_an_ordinary_connection(
    server: OpenServer, tls: ssl.SSLContext, make: Callable[[OpenServer, ssl.SSLContext], str]
) -> None:
    url = make(server, tls)
    failures = []

    for early in (None, connect_early(url, None, {})):
        http = HttpClient(NetworkTransport(tls=ssl.create_default_context(), early=early))
        with pytest.raises((BrokenExchangeError, UnicodeError)) as caught:
            read(http, url)
        http.close()
        failures.append((type(caught.value), getattr(caught.value, "kind", None), str(caught.value)))

    assert failures[0] == failures[1]
    assert failures[0][1] is not FailureKind.CONNECT_TIMEOUT


def test_one_to_another_host_is_closed_and_not_used(server: OpenServer) -> None:
    wanted, other = server(answer("wanted")), server(answer("other"))
    http = HttpClient(NetworkTransport(tls=None, early=early_to(other.port, None)))

    assert b"wanted" in read(http, wanted.url)

    http.close()
    assert other.requests == []


def test_one_that_was_closed_is_not_used(server: OpenServer) -> None:
    scripted = server(answer("x"))
    early = early_to(scripted.port, None)

    early.close()

    assert early.take("127.0.0.1", scripted.port) is None


@pytest.mark.parametrize(
    ("url", "environ"),
    [
        ("http://a.test/v1", {"http_proxy": "http://127.0.0.1:1"}),
        ("https://a.test/v1", {"ALL_PROXY": "socks5://127.0.0.1:1"}),
        ("http://a.test/v1", {"http_proxy": "nonsense://"}),
        ("https://127.0.0.1:1/v1", {"SSL_CERT_FILE": "/nowhere.pem"}),
        ("http://127.0.0.1:99999/v1", {}),
        ("http://münchen.test/v1", {}),
        ("http://[fe80::1%25eth0]:1/v1", {}),
        ("ftp://a.test/v1", {}),
    ],
)
def test_nothing_is_begun_where_a_request_would_go_another_way(url: str, environ: dict[str, str]) -> None:
    assert connect_early(url, None, environ) is None
