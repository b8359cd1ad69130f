"""Which proxy is used is what the environment says, and what it says wrongly is named."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from chatcli.api.http.proxy import Proxy, is_exempt, proxy_for
from chatcli.errors import ConfigError

URL = "https://api.example.com/v1"
PROXY = "http://proxy.example:3128"

CHOICES = [
    pytest.param(URL, {}, None, id="nothing set"),
    pytest.param(URL, {"https_proxy": PROXY}, "https_proxy", id="lower case"),
    pytest.param(URL, {"HTTPS_PROXY": PROXY}, "HTTPS_PROXY", id="upper case"),
    pytest.param(URL, {"https_proxy": PROXY, "HTTPS_PROXY": "http://other"}, "https_proxy", id="lower case first"),
    pytest.param(URL, {"all_proxy": "http://other", "HTTPS_PROXY": PROXY}, "HTTPS_PROXY", id="the scheme's own first"),
    pytest.param(URL, {"ALL_PROXY": PROXY}, "ALL_PROXY", id="all"),
    pytest.param(URL, {"http_proxy": PROXY}, None, id="the other scheme's"),
    pytest.param(URL, {"HTTPS_PROXY": "  "}, None, id="empty is unset"),
    pytest.param("http://api.example.com", {"HTTP_PROXY": PROXY}, "HTTP_PROXY", id="http"),
    pytest.param("http://api.example.com", {"HTTP_PROXY": PROXY, "REQUEST_METHOD": "GET"}, None, id="under CGI"),
    pytest.param(
        "http://api.example.com", {"http_proxy": PROXY, "REQUEST_METHOD": "GET"}, "http_proxy", id="lower under CGI"
    ),
    pytest.param("http://localhost:1", {"all_proxy": PROXY}, None, id="localhost"),
    pytest.param("http://127.3.2.1:1", {"all_proxy": PROXY}, None, id="127/8"),
    pytest.param("http://[::1]:1/v1", {"all_proxy": PROXY}, None, id="::1"),
    pytest.param(URL, {"all_proxy": PROXY, "no_proxy": "example.com"}, None, id="exempt"),
    pytest.param(URL, {"all_proxy": PROXY, "NO_PROXY": "api.example.com:443"}, None, id="exempt with the usual port"),
    pytest.param(
        "http://api.example.com", {"all_proxy": PROXY, "NO_PROXY": "api.example.com:80"}, None, id="exempt with port 80"
    ),
    pytest.param(URL, {"all_proxy": PROXY, "NO_PROXY": "api.example.com:80"}, "all_proxy", id="exempt with another"),
]


@pytest.mark.parametrize(("url", "environ", "variable"), CHOICES)
def test_the_environment_chooses(url: str, environ: Mapping[str, str], variable: str | None) -> None:
    proxy = proxy_for(url, environ)

    assert (proxy and proxy.variable) == variable
    assert proxy is None or proxy.url == PROXY


EXEMPTIONS = [
    ("*", "any.where", True),
    ("example.com", "example.com", True),
    ("example.com", "api.example.com", True),
    ("example.com", "notexample.com", False),
    (".example.com", "api.example.com", True),
    ("*.example.com", "api.example.com", True),
    ("*.example.com", "badexample.com", False),
    ("EXAMPLE.com", "Example.COM", True),
    (" a.b , example.com ,", "example.com", True),
    ("", "example.com", False),
    (",", "example.com", False),
    ("example.com:8080", "example.com", True),
    ("example.com:81", "example.com", False),
    ("10.0.0.0/8", "10.2.3.4", True),
    ("10.0.0.0/8", "11.2.3.4", False),
    ("10.0.0.1/8", "10.2.3.4", True),
    ("10.0.0.1", "10.0.0.1", True),
    ("10.0.0.0/8", "example.com", False),
    ("[2001:db8::1]", "2001:db8::1", True),
    ("2001:db8::1", "2001:db8::1", True),
    ("[2001:db8::1]:8080", "2001:db8::1", True),
    ("[2001:db8::1]:81", "2001:db8::1", False),
    ("2001:db8::/32", "2001:db8::7", True),
    ("[", "example.com", False),
    (".", "example.com", False),
]


@pytest.mark.parametrize(("listed", "host", "exempt"), EXEMPTIONS, ids=[f"{row[0]} {row[1]}" for row in EXEMPTIONS])
def test_what_no_proxy_names_is_reached_directly(listed: str, host: str, exempt: bool) -> None:
    assert is_exempt(host, 8080, {"no_proxy": listed}) is exempt


ADDRESSES = [
    ("proxy.example:3128", Proxy("http://proxy.example:3128", "all_proxy", "http://proxy.example:3128")),
    ("socks5h://proxy", Proxy("socks5h://proxy", "all_proxy", "socks5h://proxy")),
    ("socks://u:p@proxy:1/", Proxy("socks5://u:p@proxy:1/", "all_proxy", "socks5://proxy:1")),
    ("http://me:secret@proxy:1", Proxy("http://me:secret@proxy:1", "all_proxy", "http://proxy:1")),
    ("http://[::1]:3128/", Proxy("http://[::1]:3128/", "all_proxy", "http://[::1]:3128")),
]


@pytest.mark.parametrize(("value", "proxy"), ADDRESSES, ids=[value for value, _ in ADDRESSES])
def test_addresses_are_shown_without_their_password(value: str, proxy: Proxy) -> None:
    assert proxy_for(URL, {"all_proxy": value}) == proxy


@pytest.mark.parametrize(
    "value",
    [
        "ftp://proxy:1",
        "http://",
        "http://proxy:99999",
        "http://proxy:port",
        "http://[::1",
        "://",
        "socks4://x",
        "http://a..b:1",
        "socks5://.x",
    ],
)
def test_what_is_no_address_names_the_variable(value: str) -> None:
    with pytest.raises(ConfigError) as caught:
        proxy_for(URL, {"ALL_PROXY": value})

    assert caught.value.what.startswith("ALL_PROXY ")
    assert caught.value.what.endswith(f": {value}")


def test_a_password_is_not_repeated_in_an_error() -> None:
    with pytest.raises(ConfigError) as caught:
        proxy_for(URL, {"ALL_PROXY": "ftp://me:secret@proxy:1"})

    assert "secret" not in caught.value.sentence()
    assert "***@proxy:1" in caught.value.sentence()
