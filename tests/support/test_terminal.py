from __future__ import annotations

import os
import select
import signal
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from tests.support.keys import encode
from tests.support.program import environment
from tests.support.terminal import Terminal

Open = Callable[..., Terminal]

# Shows every byte it reads, in raw mode, until it reads a `q`; then it leaves the terminal as it found it.
BYTES = """
import os, termios, tty
before = termios.tcgetattr(0)
tty.setraw(0)
print("ready", end="", flush=True)
while (data := os.read(0, 1000)) != b"q":
    print(data.hex(" "), end="", flush=True)
termios.tcsetattr(0, termios.TCSANOW, before)
"""


def never(terminal: Terminal) -> bool:
    return False


@pytest.fixture
def child(home: Path) -> Iterator[Open]:
    with ExitStack() as stack:
        yield lambda code, **options: stack.enter_context(
            Terminal.run([sys.executable, "-c", code], environment(home), **options)
        )


def test_what_is_typed_and_written_is_on_the_screen(child: Open) -> None:
    terminal = child("print('Hello', input('name? '))")

    terminal.wait_for("name? ")
    terminal.type("wörld")
    terminal.press("enter")

    assert terminal.wait_exit() == 0
    assert terminal.screen[:2] == ["name? wörld", "Hello wörld"]
    assert terminal.raw == "name? wörld\r\nHello wörld\r\n".encode()


def test_ctrl_c_is_a_signal_to_the_program(child: Open) -> None:
    terminal = child(
        "import signal\ntry:\n print('up', flush=True); signal.pause()\nexcept KeyboardInterrupt: raise SystemExit(42)"
    )

    terminal.wait_for("up")
    terminal.press("ctrl-c")

    assert terminal.wait_exit() == 42


def test_raw_mode_is_seen_and_its_end(child: Open) -> None:
    terminal = child(BYTES)

    terminal.wait_for("ready")
    assert not terminal.is_cooked()
    terminal.type("q")

    assert terminal.wait_exit() == 0
    assert terminal.is_cooked()


def test_paste_stands_between_marks_with_returns_for_newlines(child: Open) -> None:
    terminal = child(BYTES, columns=200)

    terminal.wait_for("ready")
    terminal.paste("a\r\nb\nc")

    terminal.wait_for("1b 5b 32 30 30 7e 61 0d 62 0d 63 1b 5b 32 30 31 7e")


def test_scrollback_holds_what_left_the_screen(child: Open) -> None:
    terminal = child("for number in range(60): print(number)", rows=5)

    terminal.wait_exit()

    assert terminal.screen == ["56", "57", "58", "59", ""]
    assert terminal.history == [*map(str, range(60)), ""]


def test_program_never_waits_for_its_reader(child: Open) -> None:
    terminal = child("print('x' * 100_000, end='')")

    assert terminal.wait_exit() == 0
    assert len(terminal.raw) == 100_000


def test_new_size_is_told_to_the_program(child: Open) -> None:
    terminal = child(
        # Written past the buffers, which the handler may find in the middle of a write.
        "import os, signal\ndef tell(*_): os.write(1, f'{os.get_terminal_size()}\\n'.encode())\n"
        "signal.signal(signal.SIGWINCH, tell)\ntell()\nwhile True: signal.pause()",
        columns=50,
        rows=10,
    )

    terminal.wait_for("columns=50, lines=10")
    terminal.resize(40, 12)

    terminal.wait_for("columns=40, lines=12")
    assert len(terminal.screen) == 12


def test_closing_the_window_hangs_up(child: Open) -> None:
    terminal = child("import signal; print('up', flush=True); signal.pause()")

    terminal.wait_for("up")
    terminal.hang_up()

    assert terminal.process.wait(10) == -signal.SIGHUP


def test_terminal_is_the_controlling_one(child: Open) -> None:
    terminal = child("print('from', open('/dev/tty').readline())")

    terminal.type("here\n")

    assert terminal.wait_exit() == 0
    assert "from here" in terminal.text


def test_signal_that_ends_the_program_is_its_code(child: Open) -> None:
    terminal = child("import signal; print('up', flush=True); signal.pause()")

    terminal.wait_for("up")
    terminal.signal(signal.SIGTERM)

    assert terminal.wait_exit() == 128 + signal.SIGTERM


def test_waiting_in_vain_shows_screen_and_bytes(child: Open) -> None:
    terminal = child("import signal; print('\\x1b[1mseen', flush=True); signal.pause()")
    terminal.wait_for("seen")

    with pytest.raises(AssertionError) as failure:
        terminal.wait_for("unseen", timeout_s=0.05)

    assert "expected 'unseen' within 0.05 s; the program is running" in str(failure.value)
    assert "|seen|" in str(failure.value)
    assert r"\x1b[1mseen" in str(failure.value)


def test_waiting_ends_at_once_with_the_program(child: Open) -> None:
    terminal = child("raise SystemExit(3)")

    with pytest.raises(AssertionError, match=r"has ended with|is running"):
        terminal.wait_for(never, timeout_s=1000)


def test_waiting_for_the_end_has_its_limit(child: Open) -> None:
    terminal = child("import signal; signal.pause()")

    with pytest.raises(AssertionError, match=r"expected the program to end within 0\.05 s"):
        terminal.wait_exit(timeout_s=0.05)


def test_terminal_takes_all_its_programs_with_it(home: Path) -> None:
    """The kernel closes a pipe that two processes hold only when both are gone."""
    os.mkfifo(home / "held")
    code = "import os, signal; held = open('held', 'w'); os.fork(); print('up', flush=True); signal.pause()"
    with Terminal.run([sys.executable, "-c", code], environment(home), cwd=home) as terminal:
        pipe = os.open(home / "held", os.O_RDONLY)
        terminal.wait_for(lambda it: it.text.count("up") == 2)

    readable, _, _ = select.select([pipe], [], [], 10)
    assert readable
    assert os.read(pipe, 1) == b""
    os.close(pipe)


@pytest.mark.parametrize(
    ("name", "sent"),
    [
        ("enter", b"\r"),
        ("ctrl-c", b"\x03"),
        ("ctrl-_", b"\x1f"),
        ("ctrl-x", b"\x18"),
        ("alt-enter", b"\x1b\r"),
        ("alt-f", b"\x1bf"),
        ("escape", b"\x1b"),
        ("é", "é".encode()),
    ],
)
def test_keys_send_what_terminals_send(name: str, sent: bytes) -> None:
    assert encode(name) == sent


def test_unknown_key_is_an_error() -> None:
    with pytest.raises(ValueError, match="no key is called 'crtl-c'"):
        encode("crtl-c")
