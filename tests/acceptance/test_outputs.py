"""I: stdout is only the answer, and exit codes are an interface. The numbers are those of the acceptance list."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from threading import Event
from typing import Any

import pytest

from tests.acceptance.conftest import OpenTalk
from tests.conftest import Chat, OpenServer, OpenTerminal
from tests.support.answers import answer, chunk, failure, http, sse, stream_head
from tests.support.program import CHAT, Ran, unmeasured
from tests.support.server import CLOSE, Server, Wait

ASK = ("ask", "hi", "-m", "m")
NOISY: dict[str, tuple[Any, str, int]] = {
    "complete": (answer("Paris"), "Paris", 0),
    "reasoning": ([stream_head(), sse(chunk(reasoning_content="hmm"), chunk("Paris", "stop"))], "Paris", 0),
    "think": (answer("<think>hmm</think>Paris"), "Paris", 0),
    "cut": ([stream_head(), sse(chunk("Par"), done=False), CLOSE], "Par", 9),
    "error after text": ([stream_head(), sse(chunk("Par"), {"error": "it broke"})], "Par", 9),
    "malformed": ([stream_head(), sse(chunk("Par"), "{", chunk("is", "stop"))], "Paris", 9),
    "length": (answer("Par", finish="length"), "Par", 10),
    "filter": (answer("Par", finish="content_filter"), "Par", 11),
    "web page": (http(200, {"content-type": "text/html"}, "<html><title>Login</title>"), "", 6),
    "status": (failure(500, "it broke"), "", 6),
    "markup": (answer("# [bold]Paris[/bold] \x1b[31m\x07\r\n"), "# [bold]Paris[/bold] \x1b[31m\x07\r\n", 0),
    "unicode": (answer("né 漢 😀\u2028\u202e"), "né 漢 😀\u2028\u202e", 0),
}


@pytest.mark.parametrize(("script", "text", "code"), NOISY.values(), ids=NOISY)
def test_i87_stdout_holds_the_answer_and_nothing_else(
    server: OpenServer, chat: Chat, script: Any, text: str, code: int
) -> None:
    ran = chat(*ASK, "-v", "-u", server=server(script))

    assert (ran.stdout_bytes.decode(), ran.exit_code) == (text, code)
    assert "\x1b" not in ran.stderr


def closing(*streams: str) -> tuple[str, ...]:
    """Return a program that is `chat` started with these standard streams closed."""
    redirections = {"stdin": "<&-", "stdout": ">&-", "stderr": "2>&-"}
    closed = " ".join(redirections[stream] for stream in streams)
    return ("sh", "-c", f'exec "$@" {closed}', "sh", *CHAT)


def full(place: Path) -> tuple[str, ...]:
    """Return a program that is `chat` with a stdout that takes nothing: files may not grow, and pipes are not used."""
    return ("sh", "-c", f'ulimit -f 0; exec "$@" > "{place}"', "sh", *CHAT)


@pytest.mark.parametrize(
    "arguments", [ASK, ("--version",), ("--help",), ("models",), ("help",), ("config",)], ids=lambda words: words[0]
)
def test_i89_full_stdout_is_told_and_exits_13(
    server: OpenServer, chat: Chat, tmp_path: Path, arguments: Sequence[str]
) -> None:
    address = ("--base-url", server(always=answer("Paris")).url) if arguments[0] in ("ask", "models") else ()

    ran = chat(*address, *arguments, program=full(tmp_path / "stdout"), env=unmeasured() | {"CHAT_NO_LOG": "1"})

    assert ran.exit_code == 13
    assert "could not be written to stdout: File too large" in ran.stderr
    assert ran.stderr.count("\n") == 1


def test_i89_closed_stdout_is_told_and_exits_13(server: OpenServer, chat: Chat) -> None:
    ran = chat(*ASK, server=server(answer("Paris")), program=closing("stdout"))

    assert ran.exit_code == 13
    assert ran.stderr.startswith("chat: the answer could not be written to stdout: ")
    assert ran.stderr.count("\n") == 1


@pytest.mark.parametrize("streams", [("stderr",), ("stdin",), ("stdin", "stderr")], ids="+".join)
def test_i89_other_closed_streams_do_not_matter(server: OpenServer, chat: Chat, streams: Sequence[str]) -> None:
    script = [stream_head(), sse(chunk(reasoning_content="hmm"), chunk("Paris", "stop"))]

    ran = chat(*ASK, "-v", server=server(script), program=closing(*streams))

    assert (ran.stdout, ran.exit_code) == ("Paris", 0)


def test_i89_error_without_stderr_still_has_its_code(server: OpenServer, chat: Chat) -> None:
    ran = chat(*ASK, server=server(failure(401, "no")), program=closing("stderr"))

    assert (ran.stdout, ran.stderr, ran.exit_code) == ("", "", 4)


def test_i89_reader_that_leaves_ends_the_request_silently(server: OpenServer, chat: Chat) -> None:
    scripted = server([*answer("word " * 200_000, pieces=2000, finish=None), Wait(Event())])
    read_end, write_end = os.pipe()

    with chat.start(*ASK, server=scripted, stdout=write_end, stdin=subprocess.DEVNULL) as running:
        os.close(write_end)
        assert os.read(read_end, 20)
        os.close(read_end)
        ran = running.wait()

    assert (ran.stderr, ran.exit_code) == ("", 141)
    scripted.wait_for_close()


@pytest.mark.parametrize(
    "words", [("--help",), ("ask", "--help"), ("--version",), ("help",), ("templates",)], ids="-".join
)
def test_i89_help_that_nobody_reads_ends_silently(chat: Chat, words: tuple[str, ...]) -> None:
    read_end, write_end = os.pipe()
    os.close(read_end)

    with chat.start(*words, stdout=write_end, stdin=subprocess.DEVNULL) as running:
        os.close(write_end)
        ran = running.wait()

    assert (ran.stderr, ran.exit_code) == ("", 141)


def asked(chat: Chat, server: Server, stdin: bytes | None, *arguments: str) -> tuple[Ran, str]:
    ran = chat("ask", "-m", "m", *arguments, server=server, stdin=stdin)
    return ran, server.posts[-1].json["messages"][-1]["content"] if server.posts else ""


TEXTS: dict[str, tuple[bytes, str, str]] = {
    "UTF-8": ("né".encode(), "né", ""),
    "UTF-8 with BOM": (b"\xef\xbb\xbfn\xc3\xa9", "né", ""),
    "UTF-16 little": ("né".encode("utf-16"), "né", ""),
    "UTF-16 big": (b"\xfe\xff" + "né".encode("utf-16-be"), "né", ""),
    "Latin-1": ("née".encode("latin-1"), "n\ufffde", "1 invalid character in stdin"),
    "line ends": (b"a\r\n\tb\n\n", "a\r\n\tb\n\n", ""),
}


@pytest.mark.parametrize(("data", "text", "note"), TEXTS.values(), ids=TEXTS)
def test_i90_text_on_stdin_is_the_question(server: OpenServer, chat: Chat, data: bytes, text: str, note: str) -> None:
    ran, question = asked(chat, server(answer("ok")), data)

    assert (ran.stdout, ran.exit_code, question) == ("ok", 0, text)
    assert note in ran.stderr
    assert bool(note) == bool(ran.stderr)


def test_i90_encoding_can_be_named(server: OpenServer, chat: Chat) -> None:
    ran, question = asked(chat, server(answer("ok")), "née".encode("latin-1"), "--encoding", "latin-1")

    assert (ran.exit_code, ran.stderr, question) == (0, "", "née")


USELESS: dict[str, tuple[bytes | None, tuple[str, ...], str]] = {
    "empty": (b"", (), "stdin is empty"),
    "/dev/null": (None, (), "stdin is empty"),
    "blank": (b" \n", (), "stdin is empty"),
    "blank question": (None, ("  ",), "stdin is empty"),
    "PNG": (b"\x89PNG\r\n\x1a\n\0\0", (), "PNG image"),
    "NUL": (b"text\0text", (), "NUL bytes"),
    "unknown encoding": (b"text", ("--encoding", "klingon"), "unknown encoding `klingon`"),
}


@pytest.mark.parametrize(("data", "arguments", "words"), USELESS.values(), ids=USELESS)
def test_i90_what_is_no_question_is_refused(
    server: OpenServer, chat: Chat, data: bytes | None, arguments: Sequence[str], words: str
) -> None:
    scripted = server()

    ran, _ = asked(chat, scripted, data, *arguments)

    assert (ran.stdout, ran.exit_code, scripted.connection_count) == ("", 2, 0)
    assert words in ran.stderr


def test_i90_closed_stdin_is_empty(server: OpenServer, chat: Chat) -> None:
    ran = chat("ask", "-m", "m", server=server(), program=closing("stdin"))

    assert (ran.stdout, ran.exit_code) == ("", 2)
    assert "no question" in ran.stderr


def test_i90_gigabyte_is_refused_before_it_is_read(server: OpenServer, chat: Chat, tmp_path: Path) -> None:
    with (tmp_path / "huge").open("wb") as huge:
        huge.truncate(1 << 30)
    scripted = server()

    program = ("sh", "-c", f'exec "$@" < {tmp_path / "huge"}', "sh", *CHAT)
    ran = chat("ask", "-m", "m", server=scripted, program=program)

    assert (ran.stdout, ran.exit_code, scripted.connection_count) == ("", 2, 0)
    assert "stdin is larger than 16.0 MB" in ran.stderr


def test_i90_slow_stdin_is_waited_for_and_told(server: OpenServer, chat: Chat) -> None:
    scripted = server(answer("ok"))

    with chat.start(*ASK, server=scripted) as running:
        running.wait_for(lambda it: b"waiting for stdin" in it.stderr_bytes)
        running.write("late")
        running.close_stdin()
        ran = running.wait()

    assert (ran.stdout, ran.exit_code) == ("ok", 0)
    assert "late" in scripted.posts[0].json["messages"][-1]["content"]


def test_i90_words_on_a_terminal_do_not_wait_for_stdin(server: OpenServer, terminal: OpenTerminal) -> None:
    scripted = server(answer("Paris"))

    assert terminal("ask", "--plain", "-m", "m", "hi", server=scripted).wait_exit() == 0
    assert scripted.posts[0].json["messages"][-1]["content"] == "hi"


def test_i90_arguments_that_are_no_text_are_mended_and_told(server: OpenServer, chat: Chat) -> None:
    scripted = server(answer("ok"))
    program = ("sh", "-c", 'exec "$@" "$(printf "caf\\351")"', "sh", *CHAT)

    ran = chat("ask", "-m", "m", server=scripted, program=program)

    assert (ran.exit_code, scripted.posts[0].json["messages"][-1]["content"]) == (0, "caf\ufffd")
    assert "1 invalid byte in the arguments" in ran.stderr


HUMAN: dict[str, tuple[bytes, int, tuple[str, ...]]] = {
    "unknown model": (
        failure(404, "The model `m` does not exist", code="model_not_found"),
        8,
        ("has no model `m`", "chat models"),
    ),
    "wrong path": (
        http(404, {"content-type": "text/html"}, "<h1>Not Found</h1>"),
        8,
        ("this path", "/v1"),
    ),
    "HTML 502": (
        http(502, {"content-type": "text/html"}, "<html><head><title>502 Bad Gateway</title></head><hr>nginx</html>"),
        6,
        ("(502)", "Bad Gateway"),
    ),
    "plain 500": (
        http(500, {"content-type": "text/plain"}, "CUDA out of memory\nat 0x7f\n"),
        6,
        ("CUDA out of memory",),
    ),
    "array": (
        http(400, None, '[{"error": {"code": 400, "message": "Invalid value at x"}}]'),
        8,
        ("Invalid value at x",),
    ),
    "detail": (http(422, None, {"detail": "field required"}), 8, ("field required",)),
    "detail list": (
        http(422, None, {"detail": [{"loc": ["body", "messages"], "msg": "field required"}]}),
        8,
        ("field required",),
    ),
    "string": (http(400, None, {"error": "no such thing"}), 8, ("no such thing",)),
    "message": (http(503, {"x-should-retry": "false"}, {"message": "warming up"}), 6, ("warming up",)),
    "code and message": (http(400, None, {"code": 1210, "message": "bad parameter"}), 8, ("bad parameter",)),
    "nothing": (http(418, None, b""), 8, ("418",)),
    "escapes": (failure(400, "bad \x1b]0;title\x07\x1b[2J thing"), 8, ("bad ^[]0;title^G^[[2J thing",)),
    "endless": (failure(400, "long " * 5000), 8, ("long long",)),
}


@pytest.mark.parametrize(("body", "code", "words"), HUMAN.values(), ids=HUMAN)
def test_i93_failure_is_a_sentence_with_the_words_of_the_server(
    server: OpenServer, talk: OpenTalk, body: bytes, code: int, words: Sequence[str]
) -> None:
    told = talk(server(body)).ask()

    assert (told.stdout, told.exit_code) == ("", code)
    assert told.stderr.startswith("chat: ")
    assert told.stderr.count("\n") == 1
    assert len(told.stderr) < 800
    assert all(word in told.stderr for word in words)
    assert not [tag for tag in ("<h", "{", "Unknown error", "\x1b") if tag in told.stderr]


def test_outputs_of_a_bug_are_one_line(chat: Chat) -> None:
    broken = """
from chatcli.app.configuration import Configuration
from chatcli.cli.main import main
Configuration.provider = lambda self: 1 / 0
main()
"""

    ran = chat("ask", "hi", program=(sys.executable, "-c", broken))

    assert (ran.stdout, ran.exit_code) == ("", 1)
    assert ran.stderr == "chat: a bug in chat: ZeroDivisionError: division by zero. CHAT_DEBUG=1 shows where\n"
