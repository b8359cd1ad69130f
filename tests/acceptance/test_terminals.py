"""F, what is about terminals: job control, sizes, environments. The numbers are those of the acceptance list."""

from __future__ import annotations

import contextlib
import shlex
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from threading import Event
from typing import TYPE_CHECKING, Any

import pytest

from tests.acceptance.talk import is_at_prompt, last_line
from tests.conftest import Chat, OpenServer, OpenTerminal
from tests.support.answers import answer, chunk, sse, stream_head
from tests.support.program import CHAT, environment
from tests.support.server import Step, Wait

if TYPE_CHECKING:
    from tests.support.terminal import Terminal


@pytest.fixture
def shell(server: OpenServer, home: Path) -> Iterator[Callable[..., Terminal]]:
    """A shell with job control; `eval "$CHAT"` talks to a server that answers with the scripts."""
    from tests.support.terminal import Terminal

    with contextlib.ExitStack() as stack:

        def open_shell(*scripts: Any) -> Terminal:
            program = shlex.join([*CHAT, "--base-url", server(*scripts).url, "-m", "m"])
            changes = {"PS1": "$ ", "CHAT": program}
            argv = ["bash", "--norc", "--noprofile", "--noediting", "-i"]
            opened = stack.enter_context(Terminal.run(argv, environment(home, changes), cwd=home))
            opened.wait_for("$")
            return opened

        yield open_shell


def command(shown: Terminal, line: str) -> None:
    shown.type(line)
    shown.press("enter")


def stop_in_the_middle(shown: Terminal) -> None:
    """Begin a chat from the shell, ask, and press Ctrl-Z when half of the answer is there."""
    command(shown, 'eval "$CHAT"')
    shown.wait_for(is_at_prompt)
    command(shown, "hi")
    shown.wait_for("Par is")
    assert {1004, 2004} <= shown.modes
    assert shown.title == "chat"
    shown.press("ctrl-z")
    shown.wait_for("Stopped")
    assert "Esc stops" not in shown.text
    assert shown.title == ""


def test_f65_stream_is_stopped_and_goes_on_in_the_foreground(shell: Callable[..., Terminal]) -> None:
    go_on = Event()
    rest = sse(chunk(" done"), chunk(finish="stop"))
    shown = shell([stream_head(), sse(chunk("Par is"), done=False), Wait(go_on), rest])
    before = shown.termios()
    stop_in_the_middle(shown)
    shown.wait_for(lambda _: shown.termios() == before)
    assert not shown.modes & {1004, 2004}
    assert 25 in shown.modes
    command(shown, "fg")
    go_on.set()
    shown.wait_for("done")
    shown.wait_for(is_at_prompt)
    shown.press("ctrl-d")
    shown.wait_for(lambda _: shown.termios() == before)


def test_f65_prompt_is_stopped_and_drawn_again(shell: Callable[..., Terminal]) -> None:
    shown = shell(answer("Paris"))
    before, own = shown.termios(), shown.title
    command(shown, 'eval "$CHAT"')
    shown.wait_for(is_at_prompt)
    shown.type("capital?")
    shown.wait_for("> capital?")

    shown.press("ctrl-z")
    shown.wait_for("Stopped")
    shown.wait_for(lambda _: shown.termios() == before)
    assert shown.title == own
    command(shown, "fg")
    shown.wait_for(lambda it: last_line(it) == "> capital?")
    assert shown.title == "chat"
    shown.press("enter")
    shown.wait_for("Paris")
    shown.wait_for(lambda it: is_at_prompt(it) and it.title == "capital? - chat")
    shown.press("ctrl-d")
    shown.wait_for(lambda it: it.termios() == before)
    assert shown.title == own
    assert not shown.modes & {1004, 2004}


def test_f65_chat_begun_in_the_background_prompts_in_the_foreground(shell: Callable[..., Terminal]) -> None:
    shown = shell(answer("Paris"))
    before = shown.termios()
    command(shown, 'eval "$CHAT" &')
    command(shown, 'until [ "$(jobs -s)" ]; do :; done; fg')
    shown.wait_for(is_at_prompt)
    command(shown, "capital?")
    shown.wait_for("Paris")
    shown.wait_for(is_at_prompt)
    shown.press("ctrl-d")
    shown.wait_for(lambda it: it.termios() == before)


def test_f65_background_leaves_the_terminal_alone(shell: Callable[..., Terminal]) -> None:
    go_on = Event()
    shown = shell([stream_head(), sse(chunk("Par is"), done=False), Wait(go_on), sse(chunk(" done", "stop"))])
    before = shown.termios()
    stop_in_the_middle(shown)
    command(shown, "bg")
    command(shown, "echo sh''ell")
    shown.wait_for("shell")

    assert shown.termios() == before
    go_on.set()
    command(shown, "fg")
    shown.wait_for("done")
    shown.wait_for(is_at_prompt)


LETTERS = "abcdefghijklmnopqrstuvwxyz"


@pytest.mark.parametrize("columns", [1, 2, 3, 5, 10, 20, 500])
def test_f69_no_width_loses_text(server: OpenServer, terminal: OpenTerminal, columns: int) -> None:
    shown = terminal("ask", "hi", "-m", "m", server=server(answer(LETTERS)), columns=columns)

    assert shown.wait_exit() == 0
    assert LETTERS in "".join(row.strip() for row in shown.history)


def test_f69_terminal_without_a_size_is_a_terminal(shell: Callable[..., Terminal]) -> None:
    shown = shell(answer("Paris"))
    command(shown, 'stty rows 0 cols 0; eval "$CHAT ask hi"; echo code $?')

    shown.wait_for("code 0")
    assert "Paris" in shown.text


def written(word: str, shown: Terminal) -> bool:
    return word.encode() in shown.raw


def test_f69_resizes_while_streaming_lose_no_word(server: OpenServer, terminal: OpenTerminal) -> None:
    sizes = [(20, 5), (100, 40), (7, 3), (80, 24), (33, 10), (1, 1), (60, 20)]
    words = [f"word{number:03}" for number in range(len(sizes))]
    gates = [Event() for _ in words]
    steps: list[Step] = []
    for gate, word in zip(gates, words, strict=True):
        steps += [Wait(gate), sse(chunk(f"{word} "), done=False)]
    shown = terminal("ask", "hi", "-m", "m", server=server([stream_head(), *steps, sse(chunk(finish="stop"))]))
    for (columns, rows), gate, word in zip(sizes, gates, words, strict=True):
        shown.resize(columns, rows)
        gate.set()
        shown.wait_for(partial(written, word))

    assert shown.wait_exit() == 0
    assert b"Traceback" not in shown.raw
    assert not [word for word in words if word.encode() not in shown.raw]


ENVIRONMENTS: dict[str, dict[str, str | None]] = {
    "dumb": {"TERM": "dumb"},
    "no TERM": {"TERM": None},
    "strange TERM": {"TERM": "no-such-terminal"},
    "NO_COLOR": {"NO_COLOR": "1"},
    "C": {"LANG": "C", "LC_ALL": "C"},
    "latin1": {"LC_ALL": "en_US.ISO-8859-1"},
    "ascii": {"PYTHONIOENCODING": "ascii", "LANG": "C"},
    "latin1 streams": {"PYTHONIOENCODING": "latin-1"},
    "no locale": {"LANG": None, "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"},
}
SAID = "né 漢 😀"


@pytest.mark.parametrize("env", ENVIRONMENTS.values(), ids=ENVIRONMENTS)
def test_f70_pipe_gets_utf8_in_every_environment(server: OpenServer, chat: Chat, env: dict[str, str | None]) -> None:
    scripted = server(answer(SAID))

    ran = chat("ask", "-m", "m", "-v", server=scripted, stdin=SAID, env=env)

    assert (ran.stdout, ran.exit_code) == (SAID, 0)
    assert scripted.posts[0].json["messages"][-1]["content"] == SAID
    assert "\x1b" not in ran.stderr


@pytest.mark.parametrize("env", ENVIRONMENTS.values(), ids=ENVIRONMENTS)
def test_f70_terminal_gets_what_it_can_show(
    server: OpenServer, terminal: OpenTerminal, env: dict[str, str | None]
) -> None:
    shown = terminal("-m", "m", server=server(answer(f"**Paris** {SAID}")), env=env)
    shown.wait_for(is_at_prompt)
    command(shown, "hi")
    shown.wait_for("Paris")
    shown.wait_for(is_at_prompt)
    shown.press("ctrl-d")

    assert shown.wait_exit() == 0
    assert "Traceback" not in shown.text
    assert shown.is_cooked()
    if env.get("TERM", "xterm") in ("dumb", None):
        assert b"\x1b" not in shown.raw
    if "NO_COLOR" in env:
        assert not [n for n in range(30, 38) if f"\x1b[{n}m".encode() in shown.raw or f";{n}m".encode() in shown.raw]


def test_f70_conversation_without_a_terminal_is_refused(chat: Chat) -> None:
    ran = chat("-p", "guide")

    assert (ran.stdout, ran.exit_code) == ("", 2)
