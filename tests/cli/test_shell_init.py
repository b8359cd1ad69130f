"""The file for the shell: Alt+E turns words into a command that nothing runs, and `chat why` knows the last command."""

from __future__ import annotations

import os
import shlex
import shutil
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import TypeAlias

import pytest

from tests.conftest import Chat, OpenServer
from tests.support.answers import answer, failure
from tests.support.line import Request
from tests.support.program import CHAT, environment
from tests.support.server import Script, Server, Wait
from tests.support.terminal import Terminal

# How each shell is started without the user's own files; what is not installed is not tested.
SHELLS = {
    "bash": ["bash", "--noprofile", "--norc", "-i"],
    "zsh": ["zsh", "-f", "-i"],
    "fish": ["fish", "--no-config", "-i", "-C", "function fish_prompt; printf 'ready> '; end"],
}
INSTALLED = [name for name in SHELLS if shutil.which(name)]

OpenShell: TypeAlias = Callable[..., Terminal]


@pytest.fixture
def shell(home: Path, chat: Chat) -> Iterator[OpenShell]:
    """Open an interactive shell that has sourced the file, and whose prompt is `ready> `."""
    program = home / "bin" / "chat"
    program.parent.mkdir()
    program.write_text(f'#!/bin/sh\nexec {shlex.join(CHAT)} "$@"\n')
    program.chmod(0o755)
    with ExitStack() as stack:

        def open_shell(name: str, server: Server) -> Terminal:
            line = chat("shell-init", name).stdout.strip()
            own = {"PATH": f"{program.parent}:{os.environ['PATH']}", "PS1": "ready> ", "TERM": "xterm"}
            known = {"OPENAI_BASE_URL": server.url, "OPENAI_API_KEY": "sk-0123456789abcdef", "CHAT_MODEL": "m"}
            screen = stack.enter_context(
                Terminal.run(SHELLS[name], environment(home, own | known), cwd=home, columns=120)
            )
            enter(screen, f"{line}; echo so''urced", "\nsourced")
            return screen

        yield open_shell


def enter(screen: Terminal, line: str, awaited: str) -> None:
    screen.wait_for(">")
    screen.type(line)
    screen.press("enter")
    screen.wait_for(awaited)


def last_line(screen: Terminal) -> str:
    return next((row for row in reversed(screen.screen) if row.strip()), "")


@pytest.mark.parametrize("name", INSTALLED)
def test_words_become_a_command_that_waits_for_enter(
    shell: OpenShell, server: OpenServer, home: Path, name: str
) -> None:
    """It stays one line whatever is answered; a stopped or failed request leaves the words, and `why` is told."""
    asked, held = threading.Event(), threading.Event()

    def hang(_request: Request) -> Script:
        asked.set()
        return [Wait(held)]

    model = server(
        answer("```sh\ntouch made; echo \x07done\n```"),
        hang,
        failure(400, "no such luck"),
        answer("Because."),
    )
    screen = shell(name, model)

    screen.type("make a file 好")
    screen.press("alt-e")
    screen.wait_for(lambda it: last_line(it) == "ready> touch made; echo  done")
    assert not (home / "made").exists()
    screen.press("enter")
    screen.wait_for("\ndone")
    assert "make a file 好" in model.posts[0].json["messages"][-1]["content"]
    assert name in model.posts[0].json["messages"][0]["content"]

    screen.type("stop me")
    screen.press("alt-e")
    assert asked.wait(10)
    screen.press("ctrl-c")
    model.wait_for_close(len(model.exchanges))
    held.set()
    screen.wait_for(lambda it: last_line(it) == "ready> stop me")
    screen.press("alt-e")
    screen.wait_for("no such luck")
    screen.wait_for(lambda it: it.text.rstrip().endswith("ready> stop me") or name == "zsh")  # which writes below
    screen.press("ctrl-u")
    if name != "zsh":  # whose completion the user turns on
        screen.wait_for(lambda it: it.text.rstrip().endswith("ready>"))
        screen.type("chat config get ui.the")
        screen.press("tab")
        screen.wait_for("chat config get ui.theme")
        enter(screen, "", "auto")
    enter(screen, "ls /no/such/place", "No such file")
    enter(screen, "chat why", "Because.")
    question = model.posts[3].json["messages"][-1]["content"]
    assert question.startswith("`ls /no/such/place` exited with status ")


def test_the_file_is_private_and_its_line_is_printed(chat: Chat, home: Path) -> None:
    ran = chat("shell-init", env={"SHELL": "/usr/bin/fish"})

    path = home / ".local" / "share" / "chatcli" / "shell" / "chat.fish"
    assert ran.stdout == f"source {path}\n"
    assert "config.fish" in ran.stderr
    assert path.stat().st_mode & 0o777 == 0o600
    for words, shell, part in ((["zsch"], "", "chat shell-init zsh"), ([], "/bin/tcsh", "tcsh"), ([], None, "bash")):
        refused = chat("shell-init", *words, env={"SHELL": shell})
        assert (refused.exit_code, part in refused.stderr) == (2, True)


def test_why_explains_what_it_is_given(chat: Chat, server: OpenServer) -> None:
    model = server(answer("A typo."), answer("A tab."))

    assert chat("why", stdin="main.c:3: expected ;", server=model).stdout == "A typo."
    assert chat("why", "missing separator", stdin="", server=model).stdout == "A tab."
    assert [post.json["messages"][-1]["content"] for post in model.posts] == [
        "main.c:3: expected ;",
        "missing separator",
    ]


@pytest.mark.parametrize("piped", ["", " \n"])
def test_why_with_empty_input_explains_the_last_command(chat: Chat, piped: str) -> None:
    words = ("why", "--dry-run", "--base-url", "http://127.0.0.1:1/v1", "-m", "m")

    known = chat(*words, stdin=piped, env={"CHAT_LAST_COMMAND": "make all", "CHAT_LAST_STATUS": "2"})
    unknown = chat(*words, stdin=piped)

    assert "`make all` exited with status 2." in known.stdout
    assert (unknown.exit_code, "chat shell-init" in unknown.stderr) == (2, True)
