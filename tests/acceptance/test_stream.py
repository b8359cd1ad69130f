"""B: an incomplete answer is never called complete. The numbers are those of the acceptance list."""

from __future__ import annotations

import json
from collections.abc import Sequence
from threading import Event
from typing import Any

import pytest

from chatcli.conversation.messages import Message, Notice, Waiting
from tests.acceptance.conftest import OpenTalk
from tests.conftest import OpenServer
from tests.support.answers import answer, chunk, completion, framed, head, http, sse, stream_head
from tests.support.server import CLOSE, RESET, Sleep, Step, Wait

USAGE = {"prompt_tokens": 7, "completion_tokens": 3, "total_tokens": 10}


def text_of(message: Message | None) -> str:
    return message.text if message else ""


def body(*events: Any, done: bool = False) -> list[bytes]:
    return [stream_head(), sse(*events, done=done)]


@pytest.mark.parametrize("chunked", [True, False], ids=["chunked", "until close"])
def test_b09_eof_without_end_keeps_text_and_exits_9(server: OpenServer, talk: OpenTalk, chunked: bool) -> None:
    data = sse(chunk("Par"), chunk("is"), done=False)
    talking = talk(server([stream_head(chunked=chunked), framed(data) if chunked else data, CLOSE]))

    asked = talking.ask()

    assert (asked.stdout, asked.exit_code) == ("Paris", 9)
    assert "chat: the answer is incomplete: connection closed. The text so far is kept\n" in asked.stderr
    assert [(m.text, m.status) for m in talking.session.conversation.history] == [
        ("hi", "complete"),
        ("Paris", "incomplete"),
    ]


def test_b10_finish_reason_then_eof_is_complete(server: OpenServer, talk: OpenTalk) -> None:
    asked = talk(server(body(chunk("Paris"), chunk(finish="stop")))).ask()

    assert (asked.stdout, asked.exit_code, asked.stderr) == ("Paris", 0, "")


def test_b10_reset_after_the_finish_reason_is_complete(server: OpenServer, talk: OpenTalk) -> None:
    asked = talk(server([*body(chunk("Paris"), chunk(finish="stop")), Sleep(0.05), RESET])).ask()

    assert (asked.stdout, asked.exit_code) == ("Paris", 0)


def test_b11_done_without_finish_reason_is_complete(server: OpenServer, talk: OpenTalk) -> None:
    asked = talk(server(body(chunk("Paris"), done=True))).ask()

    assert (asked.stdout, asked.exit_code) == ("Paris", 0)
    assert asked.answer is not None
    assert asked.answer.status == "complete"


def test_b12_reset_within_a_chunk_keeps_the_text_and_is_not_resent(server: OpenServer, talk: OpenTalk) -> None:
    data = framed(sse(chunk("Par"), done=False), end=False) + b"ff\r\ndata: {"
    scripted = server([stream_head(chunked=True), data, Sleep(0.05), RESET])

    asked = talk(scripted).ask()

    assert (asked.stdout, asked.exit_code, len(scripted.posts)) == ("Par", 9, 1)
    assert "in the middle of the answer. The text so far is kept" in asked.stderr


@pytest.mark.parametrize(
    "script",
    [
        [stream_head(chunked=True), framed(sse(chunk("Par"), done=False), end=False), b"ff\r\ndata: {", CLOSE],
        [stream_head(), sse(chunk("Par"), done=False), b'data: {"choices":[{"delta":{"con', CLOSE],
        [head(200, {"content-type": "text/event-stream", "content-length": "9999"}), sse(chunk("Par"), done=False)],
    ],
    ids=["chunked", "until close", "content-length"],
)
def test_b13_end_of_the_connection_within_the_body_is_incomplete(
    server: OpenServer, talk: OpenTalk, script: Sequence[Step]
) -> None:
    scripted = server(script)

    asked = talk(scripted).ask()

    assert (asked.stdout, asked.exit_code, len(scripted.posts)) == ("Par", 9, 1)


def test_b13_whole_answer_that_was_cut_is_incomplete(server: OpenServer, talk: OpenTalk) -> None:
    asked = talk(server([completion("Paris")[:-20], CLOSE])).ask()

    assert (asked.stdout, asked.exit_code) == ("", 9)


def test_b14_silence_is_told_and_stopped_at_the_limit(server: OpenServer, talk: OpenTalk) -> None:
    scripted = server([*body(chunk("Par")), Sleep(5)])

    asked = talk(scripted, stall_s=0.2, notice_s=0.1).ask()

    assert (asked.stdout, asked.exit_code, len(scripted.posts)) == ("Par", 9, 1)
    notices = [event.message for event in asked.events if isinstance(event, Notice)]
    assert notices == ["no data for 0.1 s; Ctrl+C stops"]
    assert "stopped sending for 0.2 s" in asked.sentence


def test_b14_comments_keep_a_silent_answer_alive(server: OpenServer, talk: OpenTalk) -> None:
    beats: list[Step] = [step for _ in range(8) for step in (Sleep(0.1), b": still there\n\n")]
    script = [*body(chunk("Par")), *beats, sse(chunk("is"), chunk(finish="stop"))]

    asked = talk(server(script), stall_s=0.5).ask()

    assert (asked.stdout, asked.exit_code) == ("Paris", 0)


def test_b14_comment_of_the_provider_is_a_sign_of_waiting(server: OpenServer, talk: OpenTalk) -> None:
    asked = talk(server(body(b": OPENROUTER PROCESSING\n\n", chunk("Paris", "stop")))).ask()

    assert Waiting("provider queue") in asked.events
    assert (asked.stdout, asked.exit_code) == ("Paris", 0)


def test_b15_first_byte_has_a_limit_of_its_own(server: OpenServer, talk: OpenTalk) -> None:
    scripted = server([Sleep(5)])

    asked = talk(scripted, first_byte_s=0.2, stall_s=5).ask()

    assert (asked.exit_code, len(scripted.posts)) == (9, 1)
    assert "sent nothing for 0.2 s" in asked.sentence


def test_b15_head_that_drips_does_not_extend_the_limit(server: OpenServer, talk: OpenTalk) -> None:
    drip: list[Step] = [step for byte in stream_head() for step in (bytes([byte]), Sleep(0.03))]

    asked = talk(server(drip), first_byte_s=0.3, stall_s=5).ask()

    assert asked.exit_code == 9
    assert "sent nothing for 0.3 s" in asked.sentence


def test_b15_slow_head_is_no_stall(server: OpenServer, talk: OpenTalk) -> None:
    asked = talk(server([Sleep(0.3), *answer("Paris")]), first_byte_s=5, stall_s=0.2).ask()

    assert (asked.stdout, asked.exit_code) == ("Paris", 0)


@pytest.mark.parametrize(
    ("error", "code", "posts"),
    [
        ({"message": "bad key", "code": 401}, 4, 1),
        ({"message": "boom", "code": 500}, 6, 1),
        ({"message": "slow down", "code": 429}, 7, 3),
        ({"message": "no such field", "code": 400}, 8, 1),
    ],
    ids=["401", "500", "429", "400"],
)
def test_b16_error_in_a_stream_is_classified_like_its_status(
    server: OpenServer, talk: OpenTalk, error: dict[str, Any], code: int, posts: int
) -> None:
    scripted = server(always=body({"error": error}))

    asked = talk(scripted).ask()

    assert (asked.stdout, asked.exit_code, len(scripted.posts)) == ("", code, posts)
    assert error["message"] in asked.sentence


def test_b16_error_after_text_keeps_the_text_and_exits_9(server: OpenServer, talk: OpenTalk) -> None:
    scripted = server(body(chunk("Par"), {"error": {"message": "overloaded", "code": 529}}))
    talking = talk(scripted)

    asked = talking.ask()

    assert (asked.stdout, asked.exit_code, len(scripted.posts)) == ("Par", 9, 1)
    assert "overloaded" in asked.sentence
    assert text_of(talking.session.conversation.history[-1]) == "Par"


@pytest.mark.parametrize(
    "event",
    [
        chunk(finish="error"),
        b'event: error\ndata: {"message": "it broke"}\n\n',
        b"event: error\ndata: it broke\n\n",
        {"message": "it broke"},
        {"code": 500, "message": "it broke"},
        {"error": "it broke"},
        {"error": {"message": "it broke"}, "choices": []},
        chunk("", error={"message": "it broke"}),
        {"detail": "it broke"},
        [{"error": {"message": "it broke"}}],
    ],
    ids=["finish", "event JSON", "event text", "bare", "code", "string", "choices", "delta", "detail", "list"],
)
def test_b17_every_shape_of_an_error_is_noticed(server: OpenServer, talk: OpenTalk, event: Any) -> None:
    asked = talk(server(body(chunk("Par"), event, done=True))).ask()

    assert (asked.stdout, asked.exit_code) == ("Par", 9)
    assert "it broke" in asked.sentence or "`error`" in asked.sentence


@pytest.mark.parametrize(
    "page",
    [
        http(200, {"content-type": "text/html"}, b"<!DOCTYPE html><html><head><title>Login</title></head></html>"),
        [stream_head(), b"\n <html><title>Login</title>", Sleep(0.05), b"<p>Please sign in</p></html>"],
    ],
    ids=["html", "called a stream"],
)
def test_b18_web_page_is_no_answer(server: OpenServer, talk: OpenTalk, page: Any) -> None:
    talking = talk(server(page))

    asked = talking.ask()

    assert (asked.stdout, asked.exit_code) == ("", 6)
    assert 'got a web page ("Login") instead of an answer' in asked.sentence
    assert talking.session.conversation.history == []


def test_b18_plain_text_is_no_answer_and_is_told(server: OpenServer, talk: OpenTalk) -> None:
    asked = talk(server(http(200, {"content-type": "text/plain"}, "upstream overloaded\nsorry"))).ask()

    assert (asked.stdout, asked.exit_code) == ("", 6)
    assert "neither JSON nor an event stream: upstream overloaded" in asked.sentence


def test_b18_what_is_not_http_is_told(server: OpenServer, talk: OpenTalk) -> None:
    asked = talk(server([b"SMTP ready\r\n\r\n", CLOSE])).ask()

    assert (asked.stdout, asked.exit_code) == ("", 6)
    assert "does not speak HTTP: it sent 'SMTP ready'." in asked.sentence


def test_b19_whole_json_in_the_place_of_a_stream_is_an_answer(server: OpenServer, talk: OpenTalk) -> None:
    asked = talk(server(completion("Paris", usage=USAGE))).ask()

    assert (asked.stdout, asked.exit_code, asked.stderr) == ("Paris", 0, "")


def test_b19_whole_json_may_have_lines(server: OpenServer, talk: OpenTalk) -> None:
    lines = json.dumps({"choices": [{"message": {"content": "Paris"}, "finish_reason": "stop"}]}, indent=2)

    asked = talk(server(http(200, {"content-type": "application/json"}, f"\n\n{lines}\n"))).ask()

    assert (asked.stdout, asked.exit_code) == ("Paris", 0)


def test_b19_stream_in_the_place_of_whole_json_is_an_answer(server: OpenServer, talk: OpenTalk) -> None:
    asked = talk(server(answer("Paris")), stream=False).ask()

    assert (asked.stdout, asked.exit_code) == ("Paris", 0)


@pytest.mark.parametrize(
    "script",
    [body(), body(done=True), body(chunk("", role="assistant"), chunk(finish="stop"), done=True), http(200, None, b"")],
    ids=["nothing", "[DONE]", "role and stop", "no body"],
)
def test_b20_empty_answer_is_called_empty_and_not_kept(
    server: OpenServer, talk: OpenTalk, script: Sequence[Step]
) -> None:
    scripted = server(script)
    talking = talk(scripted)

    asked = talking.ask()

    assert (asked.stdout, asked.exit_code, len(scripted.posts)) == ("", 9, 1)
    assert "empty answer" in asked.sentence
    assert talking.session.conversation.history == []


BAD_EVENTS = {
    "cut": b'data: {"choices":[{"delta":\n\n',
    "deep": b"data: " + b"[" * 100_000 + b"\n\n",
    "digits": b'data: {"id": ' + b"9" * 5000 + b"}\n\n",
    "list": b'data: [{"choices": [\n\n',
}


@pytest.mark.parametrize("bad", BAD_EVENTS.values(), ids=BAD_EVENTS)
def test_b21_bad_event_is_left_out_told_and_makes_the_answer_incomplete(
    server: OpenServer, talk: OpenTalk, bad: bytes
) -> None:
    asked = talk(server(body(chunk("Par"), bad, chunk("is", "stop"), done=True))).ask()

    assert (asked.stdout, asked.exit_code) == ("Paris", 9)
    assert "malformed" in asked.stderr
    assert "1 unreadable event" in asked.sentence


def test_b21_many_bad_events_stop_the_answer(server: OpenServer, talk: OpenTalk) -> None:
    scripted = server([*body(chunk("Par"), *[b"data: {\n\n"] * 4), Sleep(5), sse(chunk("is"))])

    asked = talk(scripted).ask()

    assert (asked.stdout, asked.exit_code) == ("Par", 9)
    assert "unreadable" in asked.sentence
    scripted.wait_for_close()


@pytest.mark.parametrize("late", [0.0, 0.2], ids=["with the finish", "after it"])
def test_usage_after_the_finish_is_waited_for_briefly(server: OpenServer, talk: OpenTalk, late: float) -> None:
    script = [*body(chunk("Paris", "stop")), Sleep(late), sse(chunk(choices=[], usage=USAGE), done=False)]
    talking = talk(server([*script, Wait(Event())]))

    asked = talking.ask()

    assert (asked.stdout, asked.exit_code) == ("Paris", 0)
    assert talking.session.last is not None
    assert talking.session.last.reply.usage is not None


@pytest.mark.parametrize("end", [chunk(finish="stop"), "[DONE]"], ids=["finish", "[DONE]"])
def test_what_trickles_in_after_the_end_is_not_waited_for(server: OpenServer, talk: OpenTalk, end: Any) -> None:
    trickle: list[Step] = [step for _ in range(100) for step in (Sleep(0.05), b": still there\n\n")]
    scripted = server([*body(chunk("Paris"), end), *trickle])

    asked = talk(scripted).ask()

    assert (asked.stdout, asked.exit_code) == ("Paris", 0)
    ended = scripted.wait_for_close()
    assert ended.closed_at is not None
    assert ended.closed_at - ended.request.complete_at < 2


def test_body_of_an_error_that_never_ends_is_not_waited_for(server: OpenServer, talk: OpenTalk) -> None:
    trickle: list[Step] = [step for _ in range(200) for step in (Sleep(0.05), b" ")]
    scripted = server([head(400, {"content-type": "text/plain"}), b"no such thing", *trickle])

    asked = talk(scripted).ask()

    assert asked.exit_code == 8
    assert "no such thing" in asked.sentence
    ended = scripted.wait_for_close()
    assert ended.closed_at is not None
    assert ended.closed_at - ended.request.complete_at < 6
