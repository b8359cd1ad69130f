"""The user and the password in a proxy's address arrive at the proxy, as they are meant, and nowhere else."""

from __future__ import annotations

from base64 import b64encode

import pytest

from tests.conftest import Chat, OpenServer
from tests.support.answers import answer, http

# What stands in the variable, and what the proxy must be told.
LOGINS = {
    "plain": ("ann:secret", "ann:secret"),
    "escaped": ("ann%40work:p%3Ass%2Fw%25rd", "ann@work:p:ss/w%rd"),
    "no password": ("ann", "ann:"),
    "international names": ("j%C3%BCrgen:gr%C3%BCn", "jürgen:grün"),
}


def basic(login: str) -> str:
    return "Basic " + b64encode(login.encode()).decode()


@pytest.mark.parametrize(("written", "meant"), LOGINS.values(), ids=LOGINS)
def test_a_login_arrives_at_the_proxy(server: OpenServer, chat: Chat, written: str, meant: str) -> None:
    proxy = server(answer("Paris"))

    ran = chat(
        *("ask", "hi", "-m", "m", "--base-url", "http://models.test.invalid/v1"),
        env={"HTTP_PROXY": f"http://{written}@127.0.0.1:{proxy.port}"},
    )

    assert (ran.stdout, ran.exit_code) == ("Paris", 0)
    [asked] = proxy.posts
    assert asked.path == "http://models.test.invalid/v1/chat/completions"
    assert asked.headers.get("proxy-authorization") == basic(meant)
    assert "authorization" not in asked.headers


def test_a_login_opens_the_tunnel_and_does_not_go_through_it(server: OpenServer, chat: Chat) -> None:
    proxy = server(http(502, None, "no tunnel today"))

    ran = chat(
        *("ask", "hi", "-m", "m", "--base-url", "https://models.test.invalid/v1"),
        env={"HTTPS_PROXY": f"http://ann:secret@127.0.0.1:{proxy.port}"},
    )

    assert ran.exit_code == 5
    [opened] = proxy.requests
    assert (opened.method, opened.path) == ("CONNECT", "models.test.invalid:443")
    assert opened.headers.get("proxy-authorization") == basic("ann:secret")
    assert "secret" not in ran.stderr


def test_a_proxy_without_a_login_is_told_none(server: OpenServer, chat: Chat) -> None:
    proxy = server(answer("Paris"))

    chat(
        *("ask", "hi", "-m", "m", "--base-url", "http://models.test.invalid/v1"),
        env={"HTTP_PROXY": f"http://127.0.0.1:{proxy.port}"},
    )

    assert "proxy-authorization" not in proxy.posts[0].headers
