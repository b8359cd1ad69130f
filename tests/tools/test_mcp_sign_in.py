"""A server that demands a sign-in gets one that the user has agreed to, once; whatever goes wrong is said."""

from __future__ import annotations

import os
import stat
import time
from collections.abc import Callable, Iterator
from http.client import HTTPConnection
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from chatcli.files.own import AppDirs, app_dirs
from chatcli.files.private_json import DurableRecords
from chatcli.records import replace
from chatcli.text.redactor import Secret
from chatcli.tools.inquiries import Question, SignInPage, UserAnswer
from chatcli.tools.mcp.callback import CallbackListener, matches, read_redirect
from chatcli.tools.mcp.connections import Connections
from chatcli.tools.mcp.oauth_settings import OAuthSettings
from chatcli.tools.mcp.pins import FIELDS, Pins
from chatcli.tools.mcp.server_tools import ServerTools
from chatcli.tools.mcp.servers import McpServer
from chatcli.tools.mcp.sign_ins import SignIn, SignInError, sign_ins
from chatcli.tools.parallel import run_asking, run_call
from tests.conftest import OpenServer
from tests.support.authorization import AuthorizationWorld

Answer = Callable[["Browser", SignInPage], UserAnswer]


def get(url: str) -> tuple[int, str, str]:
    """Return status, location and body of *url*, as a browser gets them that follows nothing."""
    parts = urlsplit(url)
    connection = HTTPConnection(parts.hostname or "", parts.port, timeout=10)
    connection.request("GET", f"{parts.path}?{parts.query}")
    response = connection.getresponse()
    found = response.status, response.headers.get("location", ""), response.read().decode()
    connection.close()
    return found


def comes_back(browser: Browser, page: SignInPage) -> UserAnswer:
    """Sign in, and let the browser come back to the program."""
    browser.said = get(get(page.url)[1])
    return UserAnswer("accept", {"address": ""})


def is_pasted(browser: Browser, page: SignInPage) -> UserAnswer:
    """Sign in, and paste the address that the browser ends at."""
    return UserAnswer("accept", {"address": get(page.url)[1]})


class Browser:
    """The user with a browser, who answers each page as told, the last way for all that follow."""

    def __init__(self, *answers: Answer) -> None:
        self.answers = list(answers)
        self.pages: list[SignInPage] = []
        self.said = (0, "", "")

    def ask(self, question: Question) -> UserAnswer:
        assert isinstance(question, SignInPage)
        self.pages.append(question)
        return (self.answers.pop(0) if len(self.answers) > 1 else self.answers[0])(self, question)


class World:
    """A server that demands a sign-in, and runs of the program that keep what it grants in one place."""

    def __init__(self, dirs: AppDirs, authorization: AuthorizationWorld) -> None:
        self.dirs = dirs
        self.authorization = authorization
        self.server = McpServer("wiki", url=authorization.url, address=authorization.url)
        self.runs: list[Connections] = []

    def run(self, browser: Browser) -> ServerTools:
        """Begin another run of the program, and accept the tools of the server."""
        self.runs.append(Connections({}, sign_ins=sign_ins(self.dirs)))
        pins = Pins(DurableRecords(self.dirs.pins, "pins", FIELDS))
        source = ServerTools(self.server, pins, self.runs[-1], 20)
        source.accept(run_asking(source.inspect, browser.ask)[0])
        return source

    def call(self, source: ServerTools, browser: Browser) -> str:
        return run_call((source.current() or [])[0], {}, browser.ask)

    def change(self, **fields: Any) -> None:
        kept = sign_ins(self.dirs)
        kept.keep("wiki", self.server.url, replace(kept.find("wiki", self.server.url), **fields))


@pytest.fixture
def world(tmp_path: Path, server: OpenServer) -> Iterator[World]:
    authorization = AuthorizationWorld()
    authorization.port = server(always=authorization.answer).port
    found = World(app_dirs({"HOME": str(tmp_path)}), authorization)
    yield found
    for connections in found.runs:
        connections.close()


@pytest.mark.parametrize("way", [comes_back, is_pasted])
def test_one_sign_in_serves_until_it_is_revoked(way: Answer, world: World) -> None:
    """The page is asked about once; later runs use what was granted, refresh it where it is from, and ask again."""
    browser, authorization = Browser(way), world.authorization

    source = world.run(browser)
    assert world.call(source, browser) == '"said"'
    (page,) = browser.pages
    asked = parse_qs(urlsplit(page.url).query)
    assert (asked["code_challenge_method"], asked["resource"], asked["scope"]) == (
        ["S256"],
        [world.server.url],
        ["read"],
    )
    assert authorization.registered[0]["redirect_uris"] == asked["redirect_uri"]
    assert authorization.registered[0]["token_endpoint_auth_method"] == "none"
    assert way is is_pasted or browser.said[0] == 200

    world.run(browser)
    world.change(expires_at=1.0)
    world.run(browser)
    assert len(browser.pages) == 1
    (refreshed,) = [form for form in authorization.asked_for("/token") if form["grant_type"] == "refresh_token"]
    assert refreshed["resource"] == world.server.url
    assert Secret("access-token-1") in world.runs[-1].secrets

    world.change(expires_at=1.0)
    authorization.refresh_tokens.clear()
    world.run(browser)
    assert len(browser.pages) == 2
    assert len(authorization.registered) == 1  # the client stays registered, with its port
    assert stat.S_IMODE(world.dirs.sign_ins.stat().st_mode) == 0o600


@pytest.mark.parametrize("end", ["expired", "revoked"])
def test_two_runs_at_once_share_what_is_granted(end: str, world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """One renews the tokens; the other must not present the spent ones, which may cost both their sign-in."""
    browser, authorization = Browser(comes_back), world.authorization
    first, second = world.run(browser), world.run(browser)
    if end == "expired":
        later = time.time() + authorization.expires_in + 1
        monkeypatch.setattr(time, "time", lambda: later)
        assert world.call(first, browser) == '"said"'
    else:
        world.change(expires_at=1.0)
        world.run(browser)
    authorization.granted.pop("access-token-0")

    assert world.call(second, browser) == '"said"'

    assert len(browser.pages) == 1
    assert [form["grant_type"] for form in authorization.asked_for("/token")][1:] == ["refresh_token"]


@pytest.mark.parametrize("status", [429, 503])
def test_tokens_that_cannot_be_renewed_for_a_while_are_kept(status: int, world: World) -> None:
    browser, authorization = Browser(comes_back), world.authorization
    world.run(browser)
    world.change(expires_at=1.0)
    authorization.failures = {"/token": (status, "busy")}

    with pytest.raises(SignInError, match=f"HTTP {status}"):
        world.run(browser)
    authorization.failures = {}
    world.run(browser)

    assert len(browser.pages) == 1


def test_a_call_that_needs_more_asks_for_more_and_keeps_what_was_granted(world: World) -> None:
    browser = Browser(comes_back)
    world.authorization.needs_scope = "write"
    source = world.run(browser)

    assert world.call(source, browser) == '"said"'

    assert [parse_qs(urlsplit(page.url).query)["scope"] for page in browser.pages] == [["read"], ["read write"]]


@pytest.mark.parametrize("slash", ["advertised", "in the metadata"])
def test_an_issuer_without_a_path_may_have_a_final_slash_in_one_place(slash: str, world: World) -> None:
    """As that of Google: the same server, and so it calls itself when the browser comes back."""
    authorization, browser = world.authorization, Browser(comes_back)
    authorization.names_itself = True
    if slash == "advertised":
        authorization.resource = {"authorization_servers": [f"{authorization.origin}/"]}
        authorization.metadata = {"issuer": authorization.origin}
    else:
        authorization.metadata = {"issuer": f"{authorization.origin}/"}

    assert world.call(world.run(browser), browser) == '"said"'


def test_a_client_that_the_server_has_forgotten_is_registered_again(world: World) -> None:
    browser, authorization = Browser(comes_back), world.authorization
    world.run(browser)
    world.change(expires_at=1.0)
    authorization.has_forgotten_clients = True

    world.run(browser)

    assert (len(browser.pages), len(authorization.registered)) == (2, 2)


def test_what_servers_say_loosely_is_understood(world: World) -> None:
    """A page with a query of its own, and tokens that expire before they are granted."""
    authorization, browser = world.authorization, Browser(comes_back)
    authorization.metadata = {"authorization_endpoint": f"{authorization.origin}/authorize?tenant=1"}
    authorization.expires_in = -5

    assert world.call(world.run(browser), browser) == '"said"'

    (page,) = browser.pages
    assert parse_qs(urlsplit(page.url).query)["tenant"] == ["1"]


def no(action: Any) -> Answer:
    return lambda _browser, _page: UserAnswer(action)


def is_refused(_browser: Browser, page: SignInPage) -> UserAnswer:
    given = {name: values[0] for name, values in parse_qs(urlsplit(page.url).query).items()}
    words = "error=access_denied&error_description=not+you"
    return UserAnswer("accept", {"address": f"{given['redirect_uri']}?{words}&state={given['state']}"})


def is_of_another(_browser: Browser, page: SignInPage) -> UserAnswer:
    return UserAnswer("accept", {"address": "http://127.0.0.1/callback?code=stolen&state=other"})


ENCRYPTED_ELSEWHERE = {"authorization_servers": ["http://auth.example"]}


@pytest.mark.parametrize(
    ("fields", "answers", "why"),
    [
        ({}, [no("decline")], "you declined"),
        ({}, [no("cancel")], "you declined"),
        ({}, [no("nobody")], "no terminal"),
        ({}, [is_refused], "127.0.0.1 said access_denied: not you"),
        ({}, [is_of_another, no("decline")], "you declined"),
        ({"failures": {"/token": (500, "oops")}}, [comes_back], "127.0.0.1 answered with HTTP 500"),
        (
            {"failures": {"/token": (400, {"error": "invalid_grant", "error_description": "late"})}},
            [is_pasted],
            "HTTP 400: invalid_grant: late",
        ),
        (
            {"failures": {"/token": (200, {"error": "bad_code", "error_description": "late"})}},
            [is_pasted],
            "bad_code: late",
        ),
        *(
            ({"failures": {"/token": (status, said)}}, [is_pasted], f"127.0.0.1 [^:]*HTTP {status}")
            for status, said in [(200, {"token": "x"}), (200, "<html>"), (302, "")]
        ),
        ({"failures": {"/register": (403, "no")}}, [], r"127.0.0.1 .*HTTP 403.*clientId.*mcp\.json"),
        ({"failures": {"/register": (201, "no")}}, [], r"127.0.0.1 [^:]*HTTP 201"),
        ({"metadata": {"issuer": "https://other.example"}}, [], r"127.0.0.1:\d+ .*other\.example,"),
        ({"names_itself": True, "metadata": {"issuer": "https://other.example/"}}, [], r"other\.example/,"),
        ({"metadata": {"code_challenge_methods_supported": ["plain"]}}, [], "PKCE"),
        ({"metadata": {"token_endpoint": "http://auth.example/token"}}, [is_pasted], "auth.example is not encrypted"),
        ({"metadata": {"authorization_endpoint": "http://auth.example/a"}}, [], "auth.example is not encrypted"),
        ({"resource": ENCRYPTED_ELSEWHERE}, [], "auth.example is not encrypted"),
        ({"resource": {"resource": "https://other.example/mcp"}}, [], "another server, https://other.example/mcp"),
        ({"failures": {"/.well-known/oauth-protected-resource/mcp": (500, "")}}, [], "HTTP 500"),
        *(
            ({"failures": {"/token": (200, {"access_token": token, "token_type": "Bearer"})}}, [is_pasted], "be sent")
            for token in ("x\r\nEvil: 1", "中文")
        ),
        ({"metadata": {"authorization_endpoint": "https://a.example/$(id)'\""}}, [], "a.example"),
    ],
    ids=[
        *("declined", "ctrl+c", "no terminal", "access denied", "another state", "token 500", "code refused"),
        *(
            *("refused as a success", "no token", "page in place of a token", "redirect in place of a token"),
            *("registration refused", "no registration"),
            "another issuer",
            "another with a slash",
            "no PKCE",
            "token sent in the open",
        ),
        *("page in the open", "discovery in the open", "another resource", "discovery 500"),
        *("token with a line break", "token in Chinese", "page with quotes"),
    ],
)
def test_a_sign_in_that_fails_says_why_and_grants_nothing(
    fields: dict[str, Any], answers: list[Answer], why: str, world: World
) -> None:
    for name, value in fields.items():
        setattr(world.authorization, name, value)
    browser = Browser(*(answers or [no("decline")]))

    with pytest.raises(SignInError, match=why) as raised:
        world.run(browser)

    assert raised.value.server == "wiki"
    assert len(browser.pages) == len(answers)
    assert not sign_ins(world.dirs).find("wiki", world.server.url).tokens
    assert world.authorization.granted == {}


@pytest.mark.parametrize("status", [401, 403])
def test_a_token_that_the_server_does_not_accept_is_asked_for_once(status: int, world: World) -> None:
    """A server that refuses what its authorization server grants would have the user sign in forever."""
    world.authorization.refuses_tokens = status
    browser = Browser(comes_back)

    with pytest.raises(SignInError, match=rf"127\.0\.0\.1 .*HTTP {status}") as raised:
        world.run(browser)

    assert raised.value.server == "wiki"
    assert len(browser.pages) == 1
    assert bool(sign_ins(world.dirs).find("wiki", world.server.url).tokens) is (status == 403)


def test_a_wrong_address_is_asked_for_again_with_the_same_page(world: World) -> None:
    browser = Browser(is_of_another, is_pasted)

    world.run(browser)

    first, second = browser.pages
    assert (first.url, first.problem, bool(second.problem)) == (second.url, "", True)


@pytest.mark.parametrize("secret", [None, Secret("client-secret-1")])
def test_a_client_that_is_registered_beforehand_is_not_registered_again(secret: Secret | None, world: World) -> None:
    settings = OAuthSettings("mine", secret, scopes=("read", "write"))
    world.server = replace(world.server, oauth=settings)

    world.run(Browser(is_pasted))

    assert world.authorization.asked_for("/token")[0]["client_id"] == "mine"
    assert world.authorization.basic == (["mine:client-secret-1"] if secret else [])
    assert world.authorization.registered == []


def test_a_program_signs_in_without_a_person_where_its_secret_belongs(world: World) -> None:
    settings = OAuthSettings("mine", Secret("client-secret-1"), issuer=world.authorization.origin, is_program=True)
    world.server = replace(world.server, oauth=settings)
    browser = Browser(no("decline"))
    assert world.call(world.run(browser), browser) == '"said"'
    assert browser.pages == []

    world.server = replace(
        world.server, url=f"{world.server.url}?b", oauth=replace(settings, issuer="https://else.example")
    )
    world.authorization.asked.clear()
    with pytest.raises(SignInError, match=r"else\.example"):
        world.run(browser)
    assert world.authorization.asked_for("/token") == []


def test_a_sign_in_is_bound_to_the_address_and_shows_no_secret(world: World) -> None:
    browser = Browser(is_pasted)
    world.run(browser)
    kept = sign_ins(world.dirs)

    assert kept.find("wiki", world.server.url).tokens
    assert kept.find("wiki", "https://elsewhere.example/mcp") == SignIn()
    assert kept.find("other", world.server.url) == SignIn()
    assert {secret.reveal() for secret in world.runs[0].secrets} >= {"access-token-0", "refresh-token-0"}
    assert world.dirs.is_private(world.dirs.sign_ins)


@pytest.mark.parametrize(
    ("own", "url", "is_allowed"),
    [
        ("https://93.184.216.34/mcp", "https://93.184.216.35/token", True),
        ("https://93.184.216.34/mcp", "https://10.0.0.1/token", False),
        ("https://93.184.216.34/mcp", "https://127.0.0.1/token", False),
        ("https://93.184.216.34/mcp", "http://127.0.0.1/token", False),
        ("https://93.184.216.34/mcp", "https://169.254.169.254/latest", False),
        ("https://93.184.216.34/mcp", "http://93.184.216.34/token", False),
        ("https://93.184.216.34/mcp", "https://ann@93.184.216.34/token", False),
        ("https://10.0.0.2/mcp", "https://10.0.0.1/token", True),
        ("http://127.0.0.1:1/mcp", "http://127.0.0.1:2/token", True),
        ("http://127.0.0.1:1/mcp", "https://10.0.0.1/token", True),
        ("http://127.0.0.1:1/mcp", "file:///etc/passwd", False),
        ("http://127.0.0.1:1/mcp", "http://10.0.0.1/token", False),
    ],
)
def test_the_addresses_of_a_sign_in_are_encrypted_and_lead_no_nearer(own: str, url: str, *, is_allowed: bool) -> None:
    """A public server cannot make the program reach into the user's network."""
    import asyncio

    from chatcli.tools.mcp.oauth import sign_in_for
    from chatcli.tools.mcp.oauth_guard import SignInFailure

    kept = sign_ins(app_dirs({"HOME": os.devnull}))
    provider: Any = sign_in_for(McpServer("wiki", url=own), kept, [], lambda _question: None, print)  # type: ignore[arg-type,return-value]

    async def check() -> bool:
        try:
            await provider.check(url)
        except SignInFailure:
            return False
        return True

    assert asyncio.run(check()) is is_allowed


def test_only_the_browser_that_was_sent_away_ends_the_wait() -> None:
    """Another page of the browser knows the port, but not the state."""
    import asyncio
    import select

    listener = CallbackListener()
    listener.open()

    async def visit() -> list[int]:
        await listener.listen("right")
        words = ["/callback?code=c&state=wrong", "/other?code=c&state=right", "/callback?state=right"]
        urls = [f"http://127.0.0.1:{listener.port}{word}" for word in [*words, "/callback?code=c&state=right"]]
        found = []
        for url in urls:
            assert not select.select([listener.arrived], [], [], 0)[0]
            found.append((await asyncio.to_thread(get, url))[0])
        return found

    try:
        assert asyncio.run(visit()) == [400, 404, 400, 200]
        assert select.select([listener.arrived], [], [], 0)[0]
        assert listener.redirect
        assert listener.redirect.code == "c"
    finally:
        listener.close()


@pytest.mark.parametrize("address", ["", "x", "http://[", "?code=c", "?state=s", "?error=&state=s", "code=c&state=s"])
def test_what_is_no_end_of_a_sign_in_matches_none(address: str) -> None:
    assert not matches(read_redirect(address), "s")
