"""Pages come from public addresses only, whatever a name, a redirect or an encoding says, and within limits."""

from __future__ import annotations

import gzip
import ipaddress
import os
import socket
import threading
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chatcli.api.http.addresses import ForbiddenAddressError, is_public, public_addresses
from chatcli.app.toolbox import approval_file
from chatcli.files.foreign import ForeignReader
from chatcli.files.own import AppDirs
from chatcli.tools import fetching
from chatcli.tools.built_in import built_in_tools
from chatcli.tools.fetching import Fetcher, WebPage, host_of
from chatcli.tools.policy import Policy, ToolRules
from chatcli.tools.tool import Cancellation, Tool, ToolError
from tests.conftest import OpenServer
from tests.support.answers import head, http
from tests.support.line import Request
from tests.support.server import CLOSE, Script, Wait

PRIVATE = [
    *("127.0.0.1", "127.255.255.254", "0.0.0.0", "10.1.2.3", "172.16.0.1", "172.31.255.255", "192.168.0.1"),
    *("169.254.169.254", "100.64.0.1", "100.100.100.200", "168.63.129.16", "192.0.0.192", "198.18.0.1", "224.0.0.1"),
    *(
        "240.0.0.1",
        "255.255.255.255",
        "203.0.113.7",
        "::",
        "::1",
        "fe80::1",
        "fe80::1%eth0",
        "fc00::1",
        "fd00:ec2::254",
    ),
    *(
        "fec0::1",
        "ff02::1",
        "2001:db8::1",
        "::ffff:127.0.0.1",
        "::ffff:169.254.169.254",
        "::127.0.0.1",
        "2002:7f00:1::",
    ),
    *("64:ff9b::10.0.0.1", "64:ff9b:1::1", "2001:0:4136:e378:8000:63bf:3fff:fdd2", "::ffff:0:127.0.0.1", "x", ""),
]
PUBLIC = [
    "1.1.1.1",
    "93.184.216.34",
    "172.15.0.1",
    "172.32.0.1",
    "2606:4700::1111",
    "::ffff:8.8.8.8",
    "64:ff9b::8.8.8.8",
]


@pytest.mark.parametrize("address", PRIVATE)
def test_addresses_of_this_machine_its_network_and_its_cloud_are_not_public(address: str) -> None:
    assert not is_public(address)


@pytest.mark.parametrize("address", PUBLIC)
def test_addresses_of_the_internet_are_public(address: str) -> None:
    assert is_public(address)


@given(st.integers(0, 2**32 - 1))
def test_an_address_stays_what_it_is_in_every_wrapping_of_ipv6(number: int) -> None:
    plain = ipaddress.IPv4Address(number)
    wrapped = [f"::ffff:{plain}", f"64:ff9b::{plain}", str(ipaddress.IPv6Address((0x2002 << 112) | (number << 80)))]

    assert {is_public(text) for text in wrapped} == {is_public(str(plain))}


# The ways of system libraries to write 127.0.0.1, and names that lead there.
@pytest.mark.parametrize(
    "host", ["127.0.0.1", "2130706433", "0x7f.1", "017700000001", "127.1", "localhost", "[::1]", "0", "a..b", "a" * 300]
)
def test_no_spelling_of_an_address_hides_it(host: str) -> None:
    with pytest.raises((ForbiddenAddressError, OSError)):
        public_addresses(host.strip("[]"), 80)


def test_one_private_address_among_those_of_a_name_is_enough(monkeypatch: pytest.MonkeyPatch) -> None:
    found = [(socket.AF_INET, socket.SOCK_STREAM, 0, "", (address, 80)) for address in ("1.1.1.1", "10.0.0.1")]
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_arguments, **_options: found)

    with pytest.raises(ForbiddenAddressError, match=r"10\.0\.0\.1"):
        public_addresses("two-faced.example", 80)


@pytest.mark.parametrize("url", ["http://127.0.0.1:{port}/", "http://localhost:{port}/", "http://2130706433:{port}/"])
def test_no_connection_is_opened_to_this_machine(url: str, server: OpenServer) -> None:
    here = server()
    fetch = fetch_url()

    with pytest.raises(ToolError, match="not a public address"):
        fetch.run({"url": url.format(port=here.port)}, Cancellation())

    assert here.connection_count == 0


@pytest.mark.parametrize(
    "url",
    [
        *("file:///etc/passwd", "ftp://example.com/", "javascript:alert(1)", "example.com", "http://", "//example.com"),
        *(
            "http://user:key@example.com/",
            "http://exa mple.com/",
            "http://[::1",
            "http://example.com:x/",
            "http://a\nb/",
        ),
    ],
)
def test_only_plain_web_addresses_are_fetched(url: str) -> None:
    with pytest.raises(ToolError, match="web address"):
        host_of(url)


def test_a_host_is_named_in_letters_that_cannot_look_like_others() -> None:
    assert host_of("https://ex\u0430mple.com/") == "xn--exmple-4nf.com"
    assert host_of("HTTPS://Example.COM:8443/x") == "example.com"


def fetch_url() -> Tool:
    return built_in_tools(Path(), ForeignReader(), os.environ, 5.0)["fetch_url"]


def fetched(url: str, *, allows: Sequence[str] = ()) -> fetching.WebPage:
    """Fetch *url* with every name leading to this machine, as if it were public."""
    return Fetcher(os.environ, lambda host: host in allows, lambda _host, _port: ["127.0.0.1"]).fetch(
        url, Cancellation()
    )


def test_a_page_is_fetched_as_markdown_with_its_source_and_without_anything_of_the_user(server: OpenServer) -> None:
    page = "<title>Ti&amp;tle</title><h1>Über</h1><script>evil()</script><p>See <a href='/x'>this</a>.</p>"
    here = server(
        http(headers={"content-type": "text/html; charset=latin-1", "set-cookie": "a=b"}, body=page.encode("latin-1"))
    )

    found = fetched(f"http://example.test:{here.port}/a")

    source = f"http://example.test:{here.port}"
    assert found.text == f"[fetched from {source}/a: Ti&tle]\n\n# Über\n\nSee [this]({source}/x)."
    sent = here.requests[0]
    assert (sent.method, sent.path) == ("GET", "/a")
    assert not {"cookie", "authorization", "referer"} & set(sent.headers)


def redirect(to: str) -> bytes:
    return http(302, {"location": to})


def test_redirects_are_followed_within_a_host_and_to_hosts_that_are_allowed(server: OpenServer) -> None:
    places: list[str] = []
    here = server(redirect("/b"), lambda _request: redirect(places[0]), http(body="text"))
    places.append(other := f"http://other.test:{here.port}/c")

    found = fetched(f"http://example.test:{here.port}/a", allows=["other.test"])

    assert (found.url, found.text.endswith("text")) == (other, True)
    assert [request.headers["host"].partition(":")[0] for request in here.requests] == [
        *("example.test", "example.test", "other.test")
    ]


@pytest.mark.parametrize(
    ("target", "reason"),
    [
        ("http://other.test/", "another host"),
        ("file:///etc/passwd", "web address"),
        ("http://user:key@example.test/", "web address"),
        ("/again", "more than"),
    ],
)
def test_a_redirect_leads_nowhere_else(target: str, reason: str, server: OpenServer) -> None:
    here = server(always=redirect(target))

    with pytest.raises(ToolError, match=reason):
        fetched(f"http://example.test:{here.port}/a")


def test_a_redirect_into_the_own_network_is_refused_at_the_connection(server: OpenServer) -> None:
    """The name is the same, and its address has changed meanwhile."""
    here = server(redirect("/secret"))
    addresses = iter([["127.0.0.1"]])

    def resolve(host: str, _port: int) -> Sequence[str]:
        for found in addresses:
            return found
        raise ForbiddenAddressError(f"{host} leads to 10.0.0.1, which is not a public address")

    with pytest.raises(ToolError, match=r"10\.0\.0\.1"):
        Fetcher(os.environ, resolve=resolve).fetch(f"http://example.test:{here.port}/a", Cancellation())


@pytest.mark.parametrize(
    ("script", "reason"),
    [
        (http(404), "404 Not Found"),
        (http(599), "599"),
        ([head(200, {"content-type": "text/plain"}), *[b"x" * 1_000_000] * 6, CLOSE], "larger than"),
        (
            http(headers={"content-encoding": "gzip"}, body=gzip.compress(b"\0" * 60_000_000)),
            "could not be fetched",
        ),
        ([head(200, {"content-length": "9"}), b"cut", CLOSE], "could not be fetched"),
        (b"no HTTP\r\n\r\n", "could not be fetched"),
    ],
    ids=["not found", "unknown status", "too large", "a bomb", "cut", "no HTTP"],
)
def test_what_cannot_be_read_is_named_with_the_reason(script: Any, reason: str, server: OpenServer) -> None:
    here = server(script)

    with pytest.raises(ToolError, match=reason):
        fetched(f"http://example.test:{here.port}/a")


def test_a_page_that_never_ends_is_given_up(server: OpenServer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fetching, "TIMEOUT_S", 0.3)
    here = server([head(200, {"content-type": "text/plain"}), b"x", Wait(threading.Event())])

    with pytest.raises(ToolError, match="could not be fetched"):
        fetched(f"http://example.test:{here.port}/a")


@pytest.mark.parametrize("is_early", [True, False], ids=["resolving", "waiting"])
def test_a_cancelled_fetch_closes_its_connection(server: OpenServer, is_early: bool) -> None:
    """Also one that is cancelled before there is a connection to close."""
    cancellation = Cancellation()
    never: Script = [head(200, {"content-type": "text/plain"}), b"x", Wait(threading.Event())]

    def respond(_request: Request) -> Script:
        cancellation.cancel()
        return never

    def resolve(_host: str, _port: int) -> list[str]:
        if is_early:
            cancellation.cancel()
        return ["127.0.0.1"]

    here = server(never if is_early else respond)
    with pytest.raises(ToolError) as caught:
        Fetcher(os.environ, resolve=resolve).fetch(f"http://example.test:{here.port}/a", cancellation)

    assert "within" not in str(caught.value)
    assert here.requests == [] if is_early else here.wait_for_close().closed_at


def test_consent_to_a_host_is_no_consent_to_another() -> None:
    fetch = fetch_url()

    keys = {fetch.consent_key({"url": url}) for url in ("https://a.test/1", "https://a.test/2", "https://b.test/", "x")}

    assert len(keys) == 3


@pytest.mark.parametrize(("list_of_rules", "verdict"), [("deny", "deny"), ("ask", "ask"), ("allow", "allow")])
def test_a_rule_may_name_the_host(list_of_rules: str, verdict: str, tmp_path: Path) -> None:
    """On the command line such a rule is `--yes HOST`, as for pages that are attached."""
    rules = ToolRules(**{list_of_rules: frozenset({"a.test"})})
    policy = Policy(rules, approval_file(AppDirs(*[tmp_path] * 4)))

    verdicts = [
        policy.verdict(fetch_url(), {"url": url}) for url in ("https://a.test:1/x", "https://b.test/", "a.test")
    ]

    assert verdicts == [verdict, "ask", "ask"]


@pytest.mark.parametrize("charset", ["undefined", "punycode", "idna", "unicode_escape", "nonsense", "utf-16"])
def test_text_is_read_whatever_its_character_set_is_called(charset: str) -> None:
    page = WebPage("https://example.org/", "Zürich \\ü".encode(), "text/plain", charset)

    assert page.text.startswith("[fetched from https://example.org/]")
