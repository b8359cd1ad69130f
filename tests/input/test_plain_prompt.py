from __future__ import annotations

import io
import os
import queue
import shlex
import signal
import sys
import termios
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from chatcli.errors import Stopped
from chatcli.input.options import PromptOptions
from chatcli.input.plain_prompt import PlainPrompt
from chatcli.input.prompt_history import HistoryFile
from chatcli.terminal import tty
from chatcli.text.draft import Draft
from tests.support.drafts import typed_of
from tests.support.program import environment
from tests.support.terminal import Terminal

DEADLINE_S = 10
ENTER = "\x1b[13u"  # as a key of its own, so that it is never taken for a part of a paste
CTRL_C, CTRL_D, CTRL_J, CTRL_U, CTRL_W, BACKSPACE = "\x03", "\x04", "\n", "\x15", "\x17", "\x7f"
LONG = "\n".join(f"line {number}" for number in range(11))


class Screen(io.StringIO):
    """Tells anyone who waits what has been written."""

    def __init__(self) -> None:
        super().__init__()
        self._changed = threading.Condition()

    def flush(self) -> None:
        with self._changed:
            self._changed.notify_all()

    def wait_for(self, text: str) -> None:
        with self._changed:
            assert self._changed.wait_for(lambda: text in self.getvalue(), DEADLINE_S), self.getvalue()


class Desk:
    """A plain prompt that reads in a thread of its own."""

    def __init__(self, master: int, source: io.TextIOWrapper, folder: Path, *, by_lines: bool = False) -> None:
        self.now = 100.0
        self.master = master
        self.folder = folder
        self.screen = Screen()
        self.prompt = PlainPrompt(
            PromptOptions(history_file=folder / "history"),
            source=source,
            screen=self.screen,
            clock=lambda: self.now,
            by_lines=by_lines,
        )
        self._results: queue.Queue[Draft | BaseException] = queue.Queue()

    def begin(self, draft: str = "") -> None:
        def read() -> None:
            try:
                self._results.put(self.prompt.read(Draft.by_keys(draft)))
            except (EOFError, Stopped) as error:
                self._results.put(error)

        threading.Thread(target=read, daemon=True).start()
        self.screen.wait_for("> ")

    def type(self, *keys: str, shown: str = "") -> None:
        for key in keys:
            os.write(self.master, key.encode())
        if shown:
            self.screen.wait_for(shown)

    def result(self) -> str | BaseException:
        result = self.draft()
        return result.text if isinstance(result, Draft) else result

    def draft(self) -> Draft | BaseException:
        return self._results.get(timeout=DEADLINE_S)


@pytest.fixture
def line() -> Iterator[tuple[int, io.TextIOWrapper]]:
    """The keyboard's end of a terminal, and the end that a program reads."""
    master, slave = os.openpty()
    with open(slave, encoding="utf-8") as source:  # noqa: PTH123  # a descriptor, not a path
        yield master, source
    os.close(master)


@pytest.fixture
def state(tmp_path: Path, line: tuple[int, io.TextIOWrapper]) -> Desk:
    return Desk(*line, tmp_path)


@pytest.mark.parametrize(
    ("keys", "message"),
    [
        pytest.param(["hello", ENTER], "hello", id="enter"),
        pytest.param([ENTER, " ", ENTER, "a", ENTER], " a", id="empty line does nothing"),
        pytest.param(["a", CTRL_J, "b", "\x1b\r", "c", ENTER], "a\nb\nc", id="newline keys"),
        pytest.param(["a\\", ENTER, "b", ENTER], "a\nb", id="backslash"),
        pytest.param(['"""', ENTER, "a", ENTER, '"""', ENTER], "a", id="block"),
        pytest.param(["a日", BACKSPACE, "b", ENTER], "ab", id="backspace"),
        pytest.param(["one two", CTRL_W, "x", ENTER], "one x", id="ctrl-w"),
        pytest.param(["one", CTRL_J, "two", CTRL_U, CTRL_W, BACKSPACE, "x", ENTER], "one\nx", id="ctrl-u"),
        pytest.param(["a\t\x01\x1b[Ab\x1b[99;1uc\x1b[5~", CTRL_D, ENTER], "abcc", id="other keys"),
        pytest.param(["\x1b[27u", "a", ENTER], "a", id="esc"),
    ],
)
def test_keys_make_the_message(state: Desk, keys: list[str], message: str) -> None:
    state.begin()

    state.type(*keys)

    assert state.result() == message


def test_only_text_newline_and_backspace_are_written(state: Desk) -> None:
    state.begin("dr\x1baft")
    state.type("a日", BACKSPACE, shown="a日\b\b  \b\b")
    state.type("\x1b[200~x\ny\x1b[201~", shown="x\n  y")
    state.now += 1
    state.type(ENTER)

    assert state.result() == "draftax\ny"
    assert state.screen.getvalue() == "> drafta日\b\b  \b\bx\n  y\n"
    (entry,) = HistoryFile(state.folder / "history").read()
    assert (entry.text, typed_of(entry)) == ("draftax\ny", "drafta")


def test_lines_of_a_program_that_shows_them_end_in_a_newline(
    tmp_path: Path, line: tuple[int, io.TextIOWrapper]
) -> None:
    """Emacs sends them so in its shell buffers."""
    state = Desk(*line, tmp_path, by_lines=True)
    state.begin()

    state.type("a日\n")

    assert state.result() == "a日"
    assert state.screen.getvalue() == "> "


@pytest.mark.parametrize(
    ("draft", "keys", "message"),
    [("question", "/undo", "/undo"), ("question", " /etc", "question /etc"), ("Read ", "/etc", "Read /etc")],
)
def test_a_draft_that_was_given_back_is_not_glued_to_a_command(
    state: Desk, draft: str, keys: str, message: str
) -> None:
    state.begin(draft)

    state.type(*keys, ENTER)

    assert state.result() == message


def test_paste_never_sends_and_a_long_one_is_told(state: Desk) -> None:
    state.begin()
    state.type(f"\x1b[200~{LONG}\x1b[201~\r", shown="[Pasted: 11 lines, 77 B]")
    state.type(BACKSPACE, "!", shown="!")
    state.now += 1
    state.type(ENTER)

    assert state.draft() == Draft(LONG) + Draft.by_keys("!")


def test_lost_end_of_a_paste_gives_the_keyboard_back(state: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("chatcli.terminal.key_reader.PASTE_WAIT_S", 0.01)
    state.begin()
    state.type("\x1b[200~abc", shown="abc")
    state.now += 1
    state.type(ENTER)

    assert state.result() == "abc"


def test_ctrl_c_clears_asks_and_leaves(state: Desk) -> None:
    state.begin()
    state.type("abc", shown="abc")
    state.type(CTRL_C, shown="^C\n> ")
    state.type(CTRL_C)
    state.type("x", BACKSPACE, shown="x\b")  # the press before meant nothing
    state.now += 1
    state.type(CTRL_C, shown="\nCtrl+C again or Ctrl+D to exit\n> ")
    state.type(CTRL_C)

    assert isinstance(state.result(), EOFError)


def test_ctrl_d_leaves_an_empty_prompt(state: Desk) -> None:
    state.begin()
    state.type(CTRL_D)

    assert isinstance(state.result(), EOFError)


def test_terminal_is_set_and_put_back(state: Desk) -> None:
    fd = state.prompt._source.fileno()
    before = termios.tcgetattr(fd)
    state.begin("x")
    state.screen.wait_for("> x")
    during = termios.tcgetattr(fd)
    state.type(ENTER)
    state.result()

    assert not during[3] & termios.ISIG
    assert termios.tcgetattr(fd) == before


def test_what_was_typed_ahead_is_read_next(state: Desk) -> None:
    state.begin()
    state.type("one\r\x1b[Atwo")
    assert state.result() == "one"
    state.begin()
    state.screen.wait_for("> two")
    state.type(ENTER)

    assert state.result() == "two"


def test_end_of_the_terminal_is_a_hang_up(tmp_path: Path) -> None:
    master, slave = os.openpty()
    with open(slave, encoding="utf-8") as source:  # noqa: PTH123  # a descriptor, not a path
        state = Desk(master, source, tmp_path)
        state.begin()
        os.close(master)
        stopped = state.result()

    assert isinstance(stopped, Stopped)
    assert stopped.exit_code == 129


def test_without_a_terminal_lines_are_read_as_they_come() -> None:
    screen = io.StringIO()
    source = io.StringIO('one\n\n"""\ntwo\nthree\n"""\nfour\\\nfive\n')
    prompt = PlainPrompt(PromptOptions(), source=source, screen=screen)

    assert [prompt.read().text for _ in range(3)] == ["one", "two\nthree", "four\nfive"]
    with pytest.raises(EOFError):
        prompt.read()


def test_the_standard_streams_are_the_ones_that_are_used(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", io.StringIO("hello\n"))
    monkeypatch.setattr(sys, "stdout", io.StringIO())
    prompt = PlainPrompt(PromptOptions())
    prompt.settle()

    assert prompt.read() == Draft.by_keys("hello")


PLAIN = """
from chatcli.input.options import PromptOptions
from chatcli.input.plain_prompt import PlainPrompt
import sys
prompt = PlainPrompt(PromptOptions())
print("got", repr(prompt.read().text), "prompt_toolkit" in sys.modules, flush=True)
"""


def test_suspending_and_coming_back_shows_the_line(home: Path) -> None:
    (home / "program.py").write_text(PLAIN)
    changes = {"PS1": "$ ", "TERM": "dumb", "PROGRAM": shlex.join([sys.executable, f"{home}/program.py"])}
    argv = ["bash", "--norc", "--noprofile", "--noediting", "-i"]
    with Terminal.run(argv, environment(home, changes)) as terminal:
        terminal.wait_for("$")
        before = terminal.termios()
        terminal.type('eval "$PROGRAM"\r')
        terminal.wait_for("> ")
        terminal.type("draft")
        terminal.wait_for("> draft")

        terminal.press("ctrl-z")
        terminal.wait_for("Stopped")
        deadline = time.monotonic() + DEADLINE_S
        while terminal.termios() != before:
            assert time.monotonic() < deadline
        terminal.type("fg\r")
        terminal.wait_for(lambda _: terminal.text.count("> draft") == 2)
        terminal.press("enter")

        terminal.wait_for("got 'draft' False")
        assert b"\x1b" not in terminal.raw


def test_job_control_that_a_parent_switched_off_stays_off(state: Desk) -> None:
    previous = signal.signal(signal.SIGTSTP, signal.SIG_IGN)
    try:
        with tty.Silence(state.prompt._source):
            assert signal.getsignal(signal.SIGTSTP) is signal.SIG_IGN
    finally:
        signal.signal(signal.SIGTSTP, previous)
