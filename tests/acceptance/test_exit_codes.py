"""Exit codes are an interface: one real run for each, and one table for all."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from threading import Event
from typing import Any

import pytest

from chatcli import errors
from chatcli.errors import EXIT_CODES, ChatError, Stopped
from tests.conftest import Chat, OpenServer
from tests.support.answers import answer, chunk, completion, failure, http, sse, stream_head
from tests.support.program import CHAT
from tests.support.server import CLOSE, Wait

ASK = ("ask", "hi", "-m", "m")
ANSWERED: dict[int, Any] = {
    0: answer("Paris"),
    4: failure(401, "bad key"),
    6: failure(500, "it broke"),
    7: failure(429, "slow down", {"retry-after": "3600"}),
    8: failure(400, "no such thing"),
    9: [stream_head(), sse(chunk("Par"), done=False), CLOSE],
    10: answer("Par", finish="length"),
    11: answer("Par", finish="content_filter"),
}
NOT_YET = {12}  # nothing is stored so far, so nothing can fail to be


@pytest.mark.parametrize(("code", "script"), ANSWERED.items(), ids=map(str, ANSWERED))
def test_what_the_server_answers_has_its_code(server: OpenServer, chat: Chat, code: int, script: Any) -> None:
    ran = chat(*ASK, server=server(script))

    assert ran.exit_code == code
    assert ran.stderr.startswith("chat: ") == bool(code)


def test_1_is_a_bug(chat: Chat) -> None:
    broken = """
from chatcli.app.configuration import Configuration
from chatcli.cli.main import main
Configuration.provider = lambda self: 1 / 0
main()
"""

    assert chat("ask", "hi", program=(sys.executable, "-c", broken)).exit_code == 1


@pytest.mark.parametrize("words", [("--no-such-flag",), ("-p", "guide", "ask"), ("config", "nothing")], ids=" ".join)
def test_2_is_a_wrong_command_line(chat: Chat, words: tuple[str, ...]) -> None:
    assert chat(*words).exit_code == 2


def test_3_is_a_wrong_configuration(chat: Chat) -> None:
    assert chat("ask", "hi", "--base-url", "localhost/v1").exit_code == 3


def test_5_is_a_server_that_is_not_reached(chat: Chat) -> None:
    assert chat("ask", "hi", "-m", "m", "--base-url", "http://127.0.0.1:1/v1").exit_code == 5


def test_6_is_a_web_page_too(server: OpenServer, chat: Chat) -> None:
    assert chat(*ASK, server=server(http(200, {"content-type": "text/html"}, "<html>"))).exit_code == 6


def test_13_is_a_stdout_that_takes_nothing(server: OpenServer, chat: Chat, tmp_path: Path) -> None:
    program = ("sh", "-c", f'ulimit -f 0; exec "$@" > "{tmp_path / "full"}"', "sh", *CHAT)

    assert chat(*ASK, server=server(answer("Paris")), program=program).exit_code == 13


@pytest.mark.parametrize("name", ["SIGHUP", "SIGINT", "SIGQUIT", "SIGTERM"])
def test_signal_has_its_code_and_the_text_so_far_is_kept(server: OpenServer, chat: Chat, name: str) -> None:
    number = signal.Signals[name]
    scripted = server([stream_head(), sse(chunk("Par"), done=False), Wait(Event())])

    with chat.start(*ASK, server=scripted, stdin=subprocess.DEVNULL) as running:
        running.wait_for(lambda it: it.stdout_bytes == b"Par")
        running.signal(number)
        ran = running.wait()

    assert (ran.stdout, ran.stderr, ran.exit_code) == ("Par", "", 128 + number)
    assert scripted.wait_for_close().closed_at is not None


def test_141_is_a_reader_that_has_gone(server: OpenServer, chat: Chat) -> None:
    read_end, write_end = os.pipe()
    os.close(read_end)

    ran = chat(*ASK, server=server(answer("Paris")), stdout=write_end)

    os.close(write_end)
    assert (ran.stderr, ran.exit_code) == ("", 141)


def test_14_is_a_score_below_the_required_one(server: OpenServer, chat: Chat) -> None:
    row = b'{"prompt": "hi", "expect": "Rome"}'

    ran = chat("batch", "-", "-m", "m", "--fail-under", "1", server=server(completion("Paris")), stdin=row)

    assert ran.exit_code == 14


def kinds(of: type[ChatError]) -> Iterator[type[ChatError]]:
    yield of
    for kind in of.__subclasses__():
        yield from kinds(kind)


def test_table_is_what_the_classes_say() -> None:
    signals = {Stopped(number).exit_code for number in (1, 2, 3, 13, 15)}
    codes = {kind.exit_code for kind in kinds(ChatError)}

    assert set(EXIT_CODES) == {0} | codes | signals
    assert all(0 <= code < 256 for code in EXIT_CODES)


def test_drawing_of_the_errors_is_what_the_classes_say() -> None:
    drawn = dict(re.findall(r"([A-Z]\w+) +(\d+)\s", errors.__doc__ or ""))

    assert drawn == {kind.__name__: str(kind.exit_code) for kind in kinds(ChatError)}


def test_every_code_of_the_table_has_a_run_here() -> None:
    by_name = {int(number) for name in globals() for number in re.findall(r"^test_(\d+)_", name)}

    assert {*ANSWERED, *by_name, 129, 130, 131, 143} | NOT_YET == set(EXIT_CODES)
