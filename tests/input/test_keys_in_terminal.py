"""The keyboard in a real terminal, under a shell with job control where that matters."""

from __future__ import annotations

import os
import shlex
import shutil
import signal
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from tests.support.program import environment
from tests.support.terminal import Terminal

Open = Callable[..., Terminal]

LISTEN = """
import os, signal, sys, threading, time
from chatcli.terminal.key_listener import KeyActions, Listener
stopped = threading.Event()
with Listener(KeyActions(stopped.set, lambda: print("fold", flush=True)), screen=sys.stdout) as listener:
    print("listening", flush=True)
    stopped.wait(20)
print("draft", repr(listener.draft.text), "leave", listener.leave, flush=True)
"""
PROMPT = """
import os
from pathlib import Path
from chatcli.errors import Stopped
from chatcli.input.options import PromptContent, PromptOptions
from chatcli.input.prompt import Prompt
prompt = Prompt(PromptOptions(on_double_escape="/edit"), PromptContent(toolbar=lambda width: "bar"))
while True:
    try:
        print("got", repr(prompt.read().text), flush=True)
    except EOFError:
        print("left")
        break
    except Stopped as stopped:
        os._exit(stopped.exit_code)
"""
MARKED_PASTES = 2004
DEADLINE_S = 10


@pytest.fixture
def child(home: Path) -> Iterator[Open]:
    with ExitStack() as stack:

        def open_child(code: str, columns: int = 80) -> Terminal:
            argv = [sys.executable, "-c", code]
            return stack.enter_context(Terminal.run(argv, environment(home), columns=columns))

        yield open_child


@pytest.fixture
def shell(home: Path) -> Iterator[Callable[[str], Terminal]]:
    """A shell with job control that knows *code* as the command `program`."""
    bash = shutil.which("bash")
    assert bash is not None

    with ExitStack() as stack:

        def open_shell(code: str) -> Terminal:
            (home / "program.py").write_text(code)
            changes = {"PS1": "$ ", "PROGRAM": shlex.join([sys.executable, f"{home}/program.py"])}
            argv = [bash, "--norc", "--noprofile", "--noediting", "-i"]
            terminal = stack.enter_context(Terminal.run(argv, environment(home, changes)))
            terminal.wait_for("$")
            return terminal

        yield open_shell


def command(terminal: Terminal, line: str) -> None:
    terminal.type(line)
    terminal.press("enter")


def until(holds: Callable[[], bool]) -> None:
    """Wait for what no output tells of: the settings of the line."""
    deadline = time.monotonic() + DEADLINE_S
    while not holds():
        assert time.monotonic() < deadline
        threading.Event().wait(0.005)


class TestListener:
    def test_esc_stops_and_typing_is_the_next_draft(self, child: Open) -> None:
        terminal = child(LISTEN)

        terminal.wait_for("listening")
        assert MARKED_PASTES in terminal.modes
        terminal.type("next")
        terminal.paste("one\n\ttwo")
        terminal.press("up", "enter", "escape")

        terminal.wait_for("draft 'nextone\\n\\ttwo' leave False")
        assert terminal.wait_exit() == 0
        assert MARKED_PASTES not in terminal.modes
        assert "next" not in terminal.text.partition("draft")[0]

    def test_terminal_is_left_as_it_was_found(self, child: Open) -> None:
        terminal = child("import os; os.read(0, 1)\n" + LISTEN)
        before = terminal.termios()
        terminal.press("enter")

        terminal.wait_for("listening")
        assert terminal.termios() != before
        terminal.press("ctrl-d")

        terminal.wait_for("leave True")
        terminal.wait_exit()
        assert terminal.termios() == before

    def test_ctrl_c_stays_a_signal_and_ctrl_backslash_is_none(self, child: Open) -> None:
        terminal = child(LISTEN)

        terminal.wait_for("listening")
        terminal.press("ctrl-\\", "ctrl-o")
        terminal.wait_for("fold")
        terminal.press("ctrl-c")

        assert terminal.wait_exit() == 130
        assert terminal.is_cooked()

    def test_suspending_gives_the_terminal_back(self, shell: Callable[[str], Terminal]) -> None:
        terminal = shell(LISTEN)
        before = terminal.termios()
        command(terminal, 'eval "$PROGRAM"; stty -a >&2')
        terminal.wait_for("listening")
        during = terminal.termios()

        terminal.type("one ")
        terminal.press("ctrl-o")
        terminal.wait_for("fold")  # all that was typed has been read: Ctrl+Z throws the rest away
        terminal.press("ctrl-z")
        terminal.wait_for("Stopped")
        until(lambda: terminal.termios() == before)
        assert MARKED_PASTES not in terminal.modes

        command(terminal, "fg")
        until(lambda: terminal.termios() == during and MARKED_PASTES in terminal.modes)
        terminal.type("two")
        terminal.press("escape")
        terminal.wait_for("draft 'one two' leave False")

    def test_in_the_background_nothing_is_read_or_set(self, shell: Callable[[str], Terminal]) -> None:
        terminal = shell(LISTEN)
        before = terminal.termios()
        command(terminal, 'eval "$PROGRAM"')
        terminal.wait_for("listening")

        terminal.press("ctrl-z")
        terminal.wait_for("Stopped")
        command(terminal, "bg")
        command(terminal, "echo sh''ell")
        terminal.wait_for("shell")
        assert terminal.termios() == before

        command(terminal, "jobs")
        terminal.wait_for("Running")
        command(terminal, "fg")
        until(lambda: terminal.termios() != before)
        terminal.press("escape")
        terminal.wait_for("draft '' leave False")


class TestPrompt:
    def test_paste_of_lines_waits_for_enter(self, child: Open) -> None:
        terminal = child(PROMPT)

        terminal.wait_for("> ")
        terminal.paste("one\n\ttwo\n")
        terminal.wait_for("two")
        assert "got" not in terminal.text
        terminal.wait_for(lambda _: MARKED_PASTES in terminal.modes)
        # An Enter that comes at once is part of the paste, so it may take more than one.
        terminal.type("!")
        for _ in range(100):
            terminal.press("enter")
            try:
                terminal.wait_for("got", timeout_s=0.1)
                break
            except AssertionError:
                continue

        terminal.wait_for("got 'one\\n\\ttwo\\n!'")

    def test_lone_esc_closes_and_an_arrow_does_not(self, child: Open) -> None:
        terminal = child(PROMPT)

        terminal.wait_for("> ")
        terminal.type("abc")
        terminal.press("left", "left")
        terminal.wait_for(lambda terminal: terminal.cursor == (3, 0))
        terminal.press("escape")
        terminal.press("escape")

        terminal.wait_for(lambda terminal: terminal.screen[0] == ">")

    def test_wide_characters_have_the_cursor_behind_them(self, child: Open) -> None:
        terminal = child(PROMPT, columns=20)

        terminal.wait_for("> ")
        terminal.type("日本語入力です。変換")

        # Two cells of the mark and nine characters of two cells fill the first row.
        terminal.wait_for(lambda terminal: terminal.cursor == (4, 1))
        terminal.press("backspace", "backspace")
        terminal.wait_for(lambda terminal: terminal.cursor == (18, 0))

    def test_suspending_and_coming_back_draws_the_draft(self, shell: Callable[[str], Terminal]) -> None:
        terminal = shell(PROMPT)
        before = terminal.termios()
        command(terminal, 'eval "$PROGRAM"')
        terminal.wait_for("> ")
        terminal.type("draft")
        terminal.wait_for("> draft")

        terminal.press("ctrl-z")
        terminal.wait_for("Stopped")
        until(lambda: terminal.termios() == before)
        assert MARKED_PASTES not in terminal.modes
        assert "> draft" not in terminal.text

        command(terminal, "fg")
        terminal.wait_for("> draft")
        terminal.press("enter")
        # Ctrl+D is another key while the line is cooked, so the next prompt has to be there.
        terminal.wait_for(lambda _: terminal.text.partition("got 'draft'")[2].strip().endswith("bar"))
        terminal.press("ctrl-d")
        terminal.wait_for("left")
        until(lambda: terminal.termios() == before)

    def test_sent_stop_signal_is_as_good_as_the_key(self, shell: Callable[[str], Terminal]) -> None:
        terminal = shell(PROMPT.replace("while True", "print('pid', os.getpid(), flush=True)\nwhile True"))
        before = terminal.termios()
        command(terminal, 'eval "$PROGRAM"')
        terminal.wait_for("> ")
        pid = int(terminal.text.rpartition("pid ")[2].split()[0])

        os.kill(pid, signal.SIGTSTP)

        terminal.wait_for("Stopped")
        until(lambda: terminal.termios() == before)

    def test_terminal_is_left_as_it_was_found(self, child: Open) -> None:
        terminal = child("import os; os.read(0, 1)\n" + PROMPT)
        before = terminal.termios()
        terminal.press("enter")

        terminal.wait_for("> ")
        terminal.press("ctrl-d")

        terminal.wait_for("left")
        assert terminal.wait_exit() == 0
        assert terminal.termios() == before
        assert MARKED_PASTES not in terminal.modes

    def test_window_that_is_closed_ends_the_reading(self, child: Open) -> None:
        terminal = child("import signal; signal.signal(signal.SIGHUP, signal.SIG_IGN)\n" + PROMPT)

        terminal.wait_for("> ")
        terminal.hang_up()

        assert terminal.process.wait(30) == 129

    def test_silent_terminal_holds_nothing_up(self, child: Open) -> None:
        terminal = child(PROMPT)

        terminal.wait_for("> ")

        assert b"\x1b[6n" not in terminal.raw

    def test_window_that_is_dragged_draws_the_draft_once(self, child: Open) -> None:
        """Rows drawn for a width that is gone already would be broken in ways that cannot be known."""
        terminal = child(PROMPT, columns=40)

        terminal.wait_for("> ")
        terminal.type("some words to wrap around")
        terminal.wait_for("around")
        drawn = len(terminal.raw)
        for columns in (36, 31, 27, 33, 45, 60):
            terminal.resize(columns, 24)

        terminal.wait_for(lambda terminal: b"around" in terminal.raw[drawn:])
        terminal.type("!")
        terminal.wait_for("around!")
        assert terminal.text.count("some words") == terminal.raw[drawn:].count(b"some words") == 1
