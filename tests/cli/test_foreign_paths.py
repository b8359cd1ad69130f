"""K 105: every door that reads a path ends, whatever the path names, and says which it was."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.acceptance.talk import is_at_prompt
from tests.conftest import Chat, OpenServer, OpenTerminal
from tests.support.answers import answer

ASK = ("ask", "-m", "m", "--no-stdin")
CONFIG = ".config/chatcli/config.toml"


def configure(home: Path, text: str) -> None:
    (home / CONFIG).parent.mkdir(parents=True, mode=0o700)
    (home / CONFIG).write_text(text)
    (home / CONFIG).chmod(0o600)


def nothing(_home: Path, _odd: Path) -> None:
    """Need no preparation."""


def in_the_template(home: Path, odd: Path) -> None:
    configure(home, f'[templates.t]\nprompt = "{{{{file:{odd}}}}}"\n')


def in_the_settings(home: Path, odd: Path) -> None:
    configure(home, f'[defaults]\nsystem = "@{odd}"\n')


def as_settings(home: Path, odd: Path) -> None:
    configure(home, "")
    (home / CONFIG).unlink()
    (home / CONFIG).symlink_to(odd)


def as_project(home: Path, odd: Path) -> None:
    (home / ".chat.toml").symlink_to(odd)


DOORS: dict[str, tuple[Callable[[Path, Path], None], tuple[str, ...]]] = {
    "-f": (nothing, (*ASK, "-f", "ODD", "q")),
    "-i": (nothing, (*ASK, "-i", "ODD", "q")),
    "--system": (nothing, (*ASK, "-s", "@ODD", "q")),
    "--schema": (nothing, (*ASK, "--schema", "ODD", "q")),
    "import": (nothing, ("sessions", "import", "ODD")),
    "template": (in_the_template, (*ASK, "-t", "t", "q")),
    "system prompt of the settings": (in_the_settings, (*ASK, "q")),
    "settings": (as_settings, (*ASK, "q")),
    "project file": (as_project, ("trust",)),
}


@pytest.mark.parametrize("door", DOORS)
def test_k105_a_device_is_not_read(chat: Chat, server: OpenServer, home: Path, door: str) -> None:
    prepare, words = DOORS[door]
    odd = home / "odd.json"
    odd.symlink_to("/dev/zero")
    prepare(home, odd)
    model = server(answer("A"))

    ran = chat(*(word.replace("ODD", str(odd)) for word in words), server=model, cwd=home)

    assert (ran.exit_code, ran.stdout) == (3, "")
    assert "is a device, not a file" in ran.stderr
    assert not [request for request in model.requests if request.body]


@pytest.mark.parametrize("door", ["settings", "project file", "system prompt of the settings"])
def test_k105_what_no_command_line_named_is_never_waited_for(
    chat: Chat, server: OpenServer, home: Path, door: str
) -> None:
    prepare, words = DOORS[door]
    os.mkfifo(home / "odd")
    prepare(home, home / "odd")

    ran = chat(*words, server=server(), cwd=home)

    assert (ran.exit_code, ran.stdout) == (3, "")
    assert "is a pipe, not a file" in ran.stderr


def test_k105_a_pipe_that_is_named_is_waited_for_and_said(chat: Chat, server: OpenServer, home: Path) -> None:
    os.mkfifo(home / "pipe")

    with chat.start(*ASK, "-f", "pipe", "q", server=server(), cwd=home) as running:
        running.wait_for(lambda ran: b"waiting for" in ran.stderr_bytes)
        running.signal(signal.SIGINT)
        ran = running.wait()

    assert ran.exit_code == 130
    assert str(home / "pipe") in ran.stderr


def test_k105_in_a_conversation_every_name_is_answered_at_once(
    terminal: OpenTerminal, server: OpenServer, home: Path
) -> None:
    os.mkfifo(home / "pipe")
    model = server(answer("Fine"))
    opened = terminal("-m", "m", server=model, columns=200)
    opened.wait_for(is_at_prompt)

    lines = ("/file pipe", "/image pipe", "/system @pipe", "/tokens @pipe", "look at @pipe")
    for number, line in enumerate(lines, 1):
        opened.type(line)
        opened.press("enter")
        opened.wait_for(lambda shown, number=number: shown.text.count("is a pipe, not a file") == number)  # type: ignore[misc]
        opened.press("ctrl-u")

    assert not [request for request in model.requests if request.body]
