"""For scripts: the code alone, JSON that fits a schema, or everything as events with exactly one end."""

from __future__ import annotations

import json
import re
import signal
import threading
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import Chat, OpenServer
from tests.support.answers import answer, chunk, failure, sse, stream_head
from tests.support.program import Ran
from tests.support.server import CLOSE, Server, Wait

CODE = "Here:\n\n```py\nprint(1)\n```\n\nor\n\n~~~\nlast\n~~~\n"
ASK = ("ask", "-m", "m")


def bodies(server: Server) -> list[dict[str, Any]]:
    return [json.loads(request.body) for request in server.requests if request.body]


@pytest.mark.parametrize(("flag", "code"), [("-x", "print(1)\n"), ("--extract-last", "last\n")])
def test_only_the_code_goes_out(chat: Chat, server: OpenServer, flag: str, code: str) -> None:
    ran = chat(*ASK, flag, "q", server=server(answer(CODE)))

    assert (ran.exit_code, ran.stdout, ran.stderr) == (0, code, "")


def test_without_code_nothing_goes_out_and_the_answer_is_kept(chat: Chat, server: OpenServer) -> None:
    ran = chat(*ASK, "-x", "q", server=server(answer("No code.")))

    assert (ran.exit_code, ran.stdout) == (9, "")
    assert "the answer has no code block. The unmodified answer was saved" in ran.stderr
    assert "No code." in chat("sessions", "show", "q").stdout


def test_two_ways_to_shape_an_answer_exclude_each_other(chat: Chat, server: OpenServer) -> None:
    model = server()

    ran = chat(*ASK, "-x", "--schema", "a", "q", server=model)

    assert ran.exit_code == 2
    assert "--extract and --schema cannot be combined" in ran.stderr
    assert model.requests == []


SCHEMA = "name str, age int"
GOOD = '{"name": "Ann", "age": 7}'


def test_an_answer_that_fits_goes_out_as_it_is(chat: Chat, server: OpenServer) -> None:
    model = server(answer(f"```json\n{GOOD}\n```"))

    ran = chat(*ASK, "--schema", SCHEMA, "q", server=model)

    assert (ran.exit_code, ran.stdout, ran.stderr) == (0, GOOD, "")
    shape = bodies(model)[0]["response_format"]
    assert (shape["type"], shape["json_schema"]["strict"]) == ("json_schema", True)
    assert shape["json_schema"]["schema"]["required"] == ["name", "age"]


def test_an_answer_that_does_not_fit_is_asked_for_once_more(chat: Chat, server: OpenServer) -> None:
    model = server(answer('{"name": "Ann", "age": "seven"}'), answer(GOOD))

    ran = chat(*ASK, "--schema", SCHEMA, "q", server=model)

    assert (ran.exit_code, ran.stdout) == (0, GOOD)
    assert "does not match the schema (age must be integer); asking once more" in ran.stderr
    assert "age must be integer" in bodies(model)[1]["messages"][-1]["content"]


@pytest.mark.parametrize("second", ['{"name": 1}', "I cannot."])
def test_an_answer_that_never_fits_exits_9_with_what_is_wrong(chat: Chat, server: OpenServer, second: str) -> None:
    ran = chat(*ASK, "--schema", SCHEMA, "q", server=server(answer("{}"), answer(second)))

    assert (ran.exit_code, ran.stdout) == (9, "")
    assert "the answer does not match the schema: it" in ran.stderr


def test_a_schema_may_be_a_file(chat: Chat, server: OpenServer, tmp_path: Path) -> None:
    (tmp_path / "n.json").write_text('{"type": "object", "properties": {"a": {"type": "integer"}}, "required": ["a"]}')
    model = server(answer('{"a": 1}'))

    ran = chat(*ASK, "--schema", "n.json", "q", server=model, cwd=tmp_path)

    assert (ran.exit_code, ran.stdout) == (0, '{"a": 1}')
    assert bodies(model)[0]["response_format"]["json_schema"]["name"] == "n"


@pytest.mark.parametrize(
    ("schema", "code", "what"),
    [
        ("none.json", 3, "cannot read"),
        ("{broken", 2, "is not valid JSON"),
        ("a date", 2, "cannot parse"),
        ('{"type": 5}', 2, "not a valid schema"),
    ],
)
def test_a_schema_that_is_none_is_told_before_anything_is_sent(
    chat: Chat, server: OpenServer, schema: str, code: int, what: str
) -> None:
    model = server()

    ran = chat(*ASK, "--schema", schema, "q", server=model)

    assert ran.exit_code == code
    assert what in ran.stderr
    assert bodies(model) == []


def events(ran: Ran) -> list[dict[str, Any]]:
    return [json.loads(line) for line in ran.stdout.splitlines()]


def test_events_tell_the_whole_turn(chat: Chat, server: OpenServer) -> None:
    usage = {"prompt_tokens": 8, "completion_tokens": 2, "prompt_tokens_details": {"cached_tokens": 3}}
    ran = chat(*ASK, "--json", "q", server=server(answer("Hel lo", usage=usage)))

    start, *deltas, told, done = events(ran)

    assert (ran.exit_code, ran.stderr) == (0, "")
    assert re.fullmatch("[0-9A-Z]{26}", start.pop("session"))
    assert start.pop("provider").startswith("127.0.0.1")
    assert start == {"type": "start", "v": 1, "turn": 1, "model": "m", "n": 1}
    assert "".join(delta["text"] for delta in deltas) == "Hel lo"
    assert told == {
        "type": "usage", "prompt_tokens": 8, "completion_tokens": 2, "cached_tokens": 3, "estimated": False
    }  # fmt: skip
    assert {key: done[key] for key in ("type", "status", "finish_reason", "exit_code", "saved")} == {
        "type": "done", "status": "complete", "finish_reason": "stop", "exit_code": 0, "saved": True
    }  # fmt: skip
    assert done["ms"] >= done["ttft_ms"] >= 0


def test_several_answers_are_told_apart(chat: Chat, server: OpenServer) -> None:
    both = [stream_head(), *(sse(chunk(text, index=i), done=False) for i, text in ((1, "B"), (0, "A")))]
    both.append(sse(chunk(finish="stop", index=0), chunk(finish="stop", index=1)))

    ran = chat(*ASK, "--json", "-n", "2", "q", server=server(both))

    assert [(event["i"], event["text"]) for event in events(ran) if event["type"] == "delta"] == [(1, "B"), (0, "A")]
    assert chat(*ASK, "-n", "2", "q", server=server()).exit_code == 2


ENDS = [
    (failure(401, "no"), 4, "error", "failed"),
    (failure(429, "wait", {"retry-after": "3600"}), 7, "error", "failed"),
    ([stream_head(), sse(chunk("Par"), done=False), CLOSE], 9, "error", "incomplete"),
    (answer("Par", finish="length"), 10, "done", "length"),
    (answer("Par", finish="content_filter"), 11, "done", "filtered"),
]


@pytest.mark.parametrize(("script", "code", "kind", "status"), ENDS, ids=[str(row[1]) for row in ENDS])
def test_the_last_line_tells_the_end_and_there_is_one(
    chat: Chat, server: OpenServer, script: Any, code: int, kind: str, status: str
) -> None:
    ran = chat(*ASK, "--json", "q", server=server(script))

    told = events(ran)
    assert [event["type"] for event in told if event["type"] in ("done", "error")] == [kind]
    assert (told[-1]["type"], told[-1]["status"], told[-1]["exit_code"]) == (kind, status, code)
    assert ran.exit_code == code
    if code == 7:
        assert (told[-1]["http_status"], told[-1]["retry_after"]) == (429, 3600)


@pytest.mark.parametrize(
    ("arguments", "code"),
    [(("ask", "--json", "-p", "guide"), 2), (("ask", "--json", "-p", "none", "q"), 3)],
    ids=["usage", "config"],
)
def test_an_error_before_anything_is_asked_is_an_event_too(chat: Chat, arguments: tuple[str, ...], code: int) -> None:
    ran = chat(*arguments, stdin="")

    (told,) = events(ran)
    assert (ran.exit_code, told["type"], told["exit_code"]) == (code, "error", code)


def test_ctrl_c_ends_the_events_and_keeps_the_answer(chat: Chat, server: OpenServer) -> None:
    model = server([stream_head(), sse(chunk("Par"), done=False), Wait(threading.Event())])

    with chat.start(*ASK, "--json", "--no-stdin", "q", server=model) as running:
        running.wait_for(lambda run: b"Par" in run.stdout_bytes)
        running.signal(signal.SIGINT)
        ran = running.wait()

    told = events(ran)
    assert (ran.exit_code, told[-1]["type"], told[-1]["status"]) == (130, "error", "cancelled")


def test_shaped_answers_are_one_event(chat: Chat, server: OpenServer) -> None:
    ran = chat(*ASK, "--json", "-x", "q", server=server(answer(CODE)))

    assert [event["text"] for event in events(ran) if event["type"] == "delta"] == ["print(1)\n"]


def test_reasoning_and_calls_are_events(chat: Chat, server: OpenServer) -> None:
    call = {"index": 0, "id": "c1", "function": {"name": "now", "arguments": "{}"}}
    script = [
        stream_head(),
        sse(chunk(reasoning_content="Hm."), chunk(tool_calls=[call]), chunk(finish="tool_calls")),
    ]

    told = events(chat(*ASK, "--json", "q", server=server(script)))

    assert {"type": "reasoning", "i": 0, "text": "Hm."} in told
    assert {
        "type": "tool_call", "i": 0, "id": "c1", "name": "now", "arguments": "{}", "state": "requested"
    } in told  # fmt: skip
