"""The first keys are echoed before the program is imported, and whatever happens then leaves the terminal as it was.

The program is held up where it would import the rest: it waits at a gate, a named pipe, until the test opens that.
"""

from __future__ import annotations

import os
import random
import shlex
import signal
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import pytest

from chatcli.files.own import app_dirs, write_private
from chatcli.files.prompt_stamp import stamp
from tests.store.conftest import Shelf
from tests.support.program import CHAT, environment
from tests.support.terminal import Terminal
from tests.tooling.first_keys import difference, draw, see_prompt

BEGIN = """
import os, sys
from chatcli.terminal import first_line
sys.argv[:] = ["chat", *os.environ.get("WORDS", "").split()]
first_line._LEAVE_S = float(os.environ.get("LEAVE_S", "1"))
with first_line.FirstLine() as line:
    open(os.environ["GATE"]).close()
"""
PROGRAM = """
    from chatcli.cli.main import main
    main(line)
"""
GREETING = "Ask the guide"
PASTE_MARKS = 2004
ROOM = 10  # columns


@contextmanager
def at_the_gate(
    home: Path, then: str = "", *, columns: int = 80, env: Mapping[str, str] | None = None
) -> Iterator[Terminal]:
    """Start a program that does *then* after the gate, in a home where a prompt was seen before."""
    merged = environment(home, {"GATE": str(home / "gate"), **(env or {})})
    write_stamp(merged)
    os.mkfifo(home / "gate")
    with Terminal.run([sys.executable, "-c", BEGIN + then], merged, cwd=home, columns=columns) as terminal:
        terminal.wait_for(">" if columns >= ROOM else lambda _: True)  # before, the system echoes what is typed
        yield terminal


def write_stamp(env: Mapping[str, str]) -> None:
    dirs = app_dirs(env)
    write_private(dirs.prompt_stamp, stamp(env, str(dirs.config_file)))


def open_gate(home: Path) -> None:
    (home / "gate").write_bytes(b"")


def rows(terminal: Terminal) -> list[str]:
    """Return the rows with something in them, from the mark on."""
    shown = [row for row in terminal.screen if row]
    return shown[next(number for number, row in enumerate(shown) if row.startswith(">")) :]


def test_keys_are_echoed_at_once_and_stand_in_the_prompt_below_the_greeting(home: Path) -> None:
    with at_the_gate(home, PROGRAM) as terminal:
        terminal.type("help\x7f日本\x7f né")
        terminal.wait_for("> hel日 né")
        assert PASTE_MARKS in terminal.modes
        terminal.type("\x1b[D\x1b[D\x1b[200~two\rlines\x1b[201~\x01")
        open_gate(home)
        terminal.wait_for(GREETING)
        terminal.wait_for("lines")
        terminal.type("X")
        terminal.wait_for("Xlines")

        assert rows(terminal) == ["> hel日 two", "  Xlinesné", "guide"]
        assert terminal.text.count("hel日") == 1
        terminal.press("ctrl-c", "ctrl-d")
        assert terminal.wait_exit() == 0


def test_a_chat_that_goes_on_is_shown_above_the_keys(home: Path) -> None:
    Shelf(app_dirs(environment(home)).history).put("01A0", "Which city?", "Oslo, by the fjord.")
    with at_the_gate(home, PROGRAM, env={"WORDS": "-c"}) as terminal:
        terminal.type("and then")
        terminal.wait_for("> and then")
        open_gate(home)
        terminal.wait_for("2 > and then")

        shown = [row for row in terminal.screen if row]
        assert shown.index("Oslo, by the fjord.") == shown.index("2 > and then") - 1
        assert terminal.text.count("and then") == 1
        terminal.press("ctrl-c", "ctrl-d")
        assert terminal.wait_exit() == 0


def test_where_no_chat_can_go_on_the_line_gives_way(home: Path) -> None:
    with at_the_gate(home, PROGRAM, env={"WORDS": "-c"}) as terminal:
        terminal.type("and then")
        terminal.wait_for("> and then")
        open_gate(home)

        assert terminal.wait_exit() == 2
        assert_given_back(terminal)
        assert "no chat" in terminal.screen[0]


@pytest.mark.parametrize("words", [[], ["-c"], ["--continue"], ["-c", "--plain"], ["ask"], ["-V"]])
def test_only_lines_that_end_at_the_usual_prompt_begin_with_it(home: Path, words: list[str]) -> None:
    write_stamp(environment(home))
    with Terminal.run([*CHAT, *words], environment(home), cwd=home) as terminal:
        terminal.wait_for(lambda it: bool(it.raw))

        assert terminal.raw.startswith(b"\x1b[?2004h") == (words in ([], ["-c"], ["--continue"]))


@pytest.mark.parametrize("name", ["SIGTERM", "SIGHUP", "SIGINT", "SIGQUIT"])
def test_a_signal_ends_the_program_and_gives_the_terminal_back(home: Path, name: str) -> None:
    with at_the_gate(home) as terminal:
        terminal.type("ab")
        terminal.wait_for("> ab")
        assert not terminal.is_cooked()
        number = signal.Signals[name]
        terminal.signal(number)

        assert terminal.wait_exit() == 128 + number
        assert_given_back(terminal)


def assert_given_back(terminal: Terminal) -> None:
    assert terminal.is_cooked()
    assert not any(row.startswith(">") for row in terminal.screen)
    assert PASTE_MARKS not in terminal.modes


def test_a_start_that_fails_gives_the_terminal_back_before_it_says_so(home: Path) -> None:
    with at_the_gate(home, "    import nowhere") as terminal:
        terminal.type("ab")
        terminal.wait_for("> ab")
        open_gate(home)

        assert terminal.wait_exit() == 1
        assert_given_back(terminal)
        assert terminal.screen[0].startswith("Traceback")
        assert "nowhere" in terminal.text


def test_ctrl_c_twice_leaves_a_start_that_hangs(home: Path) -> None:
    with at_the_gate(home, env={"LEAVE_S": "0"}) as terminal:
        terminal.press("ctrl-c", "x", "ctrl-c")
        terminal.type("ab\x7f\x7f")
        terminal.press("ctrl-c", "ctrl-c")

        assert terminal.wait_exit() == 128 + signal.SIGINT
        assert_given_back(terminal)


def test_one_ctrl_c_clears_the_draft_at_the_prompt_and_keys_keep_their_order(home: Path) -> None:
    with at_the_gate(home, PROGRAM) as terminal:
        terminal.type("wrong")
        terminal.wait_for("> wrong")
        terminal.press("ctrl-c")
        terminal.type("right")
        open_gate(home)
        terminal.wait_for("> right")

        assert rows(terminal) == ["> right", "guide"]


def test_ctrl_d_on_an_empty_line_leaves_as_at_the_prompt(home: Path) -> None:
    with at_the_gate(home, PROGRAM) as terminal:
        terminal.press("ctrl-d")
        open_gate(home)

        assert terminal.wait_exit() == 0
        assert terminal.is_cooked()
        assert PASTE_MARKS not in terminal.modes


NOTE = """
    print("first of all", file=sys.stderr)
    is_cooked = __import__("termios").tcgetattr(0) == line._found
    print("as it was:", is_cooked, line.hand_over() is None)
"""


def test_whatever_is_written_stands_where_the_line_was(home: Path) -> None:
    with at_the_gate(home, NOTE + PROGRAM) as terminal:
        terminal.type("ab")
        terminal.wait_for("> ab")
        open_gate(home)
        terminal.wait_for(GREETING)
        terminal.wait_for("> ab")

        assert terminal.screen[:2] == ["first of all", "as it was: True True"]
        assert rows(terminal) == ["> ab", "guide"]


QUESTION = """
    from chatcli.cli.start import _confirming
    print("agreed:", _confirming(line)("Really?"))
"""


def test_no_question_is_answered_by_keys_that_were_there_before_it(home: Path) -> None:
    with at_the_gate(home, QUESTION + PROGRAM) as terminal:
        terminal.type("y")
        terminal.wait_for("> y")
        terminal.press("enter")
        open_gate(home)
        terminal.wait_for("Really? [y/N]")
        assert "agreed" not in terminal.text
        terminal.type("n\n")

        terminal.wait_for("agreed: False")
        terminal.wait_for("> y")  # sent, for it was typed


def test_a_narrower_window_leaves_nothing_of_the_row(home: Path) -> None:
    with at_the_gate(home, "    print('gone')", columns=40, env={"TERM": "xterm", "XTERM_VERSION": ""}) as terminal:
        terminal.type("x" * 50)
        terminal.wait_for("> " + "x" * 37)
        terminal.resize(20, 24)
        open_gate(home)

        assert terminal.wait_exit() == 0
        assert [row for row in terminal.history if row] == ["gone"]


# Runs the rest as a job in the foreground of the terminal, as a shell does, and stops and continues it on request.
SHELL = r"""
import os, signal, sys
signal.signal(signal.SIGTTOU, signal.SIG_IGN)
job = os.fork()
if not job:
    os.setpgid(0, 0)
    os.tcsetpgrp(0, os.getpid())
    signal.signal(signal.SIGTTOU, signal.SIG_DFL)
    os.execv(sys.executable, [sys.executable, "-c", sys.argv[1]])
for wish in open(os.environ["GATE"] + ".shell"):
    if wish == "stop\n":
        os.kill(job, signal.SIGTSTP)
    if wish in ("stop\n", "wait\n"):
        os.waitpid(job, os.WUNTRACED)
        os.tcsetpgrp(0, os.getpid())
        print("stopped")
    else:
        os.tcsetpgrp(0, job)
        os.killpg(job, signal.SIGCONT)
os.waitpid(job, 0)
"""


@pytest.mark.parametrize("by_key", [False, True], ids=["by another program", "by its key"])
def test_a_stop_gives_the_terminal_back_and_keeps_what_was_typed(home: Path, *, by_key: bool) -> None:
    env = environment(home, {"GATE": str(home / "gate")})
    write_stamp(env)
    os.mkfifo(home / "gate")
    os.mkfifo(home / "gate.shell")
    with Terminal.run([sys.executable, "-c", SHELL, BEGIN + PROGRAM], env, cwd=home) as terminal:
        terminal.wait_for(">")
        terminal.type("ab")
        terminal.wait_for("> ab")
        with (home / "gate.shell").open("w", buffering=1) as shell:
            if by_key:
                terminal.press("ctrl-z")
                open_gate(home)
            shell.write("wait\n" if by_key else "stop\n")
            terminal.wait_for("stopped")
            assert terminal.is_cooked()
            assert PASTE_MARKS not in terminal.modes
            shell.write("go on\n")
            if not by_key:
                open_gate(home)
            terminal.wait_for(lambda _: [row for row in terminal.screen if row][-2:] == ["> ab", "guide"])
            terminal.press("ctrl-c", "ctrl-d")

        assert terminal.wait_exit() == 0
        assert terminal.is_cooked()


SHOWN = """
import os, sys
from chatcli.terminal import first_line
sys.argv[:] = ["chat"]
for name, value in [("", ""), *(pair.split("=") for pair in sys.stdin.readline().split())]:
    before = dict(os.environ)
    os.environ[name or "NOTHING"] = value
    with first_line.FirstLine() as line:
        is_shown = bool(line._found)
    print(f"{name}={value} {'shown' if is_shown else 'ordinary'}")
    os.environ.clear()
    os.environ.update(before)
"""


def test_where_anything_speaks_against_it_there_is_no_line(home: Path) -> None:
    env = environment(home)
    write_stamp(env)
    against = ["TERM=dumb", "TERM=", "CHAT_PLAIN=1", "CHAT_CONFIG=/other", "_CHAT_COMPLETE=bash_complete"]
    with Terminal.run([sys.executable, "-c", SHOWN], env, cwd=home) as terminal:
        terminal.type(" ".join([*against, "UNRELATED=1"]) + "\n")

        assert terminal.wait_exit() == 0
        found = dict(row.rsplit(" ", 1) for row in terminal.screen if row.endswith(("shown", "ordinary")))
        assert found == {"=": "shown", "UNRELATED=1": "shown"} | dict.fromkeys(against, "ordinary")


@pytest.mark.parametrize("columns", [ROOM - 1, ROOM])
def test_a_window_without_room_has_no_line(home: Path, columns: int) -> None:
    with at_the_gate(home, "    print(len(line.arrivals))", columns=columns) as terminal:
        open_gate(home)

        assert terminal.wait_exit() == 0
        assert (b">" in terminal.raw) == (columns == ROOM)


@pytest.mark.parametrize("seed", range(4))
def test_keys_typed_at_any_moment_of_the_start_mean_what_they_mean_later(home: Path, seed: int) -> None:
    """A sample; `tests.tooling.first_keys` draws more."""
    see_prompt(home)

    assert difference(home, draw(random.Random(seed))) == ""


def test_a_first_start_after_a_crash_and_with_keys_typed_before_it_looks_like_any_other(home: Path) -> None:
    """There is no stamp, the terminal was left raw, and has echoed the keys itself."""
    command = ["sh", "-c", f"read go; stty raw; exec {shlex.quote(sys.executable)} -m chatcli"]
    with Terminal.run(command, environment(home), cwd=home) as terminal:
        terminal.type("go\nearly")
        terminal.wait_for("> early")

        rows = [row for row in terminal.screen if row.strip()]
        assert [row for row in rows if "early" in row] == ["> early"]
        assert [row for row in rows if row.startswith(" ")] == []
        assert b"\x1b[?2004h\x1b[0;1m> " in terminal.raw.partition(b"/help")[0], "the first line was shown"
