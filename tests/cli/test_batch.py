"""`chat batch`: every row is answered once, in order, and a run that ended early continues where it was."""

from __future__ import annotations

import csv
import json
import os
import signal
from collections.abc import Callable, Sequence
from pathlib import Path
from threading import Event
from typing import Any, TypeAlias

import pytest

from tests.conftest import Chat, OpenServer, OpenTerminal
from tests.support.answers import completion, failure, http
from tests.support.line import Request
from tests.support.program import Ran, run
from tests.support.server import CLOSE, Script, Server, Wait

Batch: TypeAlias = Callable[..., Ran]
USAGE = {"prompt_tokens": 5, "completion_tokens": 2}


def prompt_of(request: Request) -> str:
    return str(request.json["messages"][-1]["content"])


def echo(request: Request) -> bytes:
    """Answer a question by itself."""
    return completion(f"re: {prompt_of(request)}", usage=USAGE)


def asked(server: Server) -> list[str]:
    return [prompt_of(request) for request in server.posts]


def rows(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


def write_rows(path: Path, *rows: Any) -> None:
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")


@pytest.fixture
def echoing(server: OpenServer) -> Server:
    return server(always=echo, keep_alive=True)


@pytest.fixture
def batch(home: Path) -> Batch:
    """Run `chat batch` in a home with `in.jsonl`: `batch(server, "in.jsonl", "--out", "out.jsonl")`."""

    def run_batch(server: Server, *words: str, model: Sequence[str] = ("-m", "m"), **options: Any) -> Ran:
        return run("--base-url", server.url, *model, "batch", *words, home=home, **options)

    return run_batch


def test_rows_are_answered_in_order_and_joined_by_id(batch: Batch, echoing: Server, home: Path) -> None:
    write_rows(home / "in.jsonl", *({"id": f"r{number}", "prompt": f"q{number}"} for number in range(20)))

    ran = batch(echoing, "in.jsonl", "--out", "out.jsonl", "--jobs", "8")

    assert (ran.exit_code, ran.stdout) == (0, "")
    found = rows(home / "out.jsonl")
    assert [(row["id"], row["answer"]) for row in found] == [(f"r{n}", f"re: q{n}") for n in range(20)]
    assert found[0] == {
        "id": "r0",
        "answer": "re: q0",
        "status": "complete",
        "finish_reason": "stop",
        "model": "m",
        "usage": USAGE,
        "cost": None,
        "error": None,
    }
    assert sorted(asked(echoing)) == sorted(f"q{n}" for n in range(20))
    assert "20 of 20" in ran.stderr
    assert not (home / ".local" / "share" / "chatcli" / "history.db").exists(), "rows are no chats"
    assert not any(request.json.get("stream") for request in echoing.posts)


def test_a_table_in_and_out_with_a_template(batch: Batch, echoing: Server, home: Path) -> None:
    config = home / ".config" / "chatcli"
    config.mkdir(parents=True, mode=0o700)
    (config / "config.toml").write_text(
        '[templates.greet]\nsystem = "Speak {{lang}}"\nprompt = "Greet {{name}}"\n', encoding="utf-8"
    )
    (home / "in.csv").write_text('name,lang\n"Ada, Countess",English\nLi,Chinese\n', encoding="utf-8")

    ran = batch(echoing, "in.csv", "-t", "greet", "--out", "out.csv")

    assert ran.exit_code == 0, ran.stderr
    with (home / "out.csv").open(encoding="utf-8", newline="") as file:
        found = list(csv.DictReader(file))
    assert [(row["id"], row["answer"]) for row in found] == [
        ("2", "re: Greet Ada, Countess"),
        ("3", "re: Greet Li"),
    ]
    assert {request.json["messages"][0]["content"] for request in echoing.posts} == {"Speak English", "Speak Chinese"}


def test_messages_and_requests_of_the_batch_api_are_sent_as_they_are(batch: Batch, echoing: Server, home: Path) -> None:
    messages = [{"role": "system", "content": "s"}, {"role": "user", "content": [{"type": "text", "text": "hi"}]}]
    body = {"model": "own", "messages": messages, "temperature": 0.5, "top_k": 3}
    write_rows(
        home / "in.jsonl",
        {"custom_id": "a", "method": "POST", "url": "/v1/chat/completions", "body": body},
        {"messages": messages},
    )

    ran = batch(echoing, "in.jsonl", "-s", "not for these", "--jobs", "1", model=())

    assert ran.exit_code == 0, ran.stderr
    assert [request.json for request in echoing.posts] == [body, {"model": "m", "messages": messages}]


def test_lines_on_stdin_are_answered_on_stdout_which_cannot_be_resumed(batch: Batch, echoing: Server) -> None:
    ran = batch(echoing, "-", stdin=b"one\n\ntwo\n")

    assert [(row["id"], row["answer"]) for row in map(json.loads, ran.stdout.splitlines())] == [
        ("1", "re: one"),
        ("3", "re: two"),
    ]
    assert "starts over" in ran.stderr


def test_every_bad_line_is_named_before_anything_is_sent(batch: Batch, echoing: Server, home: Path) -> None:
    (home / "in.jsonl").write_text(
        '{"prompt": "a"}\n{"prompt" "b"}\n{"promt": "c"}\n{"prompt": "d", "id": "1"}\n"e"\n', encoding="utf-8"
    )

    ran = batch(echoing, "in.jsonl", "--out", "out.jsonl")

    assert ran.exit_code == 2
    assert not echoing.posts
    for place in ("in.jsonl:2:11: ", "in.jsonl:3:1: ", "in.jsonl:4:1: "):
        assert place in ran.stderr
    assert "`prompt`" in ran.stderr
    assert "--skip-bad" in ran.stderr
    assert not (home / "out.jsonl").exists()

    ran = batch(echoing, "in.jsonl", "--out", "out.jsonl", "--skip-bad")

    assert ran.exit_code == 0
    assert [row["answer"] for row in rows(home / "out.jsonl")] == ["re: a", "re: e"]
    assert "3 bad lines" in ran.stderr


def test_an_output_is_continued_only_if_it_belongs_to_the_input(batch: Batch, echoing: Server, home: Path) -> None:
    write_rows(home / "in.jsonl", "a", "b", "c")
    words = ("in.jsonl", "--out", "out.jsonl")
    assert batch(echoing, *words, "--limit", "2").exit_code == 0
    assert batch(echoing, *words).exit_code == 0
    assert batch(echoing, *words).exit_code == 0
    assert sorted(asked(echoing)) == ["a", "b", "c"], "what is answered is not asked again"
    before = (home / "out.jsonl").read_bytes()

    refused = [
        batch(echoing, *words, model=("-m", "other")),
        batch(echoing, *words, "--temperature", "0"),
        batch(echoing, "in.jsonl", "--out", "in.jsonl", "--restart"),
    ]
    write_rows(home / "in.jsonl", "a", "b", "d")
    refused.append(batch(echoing, *words))
    (home / "mine.jsonl").write_text("mine", encoding="utf-8")
    refused.append(batch(echoing, "in.jsonl", "--out", "mine.jsonl"))

    assert [ran.exit_code for ran in refused] == [2] * 5
    told = ("another model: m", "settings", "is the input", "another input", "exists")
    assert [word for ran, word in zip(refused, told, strict=True) if word not in ran.stderr] == []
    assert (home / "out.jsonl").read_bytes() == before
    assert len(echoing.posts) == 3
    assert batch(echoing, *words, "--restart").exit_code == 0
    assert [row["answer"] for row in rows(home / "out.jsonl")] == ["re: a", "re: b", "re: d"]


def test_a_failed_row_is_a_row_and_is_asked_again_on_request(batch: Batch, server: OpenServer, home: Path) -> None:
    """The exit code is that of the first failed row, not of the first that failed."""
    write_rows(home / "in.jsonl", "a", "b", "c", "d")
    is_mended = Event()

    def answer(request: Request) -> bytes:
        broken = {"b": failure(400, "no such thing"), "c": failure(500, "it broke")}
        return echo(request) if is_mended.is_set() else broken.get(prompt_of(request), echo(request))

    opened = server(always=answer, keep_alive=True)
    words = ("in.jsonl", "--out", "out.jsonl")

    ran = batch(opened, *words)

    assert ran.exit_code == 8
    assert [row["error"] and row["error"]["http_status"] for row in rows(home / "out.jsonl")] == [None, 400, 500, None]
    assert "2 failed (1 server error, 1 rejected)" in ran.stderr
    again, submitted = batch(opened, *words), batch(opened, "submit", *words)
    assert again.exit_code == submitted.exit_code == 8
    assert "2 of 4 answers, 2 failed" in again.stderr
    assert all("2 failed" in ran.stderr and "--retry-failed" in ran.stderr for ran in (again, submitted))
    assert len(opened.posts) == 4

    is_mended.set()
    ran = batch(opened, *words, "--retry-failed")

    assert ran.exit_code == 0
    assert [row["answer"] for row in rows(home / "out.jsonl")] == ["re: a", "re: b", "re: c", "re: d"]
    assert sorted(asked(opened)[4:]) == ["b", "c"]


FATAL = [
    (failure(401, "bad key"), 4),
    (failure(403, "not allowed"), 4),
    (failure(402, "no credit"), 7),
    (failure(404, "no model m"), 8),
]


@pytest.mark.parametrize(("script", "code"), FATAL, ids=["key", "permission", "credit", "model"])
def test_what_fails_for_every_row_ends_the_run(
    batch: Batch, server: OpenServer, home: Path, script: bytes, code: int
) -> None:
    write_rows(home / "in.jsonl", *map(str, range(50)))

    ran = batch(server(always=script, keep_alive=True), "in.jsonl", "--out", "out.jsonl")

    assert ran.exit_code == code
    assert rows(home / "out.jsonl") == []
    assert "0 of 50" in ran.stderr
    assert "Run the same command again" in ran.stderr


OF_ONE_ROW = [(failure(403, "flagged by moderation"), 4), (failure(429, "Request too large for m"), 7)]


@pytest.mark.parametrize(("script", "code"), OF_ONE_ROW, ids=["moderation", "too large"])
def test_what_concerns_one_row_is_its_result(
    batch: Batch, server: OpenServer, home: Path, script: bytes, code: int
) -> None:
    write_rows(home / "in.jsonl", "a", "b", "c")

    ran = batch(server(echo, script, echo, keep_alive=True), "in.jsonl", "--out", "out.jsonl", "--jobs", "1")

    assert ran.exit_code == code
    assert [row["answer"] for row in rows(home / "out.jsonl")] == ["re: a", None, "re: c"]


def test_a_wait_that_the_server_asks_for_holds_for_all_workers(batch: Batch, server: OpenServer, home: Path) -> None:
    """One refusal closes the gate: nothing else arrives until the time is over."""
    write_rows(home / "in.jsonl", *map(str, range(12)))
    refusal = failure(429, "slow down", {"retry-after-ms": "400"})
    opened = server(*[echo] * 4, *[refusal] * 2, always=echo, keep_alive=True)

    ran = batch(opened, "in.jsonl", "--out", "out.jsonl", "--jobs", "2")

    assert ran.exit_code == 0
    assert [row["answer"] for row in rows(home / "out.jsonl")] == [f"re: {n}" for n in range(12)]
    assert len(opened.posts) == 14
    times = [request.complete_at for request in opened.posts]
    assert times[6] - times[5] >= 0.39


def test_a_wait_longer_than_allowed_ends_the_run(batch: Batch, server: OpenServer, home: Path) -> None:
    write_rows(home / "in.jsonl", "a", "b")
    opened = server(failure(429, "slow down", {"retry-after": "3600"}), always=echo)

    ran = batch(opened, "in.jsonl", "--out", "out.jsonl", "--jobs", "1")

    assert ran.exit_code == 7
    assert len(opened.posts) == 1
    assert batch(opened, "in.jsonl", "--out", "out.jsonl").exit_code == 0
    assert len(rows(home / "out.jsonl")) == 2


def test_an_answer_that_is_lost_on_the_way_is_asked_for_once_more(batch: Batch, server: OpenServer, home: Path) -> None:
    write_rows(home / "in.jsonl", "a", "b")
    opened = server([CLOSE], echo, [CLOSE], [CLOSE])

    ran = batch(opened, "in.jsonl", "--out", "out.jsonl", "--jobs", "1")

    assert asked(opened) == ["a", "a", "b", "b"]
    assert ran.exit_code == 9
    assert [row["status"] for row in rows(home / "out.jsonl")] == ["complete", "failed"]


def test_a_server_that_is_not_there_ends_the_run_at_once(home: Path) -> None:
    write_rows(home / "in.jsonl", *map(str, range(9)))

    ran = run("--base-url", "http://127.0.0.1:9/v1", "-m", "m", "batch", "in.jsonl", "--out", "o", home=home)

    assert ran.exit_code == 5
    assert "0 of 9" in ran.stderr


def test_several_models_are_columns(batch: Batch, server: OpenServer, home: Path) -> None:
    write_rows(home / "in.jsonl", "hi")
    opened = server(always=lambda request: completion(request.json["model"].upper()), keep_alive=True)

    ran = batch(opened, "in.jsonl", model=("-m", "a", "-m", "b"))

    (row,) = map(json.loads, ran.stdout.splitlines())
    assert {name: found["answer"] for name, found in row["models"].items()} == {"a": "A", "b": "B"}


def test_several_answers_are_a_list(batch: Batch, server: OpenServer, home: Path) -> None:
    write_rows(home / "in.jsonl", "hi")
    choices = [
        {"index": n, "message": {"role": "assistant", "content": str(n)}, "finish_reason": "stop"} for n in (0, 1)
    ]
    both = json.dumps({"id": "x", "object": "chat.completion", "created": 1, "model": "m", "choices": choices})
    opened = server(http(200, {"content-type": "application/json"}, both))

    ran = batch(opened, "in.jsonl", "-n", "2")

    assert json.loads(ran.stdout)["answers"] == ["0", "1"]
    assert opened.posts[0].json["n"] == 2


def test_an_answer_that_does_not_fit_the_schema_is_sent_back_once(batch: Batch, server: OpenServer, home: Path) -> None:
    write_rows(home / "in.jsonl", "a", "b")
    good, bad = completion('{"name": "Ada"}', usage=USAGE), completion('{"nom": "Ada"}', usage=USAGE)
    opened = server(bad, good, bad, bad)

    ran = batch(opened, "in.jsonl", "--schema", "name str", "--jobs", "1")

    found = [json.loads(line) for line in ran.stdout.splitlines()]
    assert ran.exit_code == 9
    assert [(row["answer"], row["status"]) for row in found] == [
        ('{"name": "Ada"}', "complete"),
        ('{"nom": "Ada"}', "incomplete"),
    ]
    assert found[0]["usage"]["prompt_tokens"] == 10, "both requests count"


PRICED = '[models."m"]\nprice = {input = 1000, output = 1000}\n'


@pytest.fixture
def priced(home: Path) -> None:
    config = home / ".config" / "chatcli"
    config.mkdir(parents=True, mode=0o700)
    (config / "config.toml").write_text(PRICED, encoding="utf-8")


@pytest.mark.usefixtures("priced")
def test_a_run_stops_before_it_costs_more_than_allowed(batch: Batch, echoing: Server, home: Path) -> None:
    write_rows(home / "in.jsonl", *map(str, range(50)))

    ran = batch(echoing, "in.jsonl", "--out", "out.jsonl", "--max-cost", "0.2", "--jobs", "2")

    found = rows(home / "out.jsonl")
    assert ran.exit_code == 8
    assert 3 < len(found) < 50
    assert sum(row["cost"] for row in found) <= 0.2
    assert all(request.json["max_tokens"] >= 1 for request in echoing.posts)


@pytest.mark.usefixtures("priced")
def test_answers_that_are_asked_for_again_cost_no_more_either(batch: Batch, server: OpenServer, home: Path) -> None:
    write_rows(home / "in.jsonl", *map(str, range(70)))
    opened = server(always=completion('{"nom": "Ada"}', usage=USAGE), keep_alive=True)

    ran = batch(opened, "in.jsonl", "--out", "o", "--max-cost", "0.5", "--jobs", "2", "--schema", "name str")

    assert ran.exit_code == 8
    assert {row["status"] for row in rows(home / "o")} == {"incomplete"}
    assert any(row["usage"]["prompt_tokens"] == 2 * USAGE["prompt_tokens"] for row in rows(home / "o"))
    assert sum(row["cost"] for row in rows(home / "o")) <= 0.5


def test_a_model_without_a_price_cannot_be_limited(batch: Batch, echoing: Server, home: Path) -> None:
    """What is there already is left alone by a run that cannot start."""
    write_rows(home / "in.jsonl", "a", "b")
    assert batch(echoing, "in.jsonl", "--out", "out.jsonl", "--limit", "1").exit_code == 0
    before = (home / "out.jsonl").read_bytes()

    ran = batch(echoing, "in.jsonl", "--out", "out.jsonl", "--max-cost", "1")

    assert ran.exit_code == 8
    assert "price of m" in ran.stderr
    assert asked(echoing) == ["a"]
    assert (home / "out.jsonl").read_bytes() == before


@pytest.mark.usefixtures("priced")
def test_a_dry_run_estimates_and_sends_nothing(batch: Batch, echoing: Server, home: Path) -> None:
    write_rows(home / "in.jsonl", "hello there", "hello again")

    ran = batch(echoing, "in.jsonl", "--dry-run", "--max-tokens", "100")

    assert ran.exit_code == 0
    assert not echoing.requests
    assert "2 requests" in ran.stdout
    assert "at most 200 tokens, $0.20" in ran.stdout


def test_curl_shows_the_request_of_the_first_row(batch: Batch, echoing: Server, home: Path) -> None:
    write_rows(home / "in.jsonl", "hello there", "hello again")

    ran = batch(echoing, "in.jsonl", "--curl", model=("-m", "a", "-m", "b"))

    assert ran.exit_code == 0, ran.stderr
    assert ran.stdout.count("curl ") == 2
    assert ran.stdout.count("hello there") == 2
    assert "hello again" not in ran.stdout
    assert not echoing.requests


SCORES = [((), 0), (("--fail-under", "0.5"), 0), (("--fail-under", "80%"), 14)]


@pytest.mark.parametrize(("words", "code"), SCORES)
def test_expected_answers_give_a_score(
    batch: Batch, echoing: Server, home: Path, words: tuple[str, ...], code: int
) -> None:
    write_rows(
        home / "in.jsonl",
        {"prompt": "a", "expect": "re: a"},
        {"prompt": "b", "expect": {"contains": "x"}},
        {"prompt": "c"},
    )

    ran = batch(echoing, "in.jsonl", *words)

    assert ran.exit_code == code
    assert [json.loads(line).get("score") for line in ran.stdout.splitlines()] == [1.0, 0.0, None]
    assert "50.0%  1 of 2" in ran.stderr


def test_each_set_of_parameters_has_a_score(batch: Batch, server: OpenServer, home: Path) -> None:
    write_rows(home / "in.jsonl", {"prompt": "a", "expect": "0.5 low"}, {"prompt": "b", "expect": "0.5 high"})

    def answer(request: Request) -> bytes:
        return completion(f"{request.json['temperature']} {request.json['reasoning_effort']}", usage=USAGE)

    opened = server(always=answer, keep_alive=True)
    varied = ("--vary", "temperature=0.5,1", "--vary", "reasoning_effort=low,high")

    ran = batch(opened, "in.jsonl", "--out", "out.jsonl", *varied, "--fail-under", "0.5")

    assert ran.exit_code == 14
    assert list(rows(home / "out.jsonl")[0]["models"]) == [
        f"m temperature={temperature} reasoning_effort={effort}"
        for temperature in ("0.5", "1")
        for effort in ("low", "high")
    ]
    assert ran.stderr.count("50.0%  1 of 2") == 2
    assert "the score of m temperature=1 reasoning_effort=low is 0.0%" in ran.stderr


def test_a_request_that_fails_on_every_row_ends_the_run(batch: Batch, server: OpenServer, home: Path) -> None:
    """Later runs ask the other rows, or all again; after one answer, no number of failures ends a run."""
    write_rows(home / "in.jsonl", *map(str, range(90)))
    is_good = Event()

    def answer(request: Request) -> bytes:
        if is_good.is_set():
            is_good.clear()
            return echo(request)
        return failure(400, f"tool number {prompt_of(request)} is not one of 3")

    opened = server(always=answer, keep_alive=True)
    words = ("in.jsonl", "--out", "out.jsonl", "--jobs", "2")

    stopped = batch(opened, *words)
    asked_first = len(opened.posts)
    is_good.set()
    ended = batch(opened, *words)

    assert stopped.exit_code == ended.exit_code == 8
    assert "first 20 rows" in stopped.stderr
    assert "is not one of 3" in stopped.stderr
    assert "--retry-failed" in stopped.stderr
    assert 20 <= asked_first < 90  # what is asked meanwhile depends on the pace
    assert len(opened.posts) == 90
    assert len(rows(home / "out.jsonl")) == 90


MISUSES = [
    ("--retry-failed",),
    ("--restart",),
    ("--jobs", "0"),
    ("--max-cost", "0"),
    ("--max-cost", "nan"),
    ("--max-cost", "inf"),
    ("--limit", "0"),
    ("--fail-under", "2"),
    ("--fail-under", "0.5"),
    ("in.jsonl",),
    ("--vary", "temperature"),
    ("--vary", "=0,1"),
    ("--vary", "temperature=0,"),
    ("--vary", "temperature=0,0"),
    ("--json",),
    ("-f", "x"),
]


@pytest.mark.parametrize("words", MISUSES, ids=" ".join)
def test_a_wrong_word_sends_nothing(batch: Batch, echoing: Server, home: Path, words: tuple[str, ...]) -> None:
    write_rows(home / "in.jsonl", "a")

    ran = batch(echoing, "in.jsonl", *words)

    assert ran.exit_code == 2
    assert words[0].lstrip("-") in ran.stderr
    assert not echoing.posts


def test_a_reader_of_stdout_that_has_left_ends_the_run(chat: Chat, echoing: Server, home: Path) -> None:
    write_rows(home / "in.jsonl", *map(str, range(500)))
    read_end, write_end = os.pipe()
    os.close(read_end)

    ran = chat("batch", "in.jsonl", "-m", "m", server=echoing, stdout=write_end)

    os.close(write_end)
    assert ran.exit_code == 141
    assert len(echoing.posts) < 500


def held(**waits: Event) -> Callable[[Request], Script]:
    """Answer the questions that are named once their events are set."""

    def answer(request: Request) -> Script:
        wait = waits.get(prompt_of(request))
        return [Wait(wait), echo(request)] if wait else echo(request)

    return answer


def test_ctrl_c_finishes_what_is_under_way_and_the_next_run_continues(
    chat: Chat, server: OpenServer, home: Path
) -> None:
    write_rows(home / "in.jsonl", "a", "b", "c", "d", "e")
    released = Event()
    opened = server(always=held(b=released, c=released))
    words = ("batch", "in.jsonl", "-m", "m", "--out", "out.jsonl", "--jobs", "2")

    with chat.start(*words, server=opened) as running:
        opened.wait_for_request(3)
        running.signal(signal.SIGINT)
        running.wait_for(lambda ran: b"finishing 2 requests" in ran.stderr_bytes)
        released.set()
        ran = running.wait()

    assert ran.exit_code == 130
    assert "3 of 5" in ran.stderr
    assert "again to continue" in ran.stderr
    assert [row["answer"] for row in rows(home / "out.jsonl")] == ["re: a", "re: b", "re: c"]
    assert chat(*words, server=opened).exit_code == 0
    assert [row["answer"] for row in rows(home / "out.jsonl")] == [f"re: {name}" for name in "abcde"]
    assert sorted(asked(opened)) == list("abcde")


def test_a_second_ctrl_c_stops_at_once(chat: Chat, server: OpenServer, home: Path) -> None:
    write_rows(home / "in.jsonl", "a", "b", "c", "d")
    released = Event()
    opened = server(always=held(a=released, b=Event()))

    with chat.start("batch", "in.jsonl", "-m", "m", "--jobs", "2", server=opened) as running:
        opened.wait_for_request(2)
        running.signal(signal.SIGINT)
        running.wait_for(lambda ran: b"finishing 2 requests" in ran.stderr_bytes)
        released.set()
        running.wait_for(lambda ran: b"re: a" in ran.stdout_bytes)
        running.signal(signal.SIGINT)
        ran = running.wait()

    assert ran.exit_code == 130
    assert [json.loads(line)["answer"] for line in ran.stdout.splitlines()] == ["re: a"]
    assert sorted(asked(opened)) == ["a", "b"]


def test_a_terminal_shows_a_bar_with_rate_failures_and_time_left(
    terminal: OpenTerminal, server: OpenServer, home: Path
) -> None:
    write_rows(home / "in.jsonl", "a", "b", "c")
    released = Event()

    def answer(request: Request) -> Script:
        replies: dict[str, Script] = {"a": failure(400, "no such thing"), "c": [Wait(released), echo(request)]}
        return replies.get(prompt_of(request), echo(request))

    opened = server(always=answer, keep_alive=True)
    screen = terminal("batch", "in.jsonl", "-m", "m", "--out", "out.jsonl", "--jobs", "1", server=opened)
    screen.wait_for("2/3")
    screen.wait_for("1 failed · 7 tokens")
    screen.wait_for("left")
    released.set()

    assert screen.wait_exit() == 8
    assert "2 of 3 answers, 14 tokens, 1 failed (1 rejected)" in screen.text
    assert "2/3" not in screen.text


def test_rows_are_asked_of_another_model_while_the_first_cannot_be_had(
    batch: Batch, server: OpenServer, home: Path
) -> None:
    """A model that a row names itself is not asked for at another endpoint."""
    busy = server(always=failure(429, "later", {"retry-after": "99"}), keep_alive=True)
    ready = server(always=lambda request: completion(f"by {request.json['model']}"), keep_alive=True)
    folder = home / ".config" / "chatcli"
    folder.mkdir(parents=True, mode=0o700)
    (folder / "config.toml").write_text(f'[providers.two]\nbase_url = "{ready.url}"\n', encoding="utf-8")
    own = {"messages": [{"role": "user", "content": "q"}], "model": "own"}
    write_rows(home / "in.jsonl", {"prompt": "q"}, {"custom_id": "x", "body": own})
    words = ("in.jsonl", "--out", "out.jsonl", "--max-wait", "0", "--fallback", "two/n")

    ran = batch(busy, *words, model=())
    submitted = batch(busy, "submit", *words)
    several = batch(busy, *words, model=("-m", "m", "-m", "o"))

    assert ran.exit_code == 0
    assert [row["answer"] for row in rows(home / "out.jsonl")] == ["by n"] * 2
    assert "`two/n` is asked instead" in ran.stderr
    assert (submitted.exit_code, several.exit_code) == (2, 2)
