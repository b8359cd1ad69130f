"""A, H, J: what was typed and shown is on the disk, however the program ends.

Numbers are those of the acceptance list.
"""

from __future__ import annotations

import json
import os
import signal
import stat
import subprocess
from pathlib import Path

import pytest

from tests.acceptance.talk import is_at_prompt
from tests.acceptance.test_hangs import never, stalled
from tests.conftest import Chat, OpenServer, OpenTerminal
from tests.support.answers import answer, chunk, sse, stream_head
from tests.support.program import CHAT, unmeasured
from tests.support.server import Sleep

ASK = ("ask", "hi", "-m", "m")


def database(home: Path) -> Path:
    return home / ".local" / "share" / "chatcli" / "history.db"


def shown(chat: Chat, name: str = "hi") -> str:
    """Return a stored chat as Markdown."""
    ran = chat("sessions", "show", name)
    assert ran.exit_code == 0, ran.stderr
    return ran.stdout


def test_a1_a_question_is_there_after_a_kill_before_the_first_word(
    server: OpenServer, terminal: OpenTerminal, chat: Chat
) -> None:
    scripted = server([never()], answer("Paris"))
    opened = terminal("-m", "m", server=scripted)
    opened.wait_for(is_at_prompt)
    opened.type("capital of France?")
    opened.press("enter")
    scripted.wait_for_request(2)  # the models, and the question
    opened.signal(signal.SIGKILL)
    opened.wait_exit()

    again = terminal("-m", "m", "-c", server=scripted)

    again.wait_for("> capital of France?")
    again.press("enter")
    again.wait_for("Paris")


def test_a2_an_answer_that_was_shown_a_second_before_a_kill_is_there(
    server: OpenServer, terminal: OpenTerminal, chat: Chat
) -> None:
    script = [stream_head(), sse(chunk("Par"), done=False), Sleep(1.3), sse(chunk("is"), done=False), never()]
    opened = terminal("-m", "m", server=server(script))
    opened.wait_for(is_at_prompt)
    opened.type("hi")
    opened.press("enter")
    opened.wait_for("Paris")
    opened.signal(signal.SIGKILL)
    opened.wait_exit()

    again = terminal("-m", "m", "-c", server=server())

    again.wait_for("interrupted; ~1 tokens recovered")
    again.wait_for("Par")


@pytest.mark.parametrize(("name", "code"), [("SIGTERM", 143), ("SIGHUP", 129), ("SIGQUIT", 131)])
def test_a3_a4_a_signal_saves_what_came(
    server: OpenServer, terminal: OpenTerminal, chat: Chat, name: str, code: int
) -> None:
    opened = terminal("-m", "m", server=server(stalled("Par is")))
    opened.wait_for(is_at_prompt)
    opened.type("hi")
    opened.press("enter")
    opened.wait_for("Par is")

    opened.signal(signal.Signals[name])

    assert opened.wait_exit() == code
    assert opened.is_cooked()
    assert "Par is" in shown(chat)


def test_a5_what_came_before_head_had_enough_is_saved(server: OpenServer, chat: Chat) -> None:
    script = [stream_head(), *[sse(chunk(f"word{n} " * 2000), done=False) for n in range(50)], never()]
    program = ("bash", "-c", '"$@" | head -c 20; echo " ${PIPESTATUS[0]}"', "bash", *CHAT)

    ran = chat(*ASK, server=server(script), program=program)

    assert (ran.stdout, ran.stderr) == ("word0 word0 word0 wo 141\n", "")
    assert "word0 word0" in shown(chat)


def test_a5_a_reader_that_goes_away_saves_what_came(server: OpenServer, chat: Chat) -> None:
    script = [stream_head(), *[sse(chunk(f"word{n} "), done=False) for n in range(50)], never()]
    with chat.start(*ASK, server=server(script), stdin=subprocess.DEVNULL) as running:
        running.wait_for(lambda it: b"word3 " in it.stdout_bytes)
        running.signal(signal.SIGINT)
        assert running.wait().exit_code == 130

    assert "word3 " in shown(chat)


def test_a6_a_full_disk_shows_the_answer_and_exits_12(server: OpenServer, chat: Chat) -> None:
    ran = chat(
        *ASK,
        server=server(answer("Paris")),
        program=("sh", "-c", 'ulimit -f 8; exec "$@"', "sh", *CHAT),
        env=unmeasured() | {"PYTHONDONTWRITEBYTECODE": "1"},  # halves of compiled modules would stay behind
    )

    assert (ran.stdout, ran.exit_code) == ("Paris", 12)
    assert ran.stderr.startswith("chat: this chat is not being saved: ")
    assert ran.stderr.count("\n") == 1


def test_a8_a_home_that_cannot_be_written_to_exits_12(server: OpenServer, chat: Chat, home: Path) -> None:
    (home / ".local").write_text("in the way")

    ran = chat(*ASK, server=server(answer("Paris")))

    assert (ran.stdout, ran.exit_code, ran.stderr.count("\n")) == ("Paris", 12, 1)


def test_a_chat_that_is_not_to_be_kept_leaves_no_file(server: OpenServer, chat: Chat, home: Path) -> None:
    for flags, env in ((("--no-log",), {}), ((), {"CHAT_NO_LOG": "1"})):
        assert chat(*flags, *ASK, server=server(answer("Paris")), env=env).stdout == "Paris"

    assert not database(home).exists()


def test_h82_a_damaged_file_is_told_in_one_line(server: OpenServer, chat: Chat, home: Path) -> None:
    chat(*ASK, server=server(answer("Paris")))
    database(home).write_bytes(b"garbage" * 1000)

    ran = chat(*ASK, server=server(answer("Rome")))

    assert (ran.stdout, ran.exit_code) == ("Rome", 0)
    assert "was damaged" in ran.stderr
    assert len(list(database(home).parent.glob("history.db.corrupt-*"))) == 1


def test_h86_a_chat_that_is_open_elsewhere_is_gone_on_with_as_a_copy(
    server: OpenServer, terminal: OpenTerminal, chat: Chat
) -> None:
    scripted = server(answer("Paris"), answer("Rome"), answer("Oslo"))
    first = terminal("-m", "m", server=scripted)
    first.wait_for(is_at_prompt)
    first.type("hi")
    first.press("enter")
    first.wait_for("Paris")

    second = chat("-c", "ask", "and Italy?", "-m", "m", server=scripted)
    first.type("and Norway?")
    first.press("enter")
    first.wait_for("Oslo")
    first.press("ctrl-d")
    first.wait_exit()

    assert "open in another window" in second.stderr
    listed = [json.loads(line) for line in chat("sessions", "list", "--json").stdout.splitlines()]
    assert [entry["turns"] for entry in listed] == [2, 2]
    assert "Rome" not in shown(chat, listed[0]["id"])


def test_j94_every_file_is_for_its_owner_alone(server: OpenServer, chat: Chat, home: Path) -> None:
    program = ("sh", "-c", 'umask 000; exec "$@"', "sh", *CHAT)

    chat(*ASK, server=server(answer("Paris")), program=program)

    for folder, _, files in os.walk(home / ".local"):
        for file in files:
            assert stat.S_IMODE(Path(folder, file).stat().st_mode) == 0o600
        if folder.endswith("chatcli"):
            assert stat.S_IMODE(Path(folder).stat().st_mode) == 0o700


def test_the_next_question_goes_on_with_the_last_chat(server: OpenServer, chat: Chat) -> None:
    scripted = server(answer("Paris"), answer("Rome"), answer("Oslo"))
    chat("ask", "France?", "-m", "m", "-s", "Be brief.", "-o", "seed", "7", server=scripted)

    chat("-c", "ask", "Italy?", server=scripted)
    chat("-r", "france", "ask", "Norway?", server=scripted)

    sent = [[message["content"] for message in post.json["messages"]] for post in scripted.posts]
    assert sent[2] == ["Be brief.", "France?", "Paris", "Italy?", "Rome", "Norway?"]
    assert [post.json.get("seed") for post in scripted.posts] == [7, 7, 7]
    assert scripted.posts[2].json["model"] == "m"


@pytest.mark.parametrize(
    ("flags", "words"),
    [
        (("-c",), "there is no chat to continue"),
        (("-r", "x"), "unknown chat `x`"),
        (("-c", "-r", "x"), "cannot be combined"),
    ],
)
def test_a_chat_that_is_not_there_is_said(server: OpenServer, chat: Chat, flags: tuple[str, ...], words: str) -> None:
    ran = chat(*flags, *ASK, server=server())

    assert ran.exit_code == 2
    assert words in ran.stderr


def test_a_chat_that_was_not_kept_is_stored_and_written_on_request(
    server: OpenServer, terminal: OpenTerminal, chat: Chat, home: Path
) -> None:
    opened = terminal("-m", "m", "--no-log", server=server(answer("Paris")), columns=160)
    opened.wait_for(is_at_prompt)
    for line, said in (("France?", "Paris"), ("/save", "Saved as"), ("/export chat.md", "Saved to")):
        opened.type(line)
        opened.press("enter")
        opened.wait_for(said)
        opened.wait_for(is_at_prompt)
    opened.press("ctrl-d")

    opened.wait_for("Resume: chat -r")
    assert opened.wait_exit() == 0
    assert "Paris" in shown(chat, "France?")
    assert (home / "chat.md").read_text() == shown(chat, "France?")
