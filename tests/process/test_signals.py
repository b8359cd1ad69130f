"""Ctrl-C raises where it may and nowhere else; signals end the program in order; streams can always be written to."""

from __future__ import annotations

import io
import os
import signal
import stat
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from chatcli.process import signals, streams
from chatcli.process.signals import InterruptGate
from tests.conftest import OpenServer
from tests.support.answers import answer
from tests.support.program import ROOT, environment


def press() -> None:
    """Press Ctrl-C; the handler has run when this returns."""
    signal.raise_signal(signal.SIGINT)


@pytest.fixture
def gate() -> Iterator[InterruptGate]:
    made = InterruptGate()
    with made.hold():
        yield made


def test_a_closed_gate_holds_ctrl_c_back(gate: InterruptGate) -> None:
    press()
    press()


def test_an_open_gate_lets_one_ctrl_c_through(gate: InterruptGate) -> None:
    with pytest.raises(KeyboardInterrupt), gate.allow():
        press()


def test_a_second_press_does_not_tear_what_the_first_began(gate: InterruptGate) -> None:
    tidied: list[str] = []

    def press_and_tidy_up() -> None:
        try:
            press()
        finally:
            press()
            tidied.append("all")

    with pytest.raises(KeyboardInterrupt), gate.allow():
        press_and_tidy_up()

    assert tidied == ["all"]


def test_behind_an_open_gate_ctrl_c_is_held_back_again(gate: InterruptGate) -> None:
    with gate.allow():
        pass

    press()


def test_each_opening_lets_one_through(gate: InterruptGate) -> None:
    for _ in range(3):
        with pytest.raises(KeyboardInterrupt), gate.allow():
            press()


def test_a_press_at_the_door_raises_at_once(gate: InterruptGate) -> None:
    entered: list[str] = []
    press()

    with pytest.raises(KeyboardInterrupt), gate.allow():
        entered.append("in")

    assert entered == []
    with gate.allow():
        entered.append("in")
    assert entered == ["in"]


def test_a_press_that_is_forgotten_means_nothing(gate: InterruptGate) -> None:
    press()
    gate.forget()

    with gate.allow():
        pass


def test_an_error_behind_the_gate_closes_it(gate: InterruptGate) -> None:
    with pytest.raises(ValueError, match="x"), gate.allow():
        raise ValueError("x")

    press()


def test_without_a_gate_ctrl_c_is_what_it_was() -> None:
    before = signal.getsignal(signal.SIGINT)

    with InterruptGate().hold():
        assert signal.getsignal(signal.SIGINT) != before

    assert signal.getsignal(signal.SIGINT) == before


def test_another_thread_can_press_ctrl_c(gate: InterruptGate) -> None:
    presser = threading.Thread(target=signals.interrupt_main_thread)

    def wait() -> None:
        presser.start()
        threading.Event().wait(10)

    with pytest.raises(KeyboardInterrupt), gate.allow():
        wait()
    presser.join()


# As libraries write it: the lock is taken in one function, and given back in another.
_LIBRARY = """
import signal, time

class Door:
    def __init__(self, lock):
        self.lock = lock

    def __enter__(self):
        self.lock.acquire()
        signal.raise_signal(signal.SIGINT)
        end_s = time.monotonic() + 0.03
        while time.monotonic() < end_s:
            pass

    def __exit__(self, *error):
        self.lock.release()

def compute():
    signal.raise_signal(signal.SIGINT)
    while True:
        pass

def work():
    signal.raise_signal(signal.SIGINT)
"""


@pytest.fixture
def library() -> dict[str, Any]:
    """The names of a module that stands where libraries stand."""
    names: dict[str, Any] = {}
    exec(compile(_LIBRARY, threading.__file__, "exec"), names)
    return names


def test_ctrl_c_never_leaves_a_lock_of_a_library_behind(gate: InterruptGate, library: dict[str, Any]) -> None:
    """It may come in the very moment after the lock was taken, and would be raised where no one gives it back."""
    lock = threading.Lock()

    with pytest.raises(KeyboardInterrupt), gate.allow(), library["Door"](lock):
        threading.Event().wait(10)

    assert not lock.locked()


def test_a_library_that_computes_puts_ctrl_c_off_for_a_moment_only(
    gate: InterruptGate, library: dict[str, Any]
) -> None:
    with pytest.raises(KeyboardInterrupt), gate.allow():
        library["compute"]()


def test_ctrl_c_that_was_put_off_is_heeded_once(gate: InterruptGate, library: dict[str, Any]) -> None:
    """Nothing is left of it that could stop the next answer."""
    with pytest.raises(KeyboardInterrupt), gate.allow():
        library["work"]()

    with gate.allow():
        assert not threading.Event().wait(0.05)


def test_a_stream_tells_whether_it_is_a_terminal() -> None:
    closed = io.StringIO()
    closed.close()

    assert not streams.is_terminal(io.StringIO())
    assert not streams.is_terminal(closed)


def test_input_is_seen_when_it_is_there() -> None:
    reader, writer = os.pipe()
    with os.fdopen(reader) as stream:
        assert not streams.has_input(stream, 0)
        os.write(writer, b"x")
        assert streams.has_input(stream, 10)
        os.close(writer)
        stream.read()
        assert streams.has_input(stream, 10)  # its end is to be read too


def test_what_cannot_be_waited_for_is_read() -> None:
    assert streams.has_input(io.StringIO(), 10)


def child(code: str, **options: object) -> subprocess.CompletedProcess[bytes]:
    """Run *code* in an interpreter of its own, in which the modules of the process are there."""
    argv = [
        sys.executable,
        "-c",
        f"import os, signal, sys\nfrom chatcli.process import startup, streams, signals\n{code}",
    ]
    env = environment(ROOT, {"LC_ALL": "C", "PYTHONCOERCECLOCALE": "0", "PYTHONUTF8": "0"})
    return subprocess.run(argv, check=False, capture_output=True, env=env, timeout=30, **options)  # type: ignore[call-overload, no-any-return]  # passed on


@pytest.mark.parametrize("name", ["SIGTERM", "SIGHUP", "SIGQUIT"])
def test_a_signal_ends_the_program_in_order_and_a_second_one_does_not_tear_it(name: str) -> None:
    ran = child(f"""
from chatcli.errors import Stopped
signals.raise_on_signals()
try:
    try:
        os.kill(os.getpid(), signal.{name})
    finally:
        os.kill(os.getpid(), signal.{name})
        print("in order")
except Stopped as stopped:
    print(stopped.exit_code)
""")

    assert ran.stdout.split(b"\n")[:2] == [b"in order", b"%d" % (128 + getattr(signal, name))]


def test_what_is_ignored_stays_ignored() -> None:
    ran = child("""
signal.signal(signal.SIGHUP, signal.SIG_IGN)
signals.raise_on_signals()
os.kill(os.getpid(), signal.SIGHUP)
print("still here")
""")

    assert (ran.stdout, ran.returncode) == (b"still here\n", 0)


def test_at_the_end_of_the_process_no_signal_raises_any_more() -> None:
    ran = child("""
signals.raise_on_signals()
signals.ignore_signals()
for name in ("SIGINT", "SIGTERM", "SIGHUP", "SIGQUIT"):
    os.kill(os.getpid(), getattr(signal, name))
print("at its end")
""")

    assert (ran.stdout, ran.stderr, ran.returncode) == (b"at its end\n", b"", 0)


def test_files_are_for_their_owner_alone(tmp_path: Path) -> None:
    child("os.umask(0)\nstartup.set_private_umask()\nopen('file', 'w').close()\nos.mkdir('folder')", cwd=tmp_path)

    assert stat.S_IMODE((tmp_path / "file").stat().st_mode) == 0o600
    assert stat.S_IMODE((tmp_path / "folder").stat().st_mode) == 0o700


def test_pipes_get_utf8_and_plain_newlines_whatever_the_locale() -> None:
    ran = child("streams.repair_streams()\nprint('h\\u00e9\\ud800')\nprint('\\u6f22', file=sys.stderr)")

    assert (ran.stdout, ran.stderr) == (b"h\xc3\xa9?\n", b"\xe6\xbc\xa2\n")


def test_streams_that_a_parent_made_non_blocking_wait_again() -> None:
    """Python would take a silent pipe for its end, and give up on a full one."""
    ran = child("""
for number in range(3):
    os.set_blocking(number, False)
streams.repair_streams()
print([os.get_blocking(number) for number in range(3)])
""")

    assert ran.stdout == b"[True, True, True]\n"


def test_a_stdin_that_cannot_be_read_is_empty() -> None:
    """As `nohup` leaves it in a terminal."""
    ran = child("""
os.dup2(os.open(os.devnull, os.O_WRONLY), 0)
streams.repair_streams()
print([sys.stdin.read()])
""")

    assert ran.stdout == b"['']\n"


def test_streams_that_are_closed_are_in_nobodys_way() -> None:
    ran = child("""
os.set_inheritable(1, True)
code = '''
import os, sys
from chatcli.process import signals, startup, streams
streams.repair_streams()
sys.stderr.write("swallowed")
assert sys.stdin.read() == ""
try:
    sys.stdout.write("x")
except OSError as error:
    assert os.open("/dev/null", os.O_RDONLY) > 2
    os._exit(error.errno)
'''
pid = os.fork()
if pid == 0:
    for number in (0, 1, 2):
        os.close(number)
    os.execv(sys.executable, [sys.executable, "-c", code])
print(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]))
""")

    assert ran.stdout == b"9\n"  # EBADF


def test_what_is_left_unwritten_for_a_reader_that_has_gone_is_abandoned() -> None:
    ran = child("""
reader, writer = os.pipe()
os.dup2(writer, 1)
os.close(writer)
os.close(reader)
sys.stdout.write("never read")
streams.discard_output(sys.stdout, sys.stderr)
""")

    assert (ran.returncode, ran.stderr) == (0, b"")


def test_without_a_terminal_the_answer_is_no() -> None:
    ran = child("from chatcli.terminal.question import confirm; print(confirm('Really?'))", start_new_session=True)

    assert ran.stdout == b"False\n"


_STARTED = """
import gc, sys
from chatcli.__main__ import main
sys.argv = ["chat", *sys.argv[1:]]
gc.enable = lambda: print("on, with", gc.get_freeze_count() > 10_000, file=sys.stderr)
main()
"""


@pytest.mark.parametrize(("words", "seen"), [(("--version",), ""), (("ask", "hi"), "on, with True\n")])
def test_garbage_is_looked_for_when_the_start_is_over(
    server: OpenServer, home: Path, words: tuple[str, ...], seen: str
) -> None:
    place = server(answer("yes")).url if len(words) > 1 else ""
    flags = ("--base-url", place, "-m", "m") if place else ()

    ran = subprocess.run(
        [sys.executable, "-c", _STARTED, *words, *flags],
        capture_output=True,
        env=environment(home),
        stdin=subprocess.DEVNULL,
    )

    assert ran.stderr.decode() == seen
