"""Addresses: what is taken, what is refused with the right one, and which of them is this machine."""

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from chatcli.settings.names import WrongValueError
from chatcli.settings.urls import Origin, clean_url, complete_url, origin_of


@pytest.mark.parametrize(
    ("text", "url"),
    [
        pytest.param("https://api.example.com/v1", "https://api.example.com/v1", id="as it is"),
        pytest.param(" https://api.example.com/v1// \n", "https://api.example.com/v1", id="blanks and slashes around"),
        pytest.param("HTTP://[::1]:8080", "HTTP://[::1]:8080", id="IPv6"),
        pytest.param("http://my_server.lan:1/a%20b", "http://my_server.lan:1/a%20b", id="name of a home network"),
        pytest.param("https://x.example/v1/v10", "https://x.example/v1/v10", id="versions that differ"),
    ],
)
def test_right_addresses_are_kept(text: str, url: str) -> None:
    assert clean_url(text) == url
    assert clean_url(url) == url


@pytest.mark.parametrize(
    ("text", "must", "better"),
    [
        pytest.param("api.example.com/v1", "begin with https", "https://api.example.com/v1", id="no scheme"),
        pytest.param("localhost:11434", "begin with https", "http://localhost:11434", id="no scheme, this machine"),
        pytest.param("https://a.example/v1?x=1#y", "a query", "https://a.example/v1", id="query"),
        pytest.param("https://a.example/v1/chat/completions/", "not include", "https://a.example/v1", id="whole path"),
        pytest.param("https://a.example/v1/completions", "not include", "https://a.example/v1", id="old path"),
        pytest.param("https://a.example/v1/v1", "repeat", "https://a.example/v1", id="version twice"),
        pytest.param("a.example/v1/v1/chat/completions?a", "begin", "https://a.example/v1", id="everything wrong"),
        pytest.param(
            "https://r.openai.azure.com/openai/deployments/gpt/chat/completions?api-version=1",
            "a query",
            "https://r.openai.azure.com/openai/deployments/gpt",
            id="deployment",
        ),
    ],
)
def test_the_right_address_is_proposed(text: str, must: str, better: str) -> None:
    with pytest.raises(WrongValueError, match=must) as caught:
        clean_url(text)

    assert caught.value.hint == f"Did you mean {better}?"
    assert clean_url(better) == better


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("ftp://a.example", id="another scheme"),
        pytest.param("https://", id="no host"),
        pytest.param("https://a.example:99999", id="no such port"),
        pytest.param("https://a.example:0", id="port zero"),
        pytest.param("https://a.example\\@evil.example", id="backslash"),
        pytest.param("https://a b.example", id="blank"),
        pytest.param("https://a.example/\x7f", id="control character"),
        pytest.param("https://ａpi.example", id="full-width letter"),
        pytest.param("", id="nothing"),
        pytest.param("http://a..b/v1", id="empty label"),
        pytest.param("http://.a/v1", id="empty label in front"),
        pytest.param(f"http://{'a' * 64}.b/v1", id="label too long"),
        pytest.param(f"http://{'a.' * 127}b/v1", id="name too long"),
        pytest.param("http://999.1.1.1/v1", id="no address of IPv4"),
        pytest.param("http://[:::]/v1", id="no address of IPv6"),
        pytest.param("http://[1.2.3.4]/v1", id="IPv4 in brackets"),
    ],
)
def test_other_addresses_are_refused(text: str) -> None:
    with pytest.raises(WrongValueError):
        clean_url(text)


def test_a_password_in_an_address_is_not_repeated() -> None:
    with pytest.raises(WrongValueError) as caught:
        clean_url("https://me:hunter2@a.example/v1")

    assert caught.value.private
    assert "hunter2" not in f"{caught.value.must}{caught.value.hint}"


@given(st.text("hps:/.@[]\\?#%a1:-\x00é ", max_size=30))
def test_what_passes_has_an_origin_and_stays_as_it_is(text: str) -> None:
    try:
        url = clean_url(f"http://{text}")
    except WrongValueError:
        return

    assert clean_url(url) == url
    assert origin_of(url).host
    assert "@" not in url.split("/")[2]
    assert httpx.URL(url).raw_host.decode().encode("idna"), "the HTTP library and the system can look for it"


@pytest.mark.parametrize(
    ("url", "origin", "text"),
    [
        ("https://API.example.com/v1", Origin("https", "api.example.com", 443), "https://api.example.com"),
        ("http://a.example:8080", Origin("http", "a.example", 8080), "http://a.example:8080"),
        ("http://[::1]/v1", Origin("http", "::1", 80), "http://[::1]"),
        ("https://a.example:443", Origin("https", "a.example", 443), "https://a.example"),
    ],
)
def test_origins_are_what_keys_are_bound_to(url: str, origin: Origin, text: str) -> None:
    assert origin_of(url) == origin
    assert str(origin) == text


def test_an_address_that_was_not_cleaned_has_no_origin() -> None:
    with pytest.raises(WrongValueError):
        origin_of("a.example")


OLLAMA = "http://127.0.0.1:11434/v1"


@pytest.mark.parametrize(
    ("text", "model", "path", "url"),
    [
        pytest.param("0.0.0.0", OLLAMA, "/v1", "http://127.0.0.1:11434/v1", id="where a server listens"),
        pytest.param(":9000", OLLAMA, "/v1", "http://127.0.0.1:9000/v1", id="port"),
        pytest.param("10.0.0.5", OLLAMA, "/v1", "http://10.0.0.5:11434/v1", id="host"),
        pytest.param("box:80", OLLAMA, "/v1", "http://box:80/v1", id="host and port"),
        pytest.param("[::]:80", OLLAMA, "/v1", "http://127.0.0.1:80/v1", id="IPv6 where a server listens"),
        pytest.param("https://box/", OLLAMA, "/v1", "https://box/v1", id="with scheme"),
        pytest.param("https://box/api", OLLAMA, "/v1", "https://box/api", id="with path"),
        pytest.param(
            "https://r.openai.azure.com/", "", "/openai/v1", "https://r.openai.azure.com/openai/v1", id="azure"
        ),
        pytest.param("https://proxy.example", "", "", "https://proxy.example", id="no path wanted"),
        pytest.param("proxy.example", "", "", "proxy.example", id="left for the complaint"),
        pytest.param("::1", OLLAMA, "/v1", "::1", id="IPv6 without brackets, left for the complaint"),
    ],
)
def test_addresses_from_the_environment_are_completed(text: str, model: str, path: str, url: str) -> None:
    assert complete_url(text, model=model, path=path) == url
