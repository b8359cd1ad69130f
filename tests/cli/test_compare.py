"""Several models answer at once: each under its name, none in the way of another, all of them kept."""

from __future__ import annotations

import json
import signal
import threading
from pathlib import Path
from typing import Any

import pytest

from chatcli.app.fan_out import FanOut, ModelRoute
from chatcli.conversation.messages import (
    Ended,
    Event,
    Finished,
    Listener,
    Notice,
    Request,
    Started,
    Text,
    Usage,
    UsageReported,
)
from chatcli.errors import ServerError, UnreachableError
from tests.acceptance.talk import is_at_prompt
from tests.conftest import Chat, OpenServer, OpenTerminal
from tests.support.answers import answer, chunk, failure, sse, stream_head
from tests.support.server import Server, Wait


def lane(title: str, *steps: Event | BaseException) -> ModelRoute:
    def send(_request: Request, show: Listener) -> None:
        for step in steps:
            if isinstance(step, BaseException):
                raise step
            show(step)

    return ModelRoute(title, title.upper(), "p", "host", send, price=lambda _usage: 0.5)


def said(text: str) -> list[Event]:
    return [Text(text), UsageReported(Usage(1, 2)), Finished("stop", "stop"), Ended(True)]


def play(*lanes: ModelRoute) -> list[Event]:
    shown: list[Event] = []
    FanOut(lanes).send(Request("m", ()), shown.append)
    return shown


def test_answers_are_numbered_as_they_come_and_named() -> None:
    shown = play(lane("a", *said("A")), lane("b", *said("B")))

    numbers = {event.title: event.choice for event in shown if isinstance(event, Started)}
    texts = {event.choice: event.text for event in shown if isinstance(event, Text)}
    assert sorted(numbers.values()) == [0, 1]
    assert {title: texts[number] for title, number in numbers.items()} == {"a": "A", "b": "B"}
    assert [event.usage.cost for event in shown if isinstance(event, UsageReported)] == [0.5, 0.5]
    assert shown[-1] == Ended(True)


def test_one_that_fails_is_told_of_and_the_others_go_on() -> None:
    shown = play(lane("a", UnreachableError("nothing is listening")), lane("b", *said("B")))

    assert [event.text for event in shown if isinstance(event, Text)] == ["B"]
    assert [event.choice for event in shown if isinstance(event, Text)] == [0], "there is always a first answer"
    assert [event.message for event in shown if isinstance(event, Notice)] == ["a: nothing is listening"]
    assert shown[-1] == Ended(False)


def test_where_all_fail_the_first_error_is_raised() -> None:
    with pytest.raises(UnreachableError):
        play(lane("a", UnreachableError("down")), lane("b", ServerError("broken")))


def test_what_is_stopped_stops_all_of_them() -> None:
    free, aborted = threading.Event(), []

    def endless(_request: Request, show: Listener) -> None:
        show(Text("word"))
        free.wait()
        show(Text("never"))

    def stop(event: Event) -> None:
        if isinstance(event, Text):
            raise KeyboardInterrupt

    def abort() -> None:
        aborted.append(True)
        free.set()

    lanes = [ModelRoute(name, name, "p", "h", endless, abort=abort) for name in "ab"]

    with pytest.raises(KeyboardInterrupt):
        FanOut(lanes).send(Request("m", ()), stop)

    assert len(aborted) == 2
    assert not [thread for thread in threading.enumerate() if thread.name in ("a", "b")]


def test_who_has_answered_keeps_the_connection() -> None:
    aborted = []

    def answer(_request: Request, show: Listener) -> None:
        show(Text("word"))

    FanOut([ModelRoute(name, name, "p", "h", answer, abort=lambda: aborted.append(True)) for name in "ab"]).send(
        Request("m", ()), lambda _event: None
    )

    assert aborted == []


@pytest.fixture
def two(home: Path, server: OpenServer) -> Any:
    """Configure the providers one and two, with these scripts."""

    def configure(first: Any, second: Any) -> tuple[Server, Server]:
        servers = server(*first, models=["a"]), server(*second, models=["b"])
        folder = home / ".config/chatcli"
        folder.mkdir(parents=True, mode=0o700, exist_ok=True)
        rows = "".join(f'[providers.{n}]\nbase_url = "{s.url}"\n' for n, s in zip(("one", "two"), servers, strict=True))
        (folder / "config.toml").write_text(f'defaults.provider = "one"\ndefaults.model = "a"\n{rows}')
        (folder / "config.toml").chmod(0o600)
        return servers

    return configure


def test_events_tell_whose_each_answer_is(chat: Chat, two: Any) -> None:
    servers = two([answer("By a")], [answer("By b")])

    ran = chat("ask", "-m", "a", "-m", "two/b", "--json", "--no-stdin", "q")

    told = [json.loads(line) for line in ran.stdout.splitlines()]
    names = {event["i"]: event["title"] for event in told if event["type"] == "answer"}
    texts: dict[str, str] = {}
    for event in told:
        if event["type"] == "delta":
            texts[names[event["i"]]] = texts.get(names[event["i"]], "") + event["text"]
    assert ran.exit_code == 0
    assert told[0]["n"] == 2
    assert texts == {"a": "By a", "two/b": "By b"}
    assert [json.loads(one.requests[-1].body)["model"] for one in servers] == ["a", "b"]


def test_in_a_pipe_they_cannot_be_told_apart(chat: Chat, two: Any) -> None:
    servers = two([], [])

    ran = chat("ask", "-m", "a", "-m", "two/b", "--no-stdin", "q")

    assert ran.exit_code == 2
    assert [one.requests for one in servers] == [[], []]


def test_on_a_terminal_each_stands_under_its_name(terminal: OpenTerminal, two: Any) -> None:
    two([answer("By a")], [answer("By b")])

    screen = terminal("ask", "-m", "a", "-m", "two/b", "q")

    assert screen.wait_exit() == 0
    lines = [line.strip() for line in screen.history if line.strip()]
    assert sorted(lines) == ["By a", "By b", "a", "two/b"]
    assert lines[lines.index("a") + 1] == "By a"


def test_in_a_conversation_one_is_picked_and_gone_on_with(terminal: OpenTerminal, two: Any) -> None:
    one, _ = two([answer("First."), answer("Alpha"), answer("Then.")], [answer("Omega")])
    screen = terminal()

    def say(line: str, awaited: str) -> None:
        screen.wait_for(is_at_prompt)
        screen.type(line)
        screen.press("enter")
        screen.wait_for(awaited)

    say("question", "First.")
    say("/compare a two/b", "Continue from which answer?")
    screen.type("Omega")
    screen.press("enter")
    screen.wait_for("Picked answer")
    say("and now?", "Then.")

    sent = json.loads(one.requests[-1].body)
    assert [message["content"] for message in sent["messages"]] == ["question", "Omega", "and now?"]
    assert sent["model"] == "a", "the model in use stays what it is"


def test_a_model_that_fails_leaves_the_other_answer(chat: Chat, two: Any) -> None:
    two([failure(401, "no")], [answer("By b")])

    ran = chat("ask", "-m", "a", "-m", "two/b", "--json", "--no-stdin", "q")

    told = [json.loads(line) for line in ran.stdout.splitlines()]
    assert "".join(event["text"] for event in told if event["type"] == "delta") == "By b"
    assert [event["code"] for event in told if event["type"] == "notice"] == ["answer_failed"]


def test_ctrl_c_stops_all_and_the_servers_see_it(chat: Chat, two: Any) -> None:
    streams = [[stream_head(), sse(chunk(f"By {name}"), done=False), Wait(threading.Event())] for name in "ab"]
    servers = two([streams[0]], [streams[1]])

    with chat.start("ask", "-m", "a", "-m", "two/b", "--json", "--no-stdin", "q") as running:
        running.wait_for(lambda run: b"By a" in run.stdout_bytes and b"By b" in run.stdout_bytes)
        running.signal(signal.SIGINT)
        ran = running.wait()

    assert ran.exit_code == 130
    assert json.loads(ran.stdout.splitlines()[-1])["status"] == "cancelled"
    for one in servers:
        one.wait_for_close()
    assert "By " in chat("sessions", "show", "q").stdout
