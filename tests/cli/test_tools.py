"""Tools on the command line: what the model calls runs with consent only, and the answer is all that stdout gets."""

from __future__ import annotations

import json
import os
import signal
from collections.abc import Sequence
from pathlib import Path
from threading import Event
from typing import Any

import pytest

from tests.acceptance.talk import is_at_prompt
from tests.acceptance.test_hangs import until
from tests.conftest import Chat, OpenServer, OpenTerminal
from tests.support.answers import answer, chunk, sse, stream_head
from tests.support.program import run
from tests.support.server import Wait
from tests.test_imports import imported

WEATHER = '''
def weather(city: str) -> str:
    """Report the weather."""
    print("noise")
    return f"sunny in {city}"
'''


def calling(
    *calls: tuple[str, dict[str, Any] | str | None], text: str | None = None, finish: str = "tool_calls"
) -> Any:
    """Return a reply that calls tools, streamed as most servers do: the name first, the arguments in two pieces."""
    events: list[Any] = [chunk(text)] if text else []
    for index, (name, given) in enumerate(calls):
        arguments = json.dumps(given) if isinstance(given, dict) else given
        function: dict[str, Any] = {"name": name, "arguments": arguments and arguments[:3]}
        events.append(chunk(tool_calls=[{"index": index, "id": f"call_{index}", "function": function}]))
        if arguments:
            rest = {"index": index, "function": {"arguments": arguments[3:]}}
            events.append(chunk(tool_calls=[rest]))
    return [stream_head(), sse(*events, chunk(finish=finish))]


@pytest.fixture
def file(home: Path) -> str:
    path = home / "mine.py"
    path.write_text(WEATHER, encoding="utf-8")
    return str(path)


def results(request: Any) -> list[str]:
    return [message["content"] for message in request.json["messages"] if message["role"] == "tool"]


def test_a_function_that_is_allowed_runs_and_stdout_is_the_answer(chat: Chat, server: OpenServer, file: str) -> None:
    """The whole exchange is in the store, and goes with the next question."""
    model = server(
        calling(("weather", {"city": "Oslo"}), ("calculate", {"expression": "6*7"}), text="Let me see."),
        answer("Sunny."),
        answer("Yes."),
    )
    options = ("--tools", file, "--tools", "calculate", "--yes", "weather", "-m", "m")

    ran = chat("ask", *options, "Weather?", server=model)
    again = chat("ask", "-c", "-m", "m", "Sure?", server=model)

    assert (ran.exit_code, ran.stdout, again.stdout) == (0, "Let me see.\n\nSunny.", "Yes.")
    names = [tool["function"]["name"] for tool in model.posts[0].json["tools"]]
    assert names == ["weather", "calculate"]
    assert results(model.posts[1]) == results(model.posts[2]) == ["sunny in Oslo", "42"]
    assert "weather" in ran.stderr
    assert "noise" not in ran.stderr
    assert "tools" not in model.posts[2].json


def test_without_a_terminal_nothing_runs_that_needs_consent(chat: Chat, server: OpenServer, file: str) -> None:
    model = server(calling(("weather", {"city": "Oslo"}), ("run", {"argv": ["touch", "x"]})), answer("Pity."))

    ran = chat("ask", "--tools", file, "--tools", "run", "--json", "-m", "m", "Weather?", server=model)

    assert ran.exit_code == 0
    rows = [json.loads(line) for line in ran.stdout.splitlines()]
    calls = [(row["id"], row["state"]) for row in rows if row["type"] == "tool_call"]
    assert calls == [("call_0", "requested"), ("call_0", "denied"), ("call_1", "requested"), ("call_1", "denied")]
    assert all("approval" in result for result in results(model.posts[1]))
    assert any("--yes weather" in row["message"] for row in rows if row["type"] == "notice")
    assert not (chat.home / "x").exists()


@pytest.mark.parametrize(
    ("reply", "exit_code"),
    [
        (calling(("calculate", '{"expression": "1'), finish="length"), 10),
        (calling(("calculate", {"expression": "1"})), 9),
    ],
    ids=["cut by length", "too many rounds"],
)
def test_what_does_not_end_in_words_is_no_whole_answer(
    reply: Any, exit_code: int, chat: Chat, server: OpenServer
) -> None:
    (chat.home / "own.toml").write_text('[tools]\nenabled = ["calculate"]\nrounds = 1\n')

    model = server(reply, reply)
    ran = chat("ask", "-m", "m", "hi", server=model, env={"CHAT_CONFIG": str(chat.home / "own.toml")})

    assert (ran.exit_code, ran.stdout) == (exit_code, "")
    assert [results(post) for post in model.posts[1:]] == [["1"]] * (exit_code == 9)


@pytest.mark.parametrize(
    ("options", "named"),
    [
        (["--tools", "calculat"], "`calculate`"),
        (["--tools", "no/such.py"], "no/such.py"),
        (["--tools", "now", "--yes", "noww"], "`now`"),
        (["--tools", "mine"], "file is `mine.py`"),
        (["--tools", "yours"], "unknown tool `yours`"),
        (["--tools", "now", "--yes", "example.com"], "`example.com`"),
        (["--tools", "run", "--yes", "run"], "before each call"),
        (["--tools", "now", "-m", "other", "--json"], "single answer"),
    ],
    ids=[
        *("unknown", "no file", "consent to an unknown one", "a file without .py", "nothing of that name"),
        *("host without a tool", "consent to run", "several models"),
    ],
)
def test_what_cannot_be_offered_is_named_before_anything_is_sent(
    options: Sequence[str], named: str, server: OpenServer, home: Path
) -> None:
    model = server()
    (home / "mine.py").write_text(WEATHER, encoding="utf-8")

    ran = run("ask", "--base-url", model.url, "-m", "m", *options, "hi", home=home)

    assert ran.exit_code in (2, 3)
    assert named in ran.stderr
    assert model.posts == []


def test_a_question_without_tools_imports_nothing_of_them(server: OpenServer, home: Path) -> None:
    model = server(answer("Hello"))

    _, modules = imported(home, ("ask", "-m", "m", "hi", "--base-url", model.url))

    assert not {name for name in modules if name.startswith("chatcli.tools") or "tool_loop" in name}
    assert "fastjsonschema" not in modules


SLOW = '''
import subprocess
def slow() -> str:
    """Take long."""
    subprocess.run(["sleep", "60"])
'''


def test_in_a_conversation_the_user_sees_the_whole_call_and_decides(
    terminal: OpenTerminal, server: OpenServer, file: str, home: Path
) -> None:
    """Earlier keystrokes do not answer the question; Ctrl+C stops tools and questions, and the chat continues."""
    (home / "slow.py").write_text(SLOW, encoding="utf-8")
    evil = {"city": "\x1b]0;x\x07 а\r" + "z" * 90}
    model = server(
        calling(("weather", evil)),
        calling(("weather", {"city": "Rom"}), ("weather", {"city": "Ulm"})),
        answer("First."),
        calling(("slow", {})),
        answer("Last."),
        calling(("slow", {}), ("slow", {})),
        answer("End."),
    )
    screen = terminal("-m", "m", "--tools", file, "--tools", str(home / "slow.py"), server=model)
    screen.wait_for("/help lists commands")

    screen.type("one\r")
    screen.wait_for("Run it?")
    shown = "".join(row.strip() for row in screen.screen)
    assert r"\u001b]0;x\u0007" in shown
    assert "z" * 90 in shown
    screen.type("\r")  # Enter alone declines
    screen.wait_for(lambda screen: "Rom" in screen.text)
    screen.type("c\r")
    screen.wait_for("First.")
    screen.wait_for(is_at_prompt)
    screen.type("two\r")
    screen.wait_for("slow (slow.py)")
    screen.type("y\r")
    screen.wait_for("running slow")
    screen.press("ctrl-c")
    screen.wait_for("stopped by you")
    screen.wait_for(is_at_prompt)
    screen.type("three\r")
    screen.wait_for("Last.")
    screen.wait_for(is_at_prompt)
    screen.type("four\r")
    screen.wait_for(lambda screen: screen.text.count("slow (slow.py)") == 2)
    screen.press("ctrl-c")
    screen.wait_for(lambda screen: screen.text.count("stopped by you") == 2)
    screen.wait_for(is_at_prompt)
    screen.type("five\r")
    screen.wait_for("End.")

    assert results(model.posts[1])[0].startswith("The user declined")
    assert results(model.posts[2])[1:] == ["sunny in Rom", "sunny in Ulm"]
    assert "interrupted" in results(model.posts[4])[-1]
    assert all(result.startswith("The user declined") for result in results(model.posts[6])[-2:])
    roles = [post.json["messages"][-1]["role"] for post in model.posts]
    assert roles == ["user", "tool", "tool", "user", "user", "user", "user"]


def test_e61_keys_pressed_before_the_question_do_not_answer_it(
    terminal: OpenTerminal, server: OpenServer, file: str
) -> None:
    """They may have been meant for anything; the end of the input declines too."""
    typed = Event()
    model = server([stream_head(), Wait(typed), *calling(("weather", {"city": "Oslo"}))[1:]], answer("Pity."))
    screen = terminal("ask", "-m", "m", "--tools", file, "Weather?", server=model)
    model.wait_for_request()
    screen.type("y\ry\r")
    typed.set()
    screen.wait_for("Run it?")

    screen.type("\x04")

    screen.wait_for("Pity.")
    assert screen.wait_exit() == 0
    assert results(model.posts[1])[0].startswith("The user declined")


PATIENT = '''
import os, subprocess
def slow(started: str) -> str:
    """Take long."""
    sleeping = subprocess.Popen(["sleep", "60"])
    with open(started, "w") as file:
        file.write(str(sleeping.pid))
    sleeping.wait()
'''


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM, signal.SIGINT], ids=lambda number: number.name)
def test_e58_whatever_ends_chat_while_a_tool_runs_the_tool_ends_and_the_chat_goes_on(
    number: signal.Signals, chat: Chat, server: OpenServer, home: Path
) -> None:
    (home / "slow.py").write_text(PATIENT, encoding="utf-8")
    started = home / "started"
    model = server(calling(("slow", {"started": str(started)})), answer("Yes."))
    options = ("--no-stdin", "--tools", str(home / "slow.py"), "--yes", "slow", "-m", "m")

    with chat.start("ask", *options, "one", server=model) as running:
        until(lambda: started.exists() and started.read_text())
        running.process.send_signal(number)
        ended = running.wait()

    assert ended.exit_code == 128 + number
    until(lambda: not is_running(int(started.read_text())))
    assert chat("ask", "-c", "-m", "m", "two", server=model).stdout == "Yes."
    roles = [message["role"] for message in model.posts[1].json["messages"]]
    assert roles == ["user", "assistant", "tool", "user"]
    assert "interrupted" in results(model.posts[1])[0]


def is_running(id: int) -> bool:
    try:
        return "\nState:\tZ" not in Path(f"/proc/{id}/status").read_text()
    except OSError:
        return False


def test_tools_can_be_listed_checked_and_run_without_a_model(home: Path, file: str) -> None:
    """Those of the user's folder have names; what is off can be run too."""
    folder = home / ".config" / "chatcli" / "tools"
    folder.mkdir(parents=True)
    (folder / "broken.py").write_text("def f(:", encoding="utf-8")
    os.mkfifo(folder / "pipe.py")
    (folder / "mine.py").write_text(WEATHER + "def add(a: int, b: list[int]) -> int:\n    return a + sum(b)\n")

    def tools(*words: str) -> Any:
        return run("tools", *words, home=home)

    listed, checked = tools("list"), tools("--tools", file, "check")
    assert listed.stdout.split() == ["now", "calculate", "read_file", "fetch_url", "run", "weather", "add"]
    assert "broken.py" in listed.stderr
    assert "pipe.py is a pipe, not a file" in listed.stderr
    assert checked.exit_code == 3
    assert '"description": "Report the weather."' in checked.stdout
    (folder / "broken.py").unlink()
    assert tools("run", "add", "a=1", "b=[2, 3]").stdout == "6\n"
    assert tools("run", "run", '{"argv": ["echo", "hi"]}').stdout == "exit code 0\nhi\n"
    for words, exit_code, named in (
        (("calculate", "expression=1/0"), 9, "division"),
        (("add", "a=x", "b=[]"), 9, "integer"),
        (("mine",), 2, "weather, add"),
    ):
        ran = tools("run", *words)
        assert (ran.exit_code, ran.stdout) == (exit_code, "")
        assert named in ran.stderr


@pytest.mark.parametrize(
    ("options", "named"),
    [
        (["-f", "{url}"], "--fetch"),
        (["-f", "http://page.example", "--fetch"], "--yes page.example"),
        (["-f", "{url}", "--fetch"], "curl"),
        (["-f", "{url}", "--fetch", "--yes", "127.0.0.1"], "not a public address"),
    ],
    ids=["off by default", "asked first", "a remedy that works", "never the own network"],
)
def test_no_address_is_fetched_without_consent_or_from_the_own_network(
    options: Sequence[str], named: str, server: OpenServer, home: Path
) -> None:
    page, model = server(), server()
    given = [option.format(url=f"http://127.0.0.1:{page.port}/x") for option in options]

    ran = run("ask", "--base-url", model.url, "-m", "m", *given, "hi", home=home)

    assert ran.exit_code == 2
    assert named in ran.stderr
    assert (page.connection_count, model.posts) == (0, [])
