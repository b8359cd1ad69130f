"""G: nothing is paid for twice silently. The numbers are those of the acceptance list."""

from __future__ import annotations

import socket
import ssl
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from chatcli.conversation.messages import Notice
from chatcli.providers.endpoint import RetryPolicy
from tests.acceptance.conftest import OpenTalk
from tests.acceptance.talk import Asked, Talk
from tests.conftest import OpenServer
from tests.support.answers import answer, chunk, failure, http, sse, stream_head
from tests.support.server import CLOSE, RESET, Sleep

if TYPE_CHECKING:
    import trustme

ALLOWED = RetryPolicy(retry_ambiguous=True)
Connect = Callable[..., socket.socket]


@pytest.mark.parametrize("end", [CLOSE, RESET], ids=["FIN", "RST"])
def test_g75_fresh_connection_that_closes_without_a_byte_is_not_resent(
    server: OpenServer, talk: OpenTalk, end: Any
) -> None:
    scripted = server([end])

    asked = talk(scripted).ask()

    assert (asked.stdout, asked.exit_code, len(scripted.posts)) == ("", 9, 1)
    assert "closed the connection without an answer" in asked.sentence
    assert "Not retried" in asked.sentence


def test_g75_user_may_allow_one_resend(server: OpenServer, talk: OpenTalk) -> None:
    scripted = server([CLOSE], answer("Paris"))

    asked = talk(scripted, policy=ALLOWED).ask()

    assert (asked.stdout, asked.exit_code, len(scripted.posts)) == ("Paris", 0, 2)


def test_g75_resend_is_allowed_once(server: OpenServer, talk: OpenTalk) -> None:
    scripted = server([CLOSE], [CLOSE])

    assert talk(scripted, policy=ALLOWED).ask().exit_code == 9
    assert len(scripted.posts) == 2


@pytest.mark.parametrize(
    "script",
    [
        [stream_head(), sse(chunk("Par"), done=False), CLOSE],
        [stream_head(), sse(chunk(reasoning_content="hm"), done=False), RESET],
        [stream_head(), sse(chunk("Par"), done=False), Sleep(5)],
        [stream_head(), b": alive\n\n", Sleep(5)],
        [stream_head(), sse(chunk("Par"), {"error": {"code": 503, "message": "x"}}, done=False)],
    ],
    ids=["cut", "cut while reasoning", "stalled", "stalled before text", "503 after text"],
)
def test_g75_nothing_is_resent_once_the_answer_has_begun(server: OpenServer, talk: OpenTalk, script: Any) -> None:
    scripted = server(script)

    asked = talk(scripted, policy=ALLOWED, stall_s=0.2).ask()

    assert (asked.exit_code, len(scripted.posts)) == (9, 1)


@pytest.mark.parametrize("status", [500, 502, 504, 520])
def test_g75_status_that_may_have_been_billed_is_not_resent(server: OpenServer, talk: OpenTalk, status: int) -> None:
    scripted = server(failure(status, "upstream fell over"))

    asked = talk(scripted).ask()

    assert (asked.exit_code, len(scripted.posts), asked.waited_s) == (6, 1, 0)
    assert "billed" in asked.sentence


def test_g75_user_may_allow_one_resend_after_a_status(server: OpenServer, talk: OpenTalk) -> None:
    scripted = server(failure(500, "upstream fell over"), answer("Paris"))

    asked = talk(scripted, policy=ALLOWED).ask()

    assert (asked.stdout, asked.exit_code, len(scripted.posts)) == ("Paris", 0, 2)


class _Name:
    """A name that is no loopback, led to a loopback server after *failures* were met on the way."""

    def __init__(self, port: int, *failures: OSError) -> None:
        self.url = f"http://api.test:{port}/v1"
        self._port = port
        self._failures: Iterator[OSError] = iter(failures)
        self._connect: Connect = socket.create_connection

    def connect(self, _address: object, *args: Any, **options: Any) -> socket.socket:
        if error := next(self._failures, None):
            raise error
        return self._connect(("127.0.0.1", self._port), *args, **options)


REFUSED = ConnectionRefusedError(111, "Connection refused")
NO_NAME = socket.gaierror(socket.EAI_NONAME, "Name or service not known")


@pytest.mark.parametrize("failure_", [REFUSED, NO_NAME], ids=["refused", "DNS"])
@pytest.mark.parametrize(("times", "code", "posts"), [(2, 0, 1), (3, 5, 0)], ids=["twice", "three times"])
def test_g76_connection_that_fails_twice_is_made_and_the_body_sent_once(
    server: OpenServer,
    talk: OpenTalk,
    monkeypatch: pytest.MonkeyPatch,
    failure_: OSError,
    times: int,
    code: int,
    posts: int,
) -> None:
    scripted = server(answer("Paris"))
    name = _Name(scripted.port, *[failure_] * times)
    monkeypatch.setattr(socket, "create_connection", name.connect)

    asked = talk(name.url).ask()

    assert (asked.exit_code, len(scripted.posts)) == (code, posts)
    assert asked.stdout == ("Paris" if code == 0 else "")
    assert sum(isinstance(event, Notice) and event.code == "retrying" for event in asked.events) == 2
    if code:
        assert (
            "cannot resolve api.test" if failure_ is NO_NAME else "nothing is listening at api.test"
        ) in asked.sentence


@pytest.mark.parametrize(("cuts", "code", "posts"), [(2, 0, 1), (3, 5, 0)], ids=["twice", "three times"])
def test_g76_handshake_that_is_cut_is_begun_anew(
    server: OpenServer,
    talk: OpenTalk,
    authority: trustme.CA,
    tls: ssl.SSLContext,
    tmp_path: Path,
    cuts: int,
    code: int,
    posts: int,
) -> None:
    authority.cert_pem.write_to_path(str(tmp_path / "ca.pem"))
    scripted = server(answer("Paris"), tls=tls, greetings=[[CLOSE]] * cuts)

    asked = talk(scripted, ca_file=str(tmp_path / "ca.pem")).ask()

    assert (asked.exit_code, len(scripted.posts), scripted.connection_count) == (code, posts, 3)


def test_g76_refusal_on_this_machine_is_told_at_once(talk: OpenTalk) -> None:
    asked = talk("http://127.0.0.1:1/v1").ask()

    assert (asked.exit_code, asked.waited_s) == (5, 0)
    assert "nothing is listening at 127.0.0.1:1. Is the server running?" in asked.sentence


HOUR_AHEAD = "Sat, 21 Nov 2026 13:00:00 GMT"
WAITS: dict[str, tuple[Mapping[str, str], float]] = {
    "seconds": ({"retry-after": "1"}, 1),
    "fractions": ({"retry-after": "1.5"}, 1.5),
    "date": ({"retry-after": "Sat, 21 Nov 2026 13:00:07 GMT", "date": HOUR_AHEAD}, 7),
    "milliseconds": ({"retry-after-ms": "250"}, 0.25),
    "milliseconds first": ({"retry-after-ms": "250", "retry-after": "9"}, 0.25),
    "below zero": ({"retry-after": "-5"}, 0.5),
    "not a number": ({"retry-after": "nan"}, 0.5),
    "words": ({"retry-after": "soon"}, 0.5),
    "date without a clock": ({"retry-after": "Sat, 21 Nov 2026 13:00:07 GMT"}, 0.5),
    "nothing": ({}, 0.5),
}


@pytest.mark.parametrize("status", [429, 503, 529])
@pytest.mark.parametrize(("headers", "wait_s"), WAITS.values(), ids=WAITS)
def test_g77_server_is_asked_again_when_it_says(
    server: OpenServer, talk: OpenTalk, status: int, headers: Mapping[str, str], wait_s: float
) -> None:
    scripted = server(failure(status, "busy", headers), answer("Paris"))

    asked = talk(scripted).ask()

    assert (asked.stdout, asked.exit_code, len(scripted.posts)) == ("Paris", 0, 2)
    assert asked.waited_s == pytest.approx(wait_s)
    assert [event.code for event in asked.events if isinstance(event, Notice)] == ["retrying"]


@pytest.mark.parametrize(("status", "code"), [(429, 7), (503, 6), (529, 6)])
@pytest.mark.parametrize(("asked_s", "named"), [("61", "61 s"), ("1e9", "11574 d"), ("7200", "2 h")])
def test_g77_longer_wait_than_the_cap_is_named_and_not_waited(
    server: OpenServer, talk: OpenTalk, status: int, code: int, asked_s: str, named: str
) -> None:
    scripted = server(failure(status, "busy", {"retry-after": asked_s}))

    asked = talk(scripted).ask()

    assert (asked.exit_code, len(scripted.posts), asked.waited_s) == (code, 1, 0)
    assert f"wait {named}" in asked.sentence


def test_g77_cap_is_the_users(server: OpenServer, talk: OpenTalk) -> None:
    scripted = server(failure(429, "busy", {"retry-after": "61"}), answer("Paris"))

    asked = talk(scripted, policy=RetryPolicy(max_wait_s=100)).ask()

    assert (asked.stdout, asked.waited_s) == ("Paris", 61)


def test_g77_wait_that_only_the_body_names_is_kept(server: OpenServer, talk: OpenTalk) -> None:
    scripted = server(failure(429, "Rate limit reached. Please try again in 3.2s."), answer("Paris"))

    asked = talk(scripted).ask()

    assert asked.stdout == "Paris"
    assert asked.waited_s == pytest.approx(3.2)


@pytest.mark.parametrize("status", [429, 503, 529, 408, 425, 409])
def test_g77_retries_end(server: OpenServer, talk: OpenTalk, status: int) -> None:
    scripted = server(always=failure(status, "busy"))

    asked = talk(scripted).ask()

    assert len(scripted.posts) == 3
    assert asked.exit_code == {429: 7, 409: 8}.get(status, 6)
    assert asked.waited_s == pytest.approx(0.5 + 1)


@pytest.mark.parametrize(
    "body",
    [failure(429, "You exceeded your current quota", code="insufficient_quota"), failure(402, "Payment required")],
    ids=["insufficient_quota", "402"],
)
def test_g77_empty_account_is_not_waited_for(server: OpenServer, talk: OpenTalk, body: bytes) -> None:
    scripted = server(body)

    asked = talk(scripted).ask()

    assert (asked.exit_code, len(scripted.posts), asked.waited_s) == (7, 1, 0)


def test_g77_server_may_forbid_a_retry(server: OpenServer, talk: OpenTalk) -> None:
    scripted = server(failure(503, "busy", {"x-should-retry": "false"}))

    assert talk(scripted).ask().exit_code == 6


OVERFLOWS = {
    "OpenAI": failure(400, "This model's maximum context length is 400 tokens.", code="context_length_exceeded"),
    "OpenAI window": failure(400, "Your input exceeds the context window of this model."),
    "OpenRouter": failure(400, "This endpoint's maximum context length is 400 tokens. You requested about 900."),
    "Anthropic": failure(400, "prompt is too long: 900 tokens > 400 maximum"),
    "Gemini": failure(400, "The input token count (900) exceeds the maximum number of tokens allowed (400)."),
    "llama.cpp": http(
        400,
        None,
        {
            "error": {
                "code": 400,
                "message": "the request exceeds the available context size, try increasing it",
                "type": "exceed_context_size_error",
                "n_prompt_tokens": 900,
                "n_ctx": 400,
            }
        },
    ),
    "Groq": failure(400, "Please reduce the length of the messages or completion."),
    "xAI": failure(400, "This model's maximum prompt length is 400 but the request contains 900 tokens."),
    "Mistral": failure(400, "Prompt contains 900 tokens, too large for model with 400 maximum context length"),
    "LM Studio": failure(400, "The number of tokens to keep is greater than the context length"),
}


def long_talk(talk: OpenTalk, server: Any, **options: Any) -> Talk:
    """Return a conversation of six turns of some hundred tokens each."""
    talking = talk(server, **options)
    for number in range(6):
        talking.ask(f"question {number} " + "word " * 60)
    return talking


def sent(post: Any) -> list[str]:
    return [message["content"][:10] for message in post.json["messages"]]


def trims(asked: Asked) -> list[str]:
    return [e.message for e in asked.events if isinstance(e, Notice) and e.code == "context_left_out"]


@pytest.mark.parametrize("overflow", OVERFLOWS.values(), ids=OVERFLOWS)
def test_g79_overflow_is_trimmed_visibly_and_asked_again_once(
    server: OpenServer, talk: OpenTalk, overflow: bytes
) -> None:
    scripted = server(*[answer("ok")] * 6, overflow, answer("Paris"))
    talking = long_talk(talk, scripted)

    asked = talking.ask("capital?")

    first, second = map(sent, scripted.posts[-2:])
    assert (asked.stdout, asked.exit_code, len(scripted.posts)) == ("Paris", 0, 8)
    assert second == first[-len(second) :]
    assert 1 <= len(second) < len(first)
    assert second[0].startswith("question") or second == ["capital?"]
    assert len(trims(asked)) == 1
    assert "left out" in trims(asked)[0]
    assert len(talking.session.conversation.history) == 14


def test_g79_overflow_is_not_asked_a_third_time(server: OpenServer, talk: OpenTalk) -> None:
    scripted = server(*[answer("ok")] * 6, *[OVERFLOWS["OpenAI"]] * 2)
    talking = long_talk(talk, scripted)

    asked = talking.ask("capital?")

    assert (asked.exit_code, len(scripted.posts)) == (8, 8)
    assert len(talking.session.conversation.history) == 12


@pytest.mark.parametrize("overflow", [OVERFLOWS["OpenAI"], OVERFLOWS["Groq"]], ids=["window told", "window not told"])
def test_g79_message_that_is_too_long_alone_is_not_cut(server: OpenServer, talk: OpenTalk, overflow: bytes) -> None:
    scripted = server(overflow)

    asked = talk(scripted).ask("word " * 1000)

    assert (asked.exit_code, len(scripted.posts)) == (8, 1)
    assert "context window" in asked.sentence


def test_g79_long_message_behind_a_history_is_tried_alone(server: OpenServer, talk: OpenTalk) -> None:
    scripted = server(*[answer("ok")] * 6, OVERFLOWS["Groq"], answer("Paris"))
    talking = long_talk(talk, scripted)

    asked = talking.ask("a question that is longer than all before: " + "word " * 900)

    assert (asked.stdout, asked.exit_code) == ("Paris", 0)
    assert len(scripted.posts[-1].json["messages"]) == 1


def test_g79_message_too_long_for_the_window_leaves_the_conversation_usable(server: OpenServer, talk: OpenTalk) -> None:
    scripted = server(*[answer("ok")] * 6, OVERFLOWS["OpenAI"], answer("Paris"))
    talking = long_talk(talk, scripted)

    asked = talking.ask("much " * 900)

    assert (asked.exit_code, len(scripted.posts)) == (8, 7)
    assert talking.session.last is not None
    assert talking.session.last.question.text.startswith("much")
    assert talking.ask("capital?").stdout == "Paris"


@pytest.mark.parametrize(("status", "code", "posts"), [(429, 0, 2), (400, 8, 1)], ids=["429", "400"])
def test_g79_limit_per_minute_is_no_overflow(
    server: OpenServer, talk: OpenTalk, status: int, code: int, posts: int
) -> None:
    words = "Request too large: context window exceeded for tokens per minute (TPM): Limit 400, Requested 900."
    scripted = server(*[answer("ok")] * 6, failure(status, words), answer("Paris"))
    talking = long_talk(talk, scripted)

    asked = talking.ask("capital?")

    assert (asked.exit_code, len(scripted.posts)) == (code, 6 + posts)
    assert trims(asked) == []
    assert all(len(post.json["messages"]) == 13 for post in scripted.posts[6:])
