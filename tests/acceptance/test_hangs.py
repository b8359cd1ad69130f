"""F: nothing hangs silently, and Ctrl-C always gives the prompt back. The numbers are those of the acceptance list."""

from __future__ import annotations

import contextlib
import itertools
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from threading import Event
from typing import TYPE_CHECKING, Any

import pytest

from chatcli.conversation.messages import Notice
from tests.acceptance.conftest import OpenTalk
from tests.acceptance.talk import is_at_prompt, last_line
from tests.conftest import Chat, OpenServer, OpenTerminal
from tests.support.answers import answer, chunk, failure, sse, stream_head
from tests.support.program import Running, unmeasured
from tests.support.server import CLOSE, Sleep, Step, Wait

if TYPE_CHECKING:
    import ssl

    from tests.support.terminal import Terminal

ASK = ("ask", "hi", "-m", "m")
SOON_S = 0.3
TRIES = 4  # the machine may be busy: one that is in time shows that the program can be


def never() -> Wait:
    """Return a step that ends with the test."""
    return Wait(Event())


def until(is_true: Callable[[], object]) -> None:
    """Look until *is_true*, or fail."""
    end_s = time.monotonic() + 30
    while not is_true():
        assert time.monotonic() < end_s, "waited 30 s in vain"
        time.sleep(0.005)  # noqa: TID251  # between two looks


def stalled(text: str = "Par") -> list[Step]:
    return [stream_head(), sse(chunk(text), done=False), never()]


@contextlib.contextmanager
def deaf_port() -> Iterator[int]:
    """Give a port at which connections are neither accepted nor refused: its queue is full."""
    with contextlib.ExitStack() as stack:
        listener = stack.enter_context(socket.socket())
        listener.bind(("127.0.0.1", 0))
        listener.listen(0)
        for _ in range(4):
            waiting = stack.enter_context(socket.socket())
            waiting.setblocking(False)
            waiting.connect_ex(listener.getsockname())
        yield listener.getsockname()[1]


def stop(chat: Chat, ready: Callable[[Running], object], *arguments: str, **options: Any) -> tuple[float, Any]:
    """Start, wait until *ready*, press Ctrl-C; return how long the end took, the best of some, and what was left."""
    best_s, ran = float("inf"), None
    for _ in range(TRIES):
        with chat.start(*ASK, *arguments, stdin=subprocess.DEVNULL, **options) as running:
            ready(running)
            started_s = time.monotonic()
            running.signal(signal.SIGINT)
            ran = running.wait()
            best_s = min(best_s, time.monotonic() - started_s)
        assert ran.exit_code == 130
        assert "Traceback" not in ran.stderr
        if best_s < SOON_S:
            break
    return best_s, ran


_INTERRUPTED_AT = """
import os, runpy, signal, sys

wanted = sys.argv.pop(1)

class Finder:
    def find_spec(name, path=None, target=None):
        if name == wanted:
            sys.meta_path.remove(Finder)
            os.kill(os.getpid(), signal.SIGINT)

sys.meta_path.insert(0, Finder)
runpy.run_module("chatcli", run_name="__main__", alter_sys=True)
"""


@pytest.mark.parametrize(
    "module",
    [
        "chatcli.cli.main",
        "chatcli.cli.invocation",
        "chatcli.cli.run",
        "chatcli.cli.ask",
        "chatcli.api.exchange",
        "httpcore",
    ],
)
def test_f63_interrupt_while_importing_says_nothing(server: OpenServer, chat: Chat, module: str) -> None:
    scripted = server(models=None, always=answer("Paris"))

    program = (sys.executable, "-c", _INTERRUPTED_AT, module, "--base-url", scripted.url)
    ran = chat(*ASK, program=program)

    assert (ran.stderr, ran.exit_code) == ("", 130)


def test_f63_interrupt_while_connecting(chat: Chat) -> None:
    with deaf_port() as port:

        def connecting(_running: Running) -> None:
            until(lambda: not sockets.exists() or sockets.read_text(encoding="ascii").count(wanted) > before)

        sockets = Path("/proc/net/tcp")
        wanted = f":{port:04X} 02 "  # SYN sent
        before = sockets.read_text(encoding="ascii").count(wanted) if sockets.exists() else 0
        took_s, ran = stop(chat, connecting, "--base-url", f"http://127.0.0.1:{port}/v1")

    assert took_s < SOON_S
    assert ran.stdout == ""


def test_f63_interrupt_in_the_handshake(server: OpenServer, chat: Chat, tls: ssl.SSLContext) -> None:
    scripted = server(tls=tls, greetings=[[never()]] * TRIES)
    tries = itertools.count()

    def connecting(_: Running) -> None:
        known = next(tries)
        until(lambda: scripted.connection_count > known)

    took_s, _ = stop(chat, connecting, "--base-url", scripted.url)

    assert took_s < SOON_S
    assert scripted.requests == []


def test_f63_interrupt_while_waiting_for_the_head(server: OpenServer, chat: Chat) -> None:
    scripted = server(always=[never()])

    tries = itertools.count(1)

    took_s, ran = stop(chat, lambda _: scripted.wait_for_request(next(tries)), server=scripted)

    assert took_s < SOON_S
    assert (ran.stdout, ran.stderr) == ("", "")
    scripted.wait_for_close()


def test_f63_interrupt_in_the_stream_keeps_what_came(server: OpenServer, chat: Chat) -> None:
    scripted = server(always=stalled())

    took_s, ran = stop(chat, lambda it: it.wait_for(lambda seen: seen.stdout_bytes == b"Par"), server=scripted)

    assert took_s < SOON_S
    assert (ran.stdout, ran.stderr) == ("Par", "")
    scripted.wait_for_close()


def test_f63_interrupt_in_the_countdown(server: OpenServer, chat: Chat) -> None:
    scripted = server(always=failure(429, "slow down", {"retry-after": "50"}))

    took_s, ran = stop(chat, lambda it: it.wait_for(lambda seen: b"in 50 s" in seen.stderr_bytes), server=scripted)

    assert took_s < SOON_S
    assert ran.stdout == ""


STATES: dict[str, tuple[list[Step] | bytes, str]] = {
    "head": ([never()], ""),
    "stream": (stalled("Par is\n"), "Par is"),  # plain mode shows whole lines
    "countdown": (failure(429, "slow down", {"retry-after": "50"}), "retrying in 50 s"),
}


@pytest.mark.parametrize("drawing", [(), ("--plain",)], ids=["live", "plain"])
@pytest.mark.parametrize(("script", "shown"), STATES.values(), ids=STATES)
def test_f63_interrupt_gives_the_prompt_back(
    server: OpenServer, terminal: OpenTerminal, script: Any, shown: str, drawing: Sequence[str]
) -> None:
    scripted = server(script, answer("Second"))
    opened = terminal("-m", "m", *drawing, server=scripted, columns=120)
    opened.wait_for(is_at_prompt)
    opened.type("hi")
    opened.press("enter")
    until(lambda: scripted.posts)
    opened.wait_for(shown)
    opened.press("ctrl-c")
    # Of a busy machine more time is granted; the runs above hold the program to its word.
    draft = ">" if shown == "Par is" else "> hi"  # what got no answer is to be asked again
    opened.wait_for(lambda it: last_line(it) == draft and "stopped" in it.text, timeout_s=SOON_S * TRIES)

    opened.press("ctrl-u")
    opened.type("again")
    opened.press("enter")
    opened.wait_for("Second")
    assert shown in opened.text
    assert "Traceback" not in opened.text


def test_f63_interrupt_at_the_prompt_clears_the_line(terminal: OpenTerminal) -> None:
    opened = terminal("-p", "guide")
    opened.wait_for(is_at_prompt)
    opened.type("half a question")
    opened.wait_for("half a question")
    opened.press("ctrl-c")
    opened.wait_for(is_at_prompt)

    assert opened.process.poll() is None


def test_f64_many_interrupts_keep_the_answer_and_the_terminal(server: OpenServer, terminal: OpenTerminal) -> None:
    scripted = server(stalled("Par is"), answer("Second"))
    opened = terminal("-m", "m", server=scripted)
    opened.wait_for(is_at_prompt)
    opened.type("hi")
    opened.press("enter")
    opened.wait_for("Par is")
    for _ in range(50):
        opened.press("ctrl-c")
        time.sleep(0.004)  # noqa: TID251  # or the terminal makes one press of many
    opened.wait_for(is_at_prompt)

    time.sleep(1.1)  # noqa: TID251  # presses mean nothing until there was a pause
    opened.type("again")
    opened.press("enter")
    opened.wait_for("Second")
    opened.press("ctrl-d")
    assert opened.wait_exit() == 0
    assert "Traceback" not in "\n".join(opened.history)
    assert [message["content"] for message in scripted.posts[1].json["messages"]] == ["hi", "Par is", "again"]
    assert opened.is_cooked()


def test_f64_many_interrupts_of_one_question_leave_one_code(server: OpenServer, chat: Chat) -> None:
    scripted = server(stalled())

    # What measures coverage holds a lock of its own, which a signal in between never gives back.
    with chat.start(*ASK, server=scripted, stdin=subprocess.DEVNULL, env=unmeasured()) as running:
        running.wait_for(lambda it: it.stdout_bytes == b"Par")
        for _ in range(50):
            with contextlib.suppress(ProcessLookupError):
                running.signal(signal.SIGINT)
        ran = running.wait()

    assert (ran.stdout, ran.stderr, ran.exit_code) == ("Par", "", 130)


def leave_by(name: str, opened: Terminal) -> int:
    opened.signal(signal.Signals[name])
    return opened.wait_exit()


@pytest.mark.parametrize(("name", "code"), [("SIGTERM", 143), ("SIGHUP", 129), ("SIGQUIT", 131)])
@pytest.mark.parametrize("is_streaming", [True, False], ids=["stream", "prompt"])
def test_f64_signal_restores_the_terminal(
    server: OpenServer, terminal: OpenTerminal, name: str, code: int, is_streaming: bool
) -> None:
    opened = terminal("-m", "m", server=server(stalled("Par is")))
    opened.wait_for(is_at_prompt)
    opened.type("hi")
    opened.wait_for("> hi")
    if is_streaming:
        opened.press("enter")
        opened.wait_for("Par is")

    assert leave_by(name, opened) == code
    assert opened.is_cooked()
    assert 25 in opened.modes
    assert 2004 not in opened.modes
    assert "Traceback" not in opened.text


@pytest.mark.parametrize("is_streaming", [True, False], ids=["stream", "prompt"])
def test_f64_window_that_closes_ends_the_program(
    server: OpenServer, terminal: OpenTerminal, is_streaming: bool
) -> None:
    scripted = server(stalled("Par is"))
    opened = terminal("-m", "m", server=scripted)
    opened.wait_for(is_at_prompt)
    if is_streaming:
        opened.type("hi")
        opened.press("enter")
        opened.wait_for("Par is")

    opened.hang_up()

    assert opened.process.wait(30) in (129, -signal.SIGHUP)
    if is_streaming:
        scripted.wait_for_close(len(scripted.requests))


def test_f66_program_that_slept_reads_on(server: OpenServer, chat: Chat) -> None:
    go_on = Event()
    script = [stream_head(), sse(chunk("Par"), done=False), Wait(go_on), sse(chunk("is"), chunk(finish="stop"))]
    scripted = server(script)
    with chat.start(*ASK, "--timeout", "1", server=scripted, stdin=subprocess.DEVNULL) as running:
        running.wait_for(lambda it: it.stdout_bytes == b"Par")
        running.signal(signal.SIGSTOP)
        go_on.set()
        scripted.wait_for_end(len(scripted.requests))
        time.sleep(1.1)  # noqa: TID251  # longer than the limit, as a machine sleeps
        running.signal(signal.SIGCONT)
        ran = running.wait()

    assert (ran.stdout, ran.exit_code) == ("Paris", 0)


_LEAPING_CLOCK = """
import itertools, time
leaps = itertools.cycle([0, 10 * 31556952, -10 * 31556952, 1, -3600])
real = time.time
time.time = lambda: real() + next(leaps)
from chatcli.cli.main import main
main()
"""


def test_f67_leaping_clock_changes_nothing(server: OpenServer, chat: Chat) -> None:
    slow = failure(429, "slow down", {"retry-after-ms": "50"})
    steps: list[Step] = [
        stream_head(),
        sse(chunk("Par"), done=False),
        Sleep(0.1),
        sse(chunk("is"), chunk(finish="stop")),
    ]
    scripted = server(slow, steps)

    ran = chat(*ASK, "-v", server=scripted, program=(sys.executable, "-c", _LEAPING_CLOCK))

    assert (ran.stdout, ran.exit_code, len(scripted.posts)) == ("Paris", 0, 2)
    assert "-" not in ran.stderr.replace("chatcmpl-1", "")


def test_f68_kept_connection_is_used_again(server: OpenServer, talk: OpenTalk) -> None:
    scripted = server(always=answer("Paris", chunked=True), keep_alive=True)
    talking = talk(scripted)

    assert [talking.ask().stdout for _ in range(3)] == ["Paris"] * 3
    assert scripted.connection_count == 1


def test_f68_connection_that_closes_as_it_is_used_is_replaced_silently(server: OpenServer, talk: OpenTalk) -> None:
    """Every second request meets a connection that ends instead of answering; nothing of it is seen."""
    whole = answer("Paris", chunked=True)
    scripted = server(*[script for _ in range(50) for script in (whole, [CLOSE])], whole, keep_alive=True)
    talking = talk(scripted)

    asked = [talking.ask() for _ in range(51)]

    assert {(it.stdout, it.exit_code, it.stderr) for it in asked} == {("Paris", 0, "")}
    assert not [event for it in asked for event in it.events if isinstance(event, Notice)]
    assert len(scripted.posts) == 101


def test_f68_connection_that_closed_while_idle_is_not_used(server: OpenServer, talk: OpenTalk) -> None:
    scripted = server(always=[*answer("Paris", chunked=True), CLOSE], keep_alive=True)
    talking = talk(scripted)

    asked = [talking.ask() for _ in range(50)]

    assert {(it.stdout, it.exit_code, it.stderr) for it in asked} == {("Paris", 0, "")}
    assert len(scripted.posts) == 50


def test_f68_every_attempt_may_find_its_connection_dead(server: OpenServer, talk: OpenTalk) -> None:
    busy = failure(503, "busy")
    scripted = server(busy, [CLOSE], busy, [CLOSE], answer("Paris"), keep_alive=True)

    asked = talk(scripted).ask()

    assert (asked.stdout, asked.exit_code, len(scripted.posts)) == ("Paris", 0, 5)


def test_f68_second_failure_is_not_resent(server: OpenServer, talk: OpenTalk) -> None:
    scripted = server(answer("Paris", chunked=True), [CLOSE], [CLOSE], keep_alive=True)
    talking = talk(scripted)
    talking.ask()

    assert talking.ask().exit_code == 9
    assert len(scripted.posts) == 3
