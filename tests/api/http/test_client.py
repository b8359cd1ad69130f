"""Every request goes through one httpx client, which adds nothing of its own and hides nothing that came."""

from __future__ import annotations

import ast
import gzip
import sys
from collections.abc import Callable, Mapping
from pathlib import Path

import httpx
import pytest

from chatcli.api.discovery import count_on_server, list_models
from chatcli.api.exchange import Exchange
from chatcli.api.http.broken import BrokenExchangeError, FailureKind
from chatcli.api.http.client import HttpClient, Response
from chatcli.api.http.patience import Patience
from chatcli.conversation.messages import text_message
from chatcli.errors import ConfigError
from chatcli.providers.endpoint import Endpoint
from chatcli.providers.table import PROVIDERS
from chatcli.text.redactor import Redactor
from tests.conftest import Chat, OpenServer
from tests.support.answers import answer, chunk, sse
from tests.support.program import Ran

ROOT = Path(__file__).parents[3] / "chatcli"
URL = "http://api.example.com/v1/x"


def send(
    respond: Callable[[httpx.Request], httpx.Response],
    *,
    url: str = URL,
    headers: Mapping[str, str] | None = None,
    times: int = 1,
) -> list[tuple[Response, bytes]]:
    """Return the responses of a transport that answers with *respond*, read to their ends."""
    client, received = HttpClient(httpx.MockTransport(respond)), []
    for _ in range(times):
        patience = Patience(first_byte_s=1, stall_s=1)
        with client.stream("POST", url, headers=headers or {}, content=b"{}", patience=patience) as response:
            received.append((response, b"".join(response.body)))
    return received


@pytest.mark.parametrize("location", ["http://[", "http://a:b:c/", "//", "\x7f", "http://other.example/", "x" * 70_000])
def test_a_redirect_is_handed_on_and_never_read(location: str) -> None:
    asked: list[httpx.Request] = []

    def redirect(request: httpx.Request) -> httpx.Response:
        asked.append(request)
        return httpx.Response(307, headers={"location": location}, content=b"moved")

    [(response, body)] = send(redirect)

    assert (response.status, response.headers["location"], body) == (307, location, b"moved")
    assert len(asked) == 1


def test_no_cookie_comes_back() -> None:
    asked: list[httpx.Request] = []

    def bake(request: httpx.Request) -> httpx.Response:
        asked.append(request)
        return httpx.Response(200, headers={"set-cookie": "id=1; Domain=example.com"})

    send(bake, times=2)

    assert ["cookie" in request.headers for request in asked] == [False, False]


def test_a_request_has_the_headers_that_were_asked_for_and_those_of_its_framing() -> None:
    asked: list[httpx.Request] = []

    def listen(request: httpx.Request) -> httpx.Response:
        asked.append(request)
        return httpx.Response(200)

    send(listen, headers={"Authorization": "Bearer k", "X-Name": "Zoë"})

    names = [(name.lower(), value) for name, value in asked[0].headers.raw]
    framing = [(b"host", b"api.example.com"), (b"content-length", b"2")]
    assert sorted(names) == sorted([*framing, (b"authorization", b"Bearer k"), (b"x-name", "Zoë".encode("latin-1"))])


def test_a_body_comes_as_it_was_sent_and_the_last_header_of_a_name_counts() -> None:
    packed = gzip.compress(b"hello")
    headers = [("Content-Encoding", "gzip"), ("X-Id", "a"), ("x-id", "b")]

    [(response, body)] = send(lambda _request: httpx.Response(200, headers=headers, stream=httpx.ByteStream(packed)))

    assert body == packed
    assert (response.headers["x-id"], response.headers["content-encoding"]) == ("b", "gzip")


@pytest.mark.parametrize("url", ["http://1.2.3.999/v1", "http://[::g]/v1", "http://a/" + "x" * 70_000])
def test_an_address_that_is_none_is_a_matter_of_configuration(url: str) -> None:
    with pytest.raises(ConfigError) as caught:
        send(lambda _request: httpx.Response(200), url=url)

    assert url[:40] in caught.value.sentence()
    assert "base_url" in caught.value.sentence()
    assert len(caught.value.sentence()) < 1000


FAILURES = [
    (httpx.ConnectError("refused"), FailureKind.REFUSED),
    (httpx.ReadError("reset"), FailureKind.CLOSED),
    (httpx.RemoteProtocolError("cut"), FailureKind.CLOSED),
]


@pytest.mark.parametrize(("failure", "kind"), FAILURES, ids=lambda value: type(value).__name__)
def test_a_transport_of_any_kind_may_fail_in_the_language_of_httpx(failure: Exception, kind: FailureKind) -> None:
    def fail(_request: httpx.Request) -> httpx.Response:
        raise failure

    with pytest.raises(BrokenExchangeError) as caught:
        send(fail)

    assert caught.value.kind is kind


class Counting(httpx.BaseTransport):
    """Stands for any server: answers whatever is asked, and counts."""

    def __init__(self) -> None:
        self.asked: list[str] = []

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        self.asked.append(f"{request.method} {request.url.path}")
        if request.url.path.endswith("/chat/completions"):
            return httpx.Response(200, content=sse(chunk("hi", "stop")))
        return httpx.Response(200, json={"data": [{"id": "m"}], "input_tokens": 7, "tokens": [1] * 7})


def test_whatever_is_asked_of_an_endpoint_goes_through_the_transport_that_is_mounted() -> None:
    mounted = Counting()
    endpoint = Endpoint(name="x", base_url="http://127.0.0.1:8080/v1", row=PROVIDERS["llamacpp"])
    exchange = Exchange(endpoint, HttpClient(mounted), None, Redactor(()))

    exchange.post({"model": "m", "messages": []}, lambda _event: None)
    list_models(exchange)
    count_on_server(exchange, "m", [text_message("user", "hi")])

    assert mounted.asked[:2] == ["POST /v1/chat/completions", "GET /v1/models"]
    assert len(mounted.asked) > 2


# Counts what passes httpx.Client.send in a run of the program, on the last line of stderr.
_COUNTING = """
import atexit, sys
import httpx
sent, send = [], httpx.Client.send
def count(self, request, **options):
    sent.append(request.url)
    return send(self, request, **options)
httpx.Client.send = count
atexit.register(lambda: print("\\nSENT", len(sent), file=sys.stderr))
sys.argv[0] = "chat"
from chatcli.__main__ import main
main()
"""
COMMANDS = [("ask", "hi"), ("models",), ("doctor",)]


@pytest.mark.parametrize("words", COMMANDS, ids=" ".join)
def test_every_request_of_a_run_passes_the_client(server: OpenServer, chat: Chat, words: tuple[str, ...]) -> None:
    """What the server saw is what httpx sent, to the last request."""
    # A connection that the server closes may be used once more before that is known, and the request is sent again.
    scripted = server(always=answer("hi"), keep_alive=True)

    ran = chat(*words, server=scripted, program=(sys.executable, "-c", _COUNTING))

    assert requests_sent(ran) == len(scripted.requests) > 0


def test_the_guide_is_asked_through_the_client_too(chat: Chat) -> None:
    ran = chat("ask", "-p", "guide", "keys", program=(sys.executable, "-c", _COUNTING))

    assert requests_sent(ran) == 1
    assert ran.stdout


def requests_sent(ran: Ran) -> int:
    return int(ran.stderr.rpartition("\nSENT ")[2])


NETWORK = {"http.client", "httpcore", "httpx", "requests", "socket", "urllib.request", "urllib3"}


def test_two_rooms_know_httpx_and_one_of_them_the_network() -> None:
    found: dict[str, set[str]] = {}
    for path in ROOT.rglob("*.py"):
        text, names = path.read_text(encoding="utf-8"), set[str]()
        if not any(name in text for name in NETWORK):
            continue
        for node in ast.walk(ast.parse(text)):
            if isinstance(node, ast.Import):
                names |= {alias.name for alias in node.names}
            elif isinstance(node, ast.ImportFrom):
                names.add(node.module or "")
        if used := names & NETWORK:
            found.setdefault(path.parent.relative_to(ROOT).as_posix(), set()).update(used)

    assert found.keys() == {"api/http", "guide", "tools/mcp"}
    assert found["guide"] == {"httpx"}
    assert found["tools/mcp"] == {"socket"}  # where a browser comes back to after a sign-in
