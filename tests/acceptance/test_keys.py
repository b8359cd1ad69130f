"""C: a key goes only to the host it was saved for, and is never shown. The numbers are those of the acceptance list."""

from __future__ import annotations

import datetime
import json
import re
import ssl
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from threading import Event
from typing import Any

import pytest
import trustme

from tests.acceptance.conftest import OpenTalk
from tests.acceptance.talk import Asked
from tests.conftest import Chat, OpenServer, OpenTerminal
from tests.support.answers import answer, chunk, completion, failure, http, sse, stream_head
from tests.support.program import FRESH, Ran
from tests.support.server import Server, Wait

KEY = "k7-9fQwZx81LmNpR4tUvB2cD3"  # nothing that looks like a key: only what is known is found
ENV = {"TEST_KEY": KEY}
WITH_KEY = ("--key-env", "TEST_KEY", "-m", "m")


def key_of(server: Server) -> str | None:
    return server.posts[-1].headers.get("authorization")


def write_config(home: Path, text: str) -> None:
    folder = home / ".config" / "chatcli"
    folder.mkdir(parents=True, mode=0o700)
    (folder / "config.toml").write_text(text, encoding="utf-8")
    (folder / "config.toml").chmod(0o600)


def shows_key(*texts: str) -> bool:
    """Return whether a half of the key stands in any of *texts*, however the lines are broken."""
    joined = re.sub(r"\s", "", "".join(texts))
    return KEY[: len(KEY) // 2] in joined or KEY[len(KEY) // 2 :] in joined


@pytest.mark.parametrize(
    ("arguments", "stdin", "env"),
    [(("ask", "hi"), None, {}), ((), "hi", {}), (("ask", "hi"), "more", {"CI": "true"})],
    ids=["ask", "pipe", "CI"],
)
def test_c31_nothing_in_the_current_directory_leads_a_key_away(
    server: OpenServer, chat: Chat, tmp_path: Path, arguments: Sequence[str], stdin: str | None, env: dict[str, str]
) -> None:
    good, evil = server(answer("Paris")), server()
    write_config(chat.home, f'[providers.own]\nbase_url = "{good.url}"\napi_key_env = "TEST_KEY"\nmodel = "m"\n')
    project = tmp_path / "project"
    (project / ".git").mkdir(parents=True)
    settings = f'[defaults]\nprovider = "own"\n[providers.own]\nbase_url = "{evil.url}"\napi_key_env = "OTHER"\n'
    for name in (".chat.toml", "chat.toml", "config.toml", ".git/config"):
        (project / name).write_text(settings, encoding="utf-8")
    (project / ".env").write_text(f"OPENAI_BASE_URL={evil.url}\nTEST_KEY=stolen\n", encoding="utf-8")

    ran = chat(*arguments, stdin=stdin, cwd=project, env={**ENV, **env})

    assert (ran.stdout, ran.exit_code) == ("Paris", 0)
    assert evil.connection_count == 0
    assert key_of(good) == f"Bearer {KEY}"


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
@pytest.mark.parametrize("target", ["http://{0}/v1/chat/completions", "https://{0}/x", "//{0}/v1"], ids=str)
def test_c32_redirect_is_named_and_not_followed(server: OpenServer, talk: OpenTalk, status: int, target: str) -> None:
    other = server()
    place = target.format(f"127.0.0.1:{other.port}")
    scripted = server(http(status, {"location": place}))

    asked = talk(scripted, key=KEY).ask()

    assert (asked.stdout, asked.exit_code, len(scripted.posts)) == ("", 8, 1)
    assert other.connection_count == 0
    assert f"redirects to {target.split('/')[0] or 'https:'}//127.0.0.1:{other.port}" in asked.sentence


_CRASHING = """
import inspect
import sys
from chatcli.cli.main import run

KEY = {key!r}
NAMES = ("client", "exchange", "http/client", "http/transport", "http/sse", "decode", "answer_fields", "encode")
FILES = tuple(f"/api/{{name}}.py" for name in NAMES)
calls = 0

def crash_at(number):
    def watch(frame, event, _argument):
        global calls
        code = frame.f_code
        is_generator = code.co_flags & inspect.CO_GENERATOR  # closing one counts as a call, and loses what it raises
        if event == "call" and code.co_filename.endswith(FILES) and not is_generator:
            calls += 1
            if calls == number:
                sys.setprofile(None)
                raise RuntimeError(f"it broke with {{KEY}}: headers {{{{'Authorization': 'Bearer {{KEY}}'}}}}")
    return watch

for turn in range(50):
    calls = 0
    sys.setprofile(crash_at(turn * 2 + 1))
    code = run(sys.argv[1:])
    sys.setprofile(None)
    sys.stderr.write(f"CODE {{code}}\\n")
"""


def test_c33_key_is_in_no_traceback_of_50_crashes(server: OpenServer, chat: Chat) -> None:
    program = (sys.executable, "-c", _CRASHING.format(key=KEY))
    scripted = server(always=answer("Paris"))

    ran = chat("ask", "hi", "-v", *WITH_KEY, server=scripted, program=program, env={**ENV, "CHAT_DEBUG": "1"})

    codes = re.findall(r"CODE (\d+)", ran.stderr)
    assert len(codes) == 50
    assert codes.count("1") == 50
    assert ran.stderr.count("Traceback") >= 50
    assert not shows_key(ran.stdout, ran.stderr)


def test_c33_key_is_not_in_the_command_line_nor_in_any_file(server: OpenServer, chat: Chat) -> None:
    go_on = Event()
    scripted = server([Wait(go_on), *answer("Paris")])
    with chat.start(
        "ask", "hi", *WITH_KEY, server=scripted, env=ENV, stdin=subprocess.DEVNULL, program=FRESH
    ) as running:
        scripted.wait_for_request()
        commands = Path(f"/proc/{running.process.pid}/cmdline")
        seen = commands.read_bytes().decode() if commands.exists() else ""
        go_on.set()
        ran = running.wait()

    assert ran.exit_code == 0
    assert not shows_key(seen)
    files = [path for path in chat.home.rglob("*") if path.is_file()]
    assert not [path for path in files if KEY.encode() in path.read_bytes()]


ECHOES: dict[str, tuple[Any, int]] = {
    "whole": (answer(f"Your key is {KEY}."), 0),
    "two pieces": ([stream_head(), sse(chunk(f"key {KEY[:9]}"), chunk(KEY[9:], "stop"))], 0),
    "byte by byte": (answer(f"key {KEY} end", pieces=40), 0),
    "over a line end": (answer(f"key {KEY[:9]}\n{KEY[9:]} end"), 0),
    "whole JSON": (completion(f"key {KEY}"), 0),
    "reasoning": (
        [stream_head(), sse(chunk(reasoning_content=KEY[:8]), chunk(reasoning=KEY[8:]), chunk("x", "stop"))],
        0,
    ),
    "refusal": ([stream_head(), sse(chunk(refusal=f"no {KEY[:8]}"), chunk(refusal=KEY[8:], finish="stop"))], 11),
    "think": (answer(f"<think>{KEY}</think>done", pieces=30), 0),
    "tool name": ([stream_head(), sse(chunk(tool_calls=[{"id": "1", "function": {"name": KEY}}], finish="stop"))], 0),
    "model and id": ([stream_head(), sse(chunk("x", "stop", model=KEY, id=KEY))], 0),
    "web page": (http(200, {"content-type": "text/html"}, f"<html><title>{KEY}</title>"), 6),
    "error page": (http(502, {"content-type": "text/html"}, f"<html><title>Bad {KEY}</title></html>"), 6),
    "error body": (failure(401, f"Incorrect API key provided: {KEY}"), 4),
    "error code": (failure(400, "no", code=KEY, param=KEY), 8),
    "error in the stream": ([stream_head(), sse(chunk("x"), {"error": {"message": f"bad {KEY}"}})], 9),
    "request id": (failure(400, "no", {"x-request-id": KEY}), 8),
    "location": (http(307, {"location": f"https://example.com/{KEY}"}), 8),
    "malformed": ([stream_head(), sse(f'{{"bad": "{KEY}', chunk("x", "stop"))], 9),
    "coding": ([stream_head({"content-encoding": KEY}), b"x"], 6),
}


@pytest.mark.parametrize(("script", "code"), ECHOES.values(), ids=ECHOES)
def test_c34_key_that_the_server_echoes_is_masked(server: OpenServer, talk: OpenTalk, script: Any, code: int) -> None:
    scripted = server(script)

    asked = talk(scripted, key=KEY, verbose=True).ask()

    assert asked.exit_code == code
    assert key_of(scripted) == f"Bearer {KEY}"
    assert not shows_key(asked.stdout, asked.stderr)


def test_c34_key_is_masked_in_what_is_remembered(server: OpenServer, talk: OpenTalk) -> None:
    talking = talk(server(answer(f"Your key is {KEY}.", pieces=9)), key=KEY)

    talking.ask()

    assert talking.session.conversation.history[-1].text == "Your key is ***."


def test_c34_key_is_masked_in_a_whole_run(server: OpenServer, chat: Chat) -> None:
    scripted = server(failure(401, f"bad key {KEY}", {"x-request-id": KEY}))

    ran = chat("ask", "hi", "-v", *WITH_KEY, server=scripted, env={**ENV, "CHAT_DEBUG": "1"})

    assert ran.exit_code == 4
    assert not shows_key(ran.stdout, ran.stderr)


def everywhere(key: str) -> list[bytes]:
    """Return an answer that says *key* in each of its fields."""
    call = {"index": 0, "id": key, "function": {"name": key, "arguments": json.dumps({"a": f"b {key}", key: 1})}}
    logprobs = {"content": [{"token": key, "logprob": -1.0, "top_logprobs": [{"token": key, "logprob": -1.0}]}]}
    told: dict[str, Any] = {"id": key, "model": key, "system_fingerprint": key}
    first = chunk(f"it is {key}", **told, reasoning_content=key, tool_calls=[call], annotations=[_citation(key)])
    first["choices"][0]["logprobs"] = logprobs
    last = chunk(refusal=key, finish=key, **told) | {"service_tier": key, "citations": [f"https://x.example/{key}"]}
    return [stream_head({"x-request-id": key}), sse(first, last)]


def _citation(key: str) -> dict[str, Any]:
    return {"type": "url_citation", "url_citation": {"url": f"https://x.example/{key}", "title": key}}


def test_c34_key_is_in_no_file_and_in_no_line_of_json(server: OpenServer, chat: Chat) -> None:
    scripted = server(everywhere(KEY), everywhere(KEY), failure(400, f"bad {KEY}", {"x-request-id": KEY}, code=KEY))

    told = [chat("ask", "hi", *words, *WITH_KEY, server=scripted, env=ENV) for words in ((), ("--json",), ("--json",))]
    exported = chat("sessions", "export", "--all", "--format", "json", "--out", "all.json")

    assert (len(scripted.requests), exported.exit_code) == (3, 0), exported.stderr
    assert not shows_key(*(ran.stdout for ran in told[1:]), *(ran.stderr for ran in told))
    assert '"text":"it is ***"' in told[1].stdout
    files = [path for path in chat.home.rglob("*") if path.is_file()]
    assert not [path for path in files if KEY.encode() in path.read_bytes()]
    assert b"it is ***" in (chat.home / "all.json").read_bytes()


@pytest.mark.parametrize("around", ["{}\n", "{}\r\n", "  {} \t", "\n{}\n\n"], ids=ascii)
def test_c35_white_space_around_a_key_is_not_part_of_it(server: OpenServer, chat: Chat, around: str) -> None:
    scripted = server(answer("Paris"))

    ran = chat("ask", "hi", *WITH_KEY, server=scripted, env={"TEST_KEY": around.format(KEY)})

    assert (ran.exit_code, key_of(scripted)) == (0, f"Bearer {KEY}")


@pytest.mark.parametrize(
    ("bad", "named"),
    [("\u201c", "U+201C at position 4"), ("é", "U+00E9"), (" ", "U+0020"), ("\n", "U+000A")],
    ids=ascii,
)
def test_c35_key_that_cannot_be_one_is_not_sent_and_not_shown(
    server: OpenServer, chat: Chat, bad: str, named: str
) -> None:
    scripted = server()

    ran = chat("ask", "hi", *WITH_KEY, server=scripted, env={"TEST_KEY": KEY[:3] + bad + KEY[3:]})

    assert (ran.stdout, ran.exit_code, scripted.connection_count) == ("", 3, 0)
    assert named in ran.stderr
    assert not shows_key(ran.stderr)


@pytest.mark.parametrize("bad", [b"\0", "\u201c".encode(), b"\xe9", b"\x1b"], ids=["NUL", "quote", "latin-1", "ESC"])
def test_c35_bad_key_from_stdin_is_not_saved_and_not_shown(chat: Chat, bad: bytes) -> None:
    ran = chat("keys", "set", "openai", stdin=KEY[:9].encode() + bad + KEY[9:].encode() + b"\n")

    assert (ran.stdout, ran.exit_code) == ("", 3)
    assert "at position 10" in ran.stderr
    assert not shows_key(ran.stderr)
    assert not [path for path in chat.home.rglob("*") if path.is_file() and KEY[9:].encode() in path.read_bytes()]


def test_c36_no_option_takes_a_key(chat: Chat) -> None:
    pages = [chat(*command, "--help").stdout for command in ((), ("ask",), ("keys",), ("keys", "set"), ("connect",))]

    options = {word for page in pages for word in re.findall(r"--[a-z-]+", page)}
    assert {"--model", "--key-env"} <= options
    assert not [
        name for name in options - {"--key-env", "--max-tokens"} if re.search("key|token|secret|password|auth", name)
    ]


def foreign(home: Path, server: Server) -> None:
    write_config(home, f'[providers.own]\nbase_url = "{server.url}"\napi_key_env = "OPENAI_API_KEY"\nmodel = "m"\n')


def test_c37_key_of_another_host_is_not_sent_where_nobody_can_be_asked(server: OpenServer, chat: Chat) -> None:
    scripted = server()
    foreign(chat.home, scripted)

    ran = chat("ask", "hi", env={"OPENAI_API_KEY": KEY})

    assert (ran.stdout, ran.exit_code, scripted.connection_count) == ("", 3, 0)
    assert "is the key of OpenAI and is not sent to" in ran.stderr


def test_c37_user_is_asked_once_for_a_foreign_host(
    server: OpenServer, chat: Chat, terminal: OpenTerminal, home: Path
) -> None:
    scripted = server(always=answer("Paris"))
    foreign(home, scripted)
    env = {"OPENAI_API_KEY": KEY}
    with terminal("ask", "--plain", "hi", env=env) as asking:
        asking.wait_for("[y/N]")
        assert scripted.connection_count == 0
        asking.type("y\r")
        assert asking.wait_exit() == 0
        assert not shows_key(asking.text)

    ran = chat("ask", "hi", env=env)

    assert (ran.stdout, key_of(scripted)) == ("Paris", f"Bearer {KEY}")


def test_c37_no_is_no(server: OpenServer, terminal: OpenTerminal, home: Path) -> None:
    scripted = server()
    foreign(home, scripted)
    asking = terminal("ask", "--plain", "hi", env={"OPENAI_API_KEY": KEY})
    asking.wait_for("[y/N]")
    asking.press("enter")

    assert asking.wait_exit() == 3
    assert scripted.connection_count == 0


def test_c38_saved_key_does_not_go_to_an_address_on_the_command_line(server: OpenServer, chat: Chat) -> None:
    scripted = server(always=answer("Paris"))
    write_config(chat.home, f'[providers.own]\nbase_url = "{scripted.url}"\nmodel = "m"\n')
    assert chat("keys", "set", "own", stdin=KEY).exit_code == 0

    saved, flagged = chat("ask", "hi"), chat("ask", "hi", "-m", "m", server=scripted, env={"OPENAI_API_KEY": KEY})

    assert (saved.exit_code, flagged.exit_code) == (0, 0)
    assert [post.headers.get("authorization") for post in scripted.posts] == [f"Bearer {KEY}", None]


def test_c38_saved_key_does_not_follow_a_changed_address(server: OpenServer, chat: Chat) -> None:
    first, second = server(), server(answer("Paris"))
    write_config(chat.home, f'[providers.own]\nbase_url = "{first.url}"\nmodel = "m"\n')
    chat("keys", "set", "own", stdin=KEY)
    (chat.home / ".config/chatcli/config.toml").write_text(
        f'[providers.own]\nbase_url = "{second.url}"\nmodel = "m"\n', encoding="utf-8"
    )

    chat("ask", "hi")

    assert [post.headers.get("authorization") for post in second.posts] in ([], [None])


def is_one_line(ran: Ran) -> bool:
    """Return whether there is one message, but for those of attempts that are repeated."""
    lines = [line for line in ran.stderr.splitlines() if "; retrying in" not in line]
    return len(lines) == 1 and lines[0].startswith("chat: ")


def test_c39_loopback_is_reached_directly(server: OpenServer, chat: Chat) -> None:
    scripted, proxy = server(answer("Paris")), server()
    names = ("HTTP_PROXY", "http_proxy", "HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy")

    ran = chat("ask", "hi", *WITH_KEY, server=scripted, env={**ENV, **dict.fromkeys(names, proxy.url)})

    assert (ran.stdout, ran.exit_code, proxy.connection_count) == ("Paris", 0, 0)


FAR = ("--base-url", "https://api.test.invalid/v1", "-m", "m")
BROKEN_ENVIRONMENTS: dict[str, tuple[dict[str, str], int, str]] = {
    "SSL_CERT_FILE": ({"SSL_CERT_FILE": "/nope"}, 3, "SSL_CERT_FILE points to /nope, which does not exist"),
    "SSL_CERT_DIR": ({"SSL_CERT_DIR": "/nope"}, 3, "SSL_CERT_DIR points to /nope, which does not exist"),
    "socks": ({"ALL_PROXY": "socks5://u:p4ssw0rd@127.0.0.1:1"}, 3, "ALL_PROXY "),
    "no URL": ({"HTTPS_PROXY": "::::"}, 3, "HTTPS_PROXY "),
    "bad port": ({"HTTPS_PROXY": "http://u:p4ssw0rd@h:99999"}, 3, "HTTPS_PROXY "),
    "unreachable": ({"HTTPS_PROXY": "http://u:p4ssw0rd@127.0.0.1:1"}, 5, "HTTPS_PROXY"),
    "NO_PROXY": ({"NO_PROXY": "[::1],api.test.invalid", "HTTPS_PROXY": "http://127.0.0.1:1"}, 5, "cannot resolve"),
    "SSLKEYLOGFILE": ({"SSLKEYLOGFILE": "/nope/nope", "HTTPS_PROXY": "http://127.0.0.1:1"}, 5, "HTTPS_PROXY"),
}


@pytest.mark.parametrize(("env", "code", "words"), BROKEN_ENVIRONMENTS.values(), ids=BROKEN_ENVIRONMENTS)
def test_c39_broken_environment_is_told_in_one_line_that_names_the_variable(
    chat: Chat, env: dict[str, str], code: int, words: str
) -> None:
    ran = chat("ask", "hi", *FAR, env=env)

    assert (ran.stdout, ran.exit_code) == ("", code)
    assert is_one_line(ran)
    assert words in ran.stderr
    assert "p4ssw0rd" not in ran.stderr


def test_c39_proxy_that_wants_a_login_is_named(server: OpenServer, chat: Chat) -> None:
    proxy = server(http(407, None, "login first"))

    ran = chat("ask", "hi", *FAR, env={"HTTPS_PROXY": f"http://u:p4ssw0rd@127.0.0.1:{proxy.port}"})

    assert (ran.stdout, ran.exit_code) == ("", 5)
    assert "HTTPS_PROXY" in ran.stderr
    assert "407" in ran.stderr
    assert "p4ssw0rd" not in ran.stderr


def test_c40_key_does_not_travel_unencrypted(chat: Chat) -> None:
    ran = chat("ask", "hi", "--base-url", "http://api.test.invalid/v1", *WITH_KEY, env=ENV)

    assert (ran.stdout, ran.exit_code) == ("", 3)
    assert "the key would be sent unencrypted to http://api.test.invalid" in ran.stderr
    assert not shows_key(ran.stderr)


def certified(authority: trustme.CA, *names: str, **options: Any) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert(*names, **options).configure_cert(context)
    return context


def ask_with_tls(server: OpenServer, talk: OpenTalk, tls: ssl.SSLContext, ca_file: Path) -> tuple[Asked, Server]:
    scripted = server(answer("Paris"), tls=tls)
    return talk(scripted, key=KEY, ca_file=str(ca_file)).ask(), scripted


@pytest.fixture
def ca_file(authority: trustme.CA, tmp_path: Path) -> Path:
    """The certificate of `authority` in a file."""
    authority.cert_pem.write_to_path(str(tmp_path / "ca.pem"))
    return tmp_path / "ca.pem"


def test_c40_certificate_of_a_known_authority_is_accepted(
    server: OpenServer, talk: OpenTalk, tls: ssl.SSLContext, ca_file: Path
) -> None:
    asked, scripted = ask_with_tls(server, talk, tls, ca_file)

    assert (asked.stdout, asked.exit_code, key_of(scripted)) == ("Paris", 0, f"Bearer {KEY}")


def test_c40_expired_certificate_gets_no_key(
    server: OpenServer, talk: OpenTalk, authority: trustme.CA, ca_file: Path
) -> None:
    yesterday = datetime.datetime.now(datetime.UTC) - datetime.timedelta(days=1)

    asked, scripted = ask_with_tls(server, talk, certified(authority, "127.0.0.1", not_after=yesterday), ca_file)

    assert (asked.exit_code, scripted.requests, asked.waited_s) == (5, [], 0)
    assert "its certificate has expired" in asked.sentence


def test_c40_certificate_for_another_name_gets_no_key(
    server: OpenServer, talk: OpenTalk, authority: trustme.CA, ca_file: Path
) -> None:
    asked, scripted = ask_with_tls(server, talk, certified(authority, "other.example"), ca_file)

    assert (asked.exit_code, scripted.requests) == (5, [])
    assert "its certificate is for another name than 127.0.0.1" in asked.sentence


def test_c40_certificate_of_a_stranger_gets_no_key(server: OpenServer, talk: OpenTalk, ca_file: Path) -> None:
    asked, scripted = ask_with_tls(server, talk, certified(trustme.CA(), "127.0.0.1"), ca_file)

    assert (asked.exit_code, scripted.requests) == (5, [])
    assert "an authority that this machine does not trust" in asked.sentence
    assert "ca_file" in asked.sentence


def test_c40_self_signed_certificate_gets_no_key(
    server: OpenServer, talk: OpenTalk, ca_file: Path, tmp_path: Path
) -> None:
    own = trustme.CA()
    (tmp_path / "own.pem").write_bytes(own.private_key_pem.bytes() + own.cert_pem.bytes())
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(tmp_path / "own.pem")

    asked, scripted = ask_with_tls(server, talk, context, ca_file)

    assert (asked.exit_code, scripted.requests) == (5, [])
    assert "its certificate is self-signed" in asked.sentence


def test_c40_server_without_tls_is_told_as_such(server: OpenServer, talk: OpenTalk, ca_file: Path) -> None:
    plain = server(models=None, greetings=[[b"HTTP/1.1 400 Bad Request\r\n\r\n"]])

    asked = talk(plain.url.replace("http:", "https:"), key=KEY, ca_file=str(ca_file)).ask()

    assert asked.exit_code == 5
    assert "does not speak TLS on this port" in asked.sentence
