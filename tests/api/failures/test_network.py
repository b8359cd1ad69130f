"""What failed on the way is told with the place, the reason and what to do."""

from __future__ import annotations

import ssl

import pytest

from chatcli.api.failures.network import explain_break
from chatcli.api.http.broken import BrokenExchangeError, FailureKind
from chatcli.api.http.proxy import Proxy
from chatcli.errors import ChatError, ConfigError, IncompleteAnswerError, ServerError, UnreachableError
from chatcli.providers.endpoint import Endpoint
from chatcli.providers.table import PLAIN

FAR = Endpoint(name="far", base_url="https://api.foo.com/v1", row=PLAIN)
NEAR = Endpoint(name="near", base_url="http://localhost:11434/v1", row=PLAIN)
PROXY = Proxy("http://me:secret@proxy:3128", "ALL_PROXY", "http://proxy:3128")

SENTENCES = [
    pytest.param(
        FAR,
        BrokenExchangeError(FailureKind.DNS, "Name or service not known"),
        UnreachableError,
        "cannot resolve api.foo.com. Check base_url or DNS",
        id="dns",
    ),
    pytest.param(
        NEAR,
        BrokenExchangeError(FailureKind.REFUSED, cause=ConnectionRefusedError()),
        UnreachableError,
        "nothing is listening at localhost:11434. Is the server running?",
        id="refused here",
    ),
    pytest.param(
        FAR,
        BrokenExchangeError(FailureKind.REFUSED, cause=ConnectionRefusedError()),
        UnreachableError,
        "nothing is listening at api.foo.com. Check base_url and the network",
        id="refused far away",
    ),
    pytest.param(
        FAR,
        BrokenExchangeError(FailureKind.REFUSED, "Network is unreachable"),
        UnreachableError,
        "cannot reach api.foo.com: Network is unreachable. Check base_url and the network",
        id="no route",
    ),
    pytest.param(
        FAR,
        BrokenExchangeError(FailureKind.CONNECT_TIMEOUT, "no connection within 10 s"),
        UnreachableError,
        "api.foo.com does not answer: no connection within 10 s. Check the network",
        id="connect timeout",
    ),
    pytest.param(
        FAR,
        BrokenExchangeError(FailureKind.TLS_CUT),
        UnreachableError,
        "api.foo.com cut the connection during the TLS handshake. Try again",
        id="handshake cut",
    ),
    pytest.param(
        FAR,
        BrokenExchangeError(FailureKind.PROTOCOL, "it sent 'SSH-2.0'"),
        ServerError,
        "api.foo.com does not speak HTTP: it sent 'SSH-2.0'. Check base_url: http or https, and the port",
        id="protocol",
    ),
    pytest.param(
        FAR,
        BrokenExchangeError(FailureKind.BAD_HTTP, "illegal header line: bytearray(b'x : 1')"),
        ServerError,
        "api.foo.com sent malformed HTTP: illegal header line. The cause is the server, or a proxy in front of it",
        id="bad HTTP",
    ),
    pytest.param(
        FAR,
        BrokenExchangeError(FailureKind.FIRST_BYTE_TIMEOUT, "300 s"),
        IncompleteAnswerError,
        "api.foo.com sent nothing for 300 s. Not retried, because the server may still be processing the request",
        id="first byte",
    ),
    pytest.param(
        FAR,
        BrokenExchangeError(FailureKind.STALLED, "120 s"),
        IncompleteAnswerError,
        "api.foo.com stopped sending for 120 s",
        id="stalled",
    ),
    pytest.param(
        FAR,
        BrokenExchangeError(FailureKind.CLOSED),
        IncompleteAnswerError,
        "api.foo.com closed the connection without an answer. "
        "Not retried, because the server may have processed the request",
        id="closed",
    ),
]


@pytest.mark.parametrize(("endpoint", "broken", "kind", "sentence"), SENTENCES)
def test_every_breakage_has_its_sentence(
    endpoint: Endpoint, broken: BrokenExchangeError, kind: type[ChatError], sentence: str
) -> None:
    error = explain_break(broken, endpoint, None, has_answer=False)

    assert (type(error), error.sentence()) == (kind, sentence)


def test_a_connection_that_closes_within_the_answer_is_told_so() -> None:
    error = explain_break(BrokenExchangeError(FailureKind.CLOSED), FAR, None, has_answer=True)

    assert error.sentence() == "api.foo.com closed the connection in the middle of the answer"
    assert error.exit_code == 9


def certificate_error(broken: BrokenExchangeError) -> ChatError:
    error = explain_break(broken, FAR, None, has_answer=False)
    assert isinstance(error, UnreachableError)
    assert "Nothing was sent" in error.sentence()
    return error


def test_a_certificate_is_explained_from_its_cause() -> None:
    cause = ssl.SSLCertVerificationError(1, "certificate verify failed")
    cause.verify_code = 10

    error = certificate_error(BrokenExchangeError(FailureKind.CERTIFICATE, "x", cause=cause))

    assert "api.foo.com" in error.what
    assert error.what.endswith(": its certificate has expired")


def test_a_certificate_without_a_cause_is_explained_from_its_detail() -> None:
    error = certificate_error(BrokenExchangeError(FailureKind.CERTIFICATE, "odd thing"))

    assert "api.foo.com" in error.what
    assert error.what.endswith(": the TLS handshake failed (odd thing)")


@pytest.mark.parametrize("kind", [FailureKind.PROXY, FailureKind.DNS, FailureKind.REFUSED, FailureKind.CONNECT_TIMEOUT])
def test_behind_a_proxy_it_is_the_proxy_that_fails(kind: FailureKind) -> None:
    error = explain_break(BrokenExchangeError(kind, "no way"), FAR, PROXY, has_answer=False)

    assert [part for part in ("http://proxy:3128", "ALL_PROXY", ": no way") if part not in error.what] == []
    assert (error.exit_code, "secret" in error.sentence()) == (5, False)


@pytest.mark.parametrize("kind", [FailureKind.STALLED, FailureKind.CERTIFICATE, FailureKind.CLOSED])
def test_what_fails_behind_the_proxy_is_not_the_proxy(kind: FailureKind) -> None:
    assert "proxy" not in explain_break(BrokenExchangeError(kind, "x"), FAR, PROXY, has_answer=False).what


def test_a_socks_proxy_without_its_package_is_a_matter_of_configuration() -> None:
    error = explain_break(
        BrokenExchangeError(FailureKind.PROXY, cause=ImportError("socksio")), FAR, PROXY, has_answer=False
    )

    assert isinstance(error, ConfigError)
    assert "ALL_PROXY" in error.what
    assert "`socksio`" in error.what


@pytest.mark.parametrize("kind", FailureKind)
def test_no_breakage_is_without_words(kind: FailureKind) -> None:
    error = explain_break(BrokenExchangeError(kind, "detail"), FAR, None, has_answer=False)

    assert "api.foo.com" in error.what
