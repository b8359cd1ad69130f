"""What typing costs: `python -m tests.bench.repl [--turns 1000] [--peer NAME=COMMAND]`.

The program runs in a terminal of 80 by 24. A key is echoed when its letter comes back: p50 and p99 over 200 keys, each
typed when the screen has been quiet. Then: the first list behind `@` in a tree of 100 000 files without git, the CPU
time of five idle seconds, and the memory after so many turns. Peers are measured at their own first prompt.

A busy machine adds what it likes to single keys; the figures are the median of three runs.
"""

from __future__ import annotations

import argparse
import os
import random
import select
import shlex
import statistics
import subprocess
import tempfile
import termios
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

from chatcli.conversation.tree import ChatState
from chatcli.store.database import Database
from chatcli.store.journal import ChatJournal
from chatcli.store.leases import Owner
from tests.bench.store import chat_of
from tests.support.answers import answer, chunk, sse, stream_head
from tests.support.program import CHAT, environment
from tests.support.server import Server, Sleep

RUNS = 3
KEYS = 200
FIRST_LETTER = 0x4E00  # each key is another character: what is drawn again and again holds those before
LONG_CHAT = 5_000
FILES = 100_000
_QUIET_S, _DEADLINE_S, _IDLE_S = 0.02, 60.0, 5.0
_TICKS = os.sysconf("SC_CLK_TCK")


class Console:
    """A program in a terminal."""

    def __init__(self, argv: Sequence[str], env: Mapping[str, str], cwd: Path) -> None:
        self._master, slave = os.openpty()
        termios.tcsetwinsize(slave, (24, 80))
        self.process = subprocess.Popen(argv, stdin=slave, stdout=slave, stderr=slave, env=env, cwd=cwd)
        os.close(slave)

    def type(self, text: str) -> None:
        """Type *text* at once."""
        os.write(self._master, text.encode())

    def wait_for(self, text: str) -> float:
        """Read until *text* was written; return the seconds that took."""
        begin, data = time.perf_counter(), b""
        while text.encode() not in data:
            if time.perf_counter() - begin > _DEADLINE_S or self.process.poll() is not None:
                message = f"{text!r} was not written, but {data[-300:]!r}"
                raise RuntimeError(message)
            data = data[-4096:] + self._read(0.1)
        return time.perf_counter() - begin

    def settle(self, quiet_s: float = _QUIET_S) -> None:
        """Read until nothing has come for a moment, but no longer than ten of them."""
        end = time.perf_counter() + 10 * quiet_s
        while self._read(quiet_s) and time.perf_counter() < end:
            pass

    def echoes(self, keys: int = KEYS) -> list[float]:
        """Return the milliseconds from each of so many keys to its letter."""
        found = []
        for number in range(keys):
            if number and number % 30 == 0:
                self.type("\x15")
                self.wait_for("\x1b[K")
            self.settle()
            letter = chr(FIRST_LETTER + number)
            self.type(letter)
            found.append(self.wait_for(letter) * 1000)
        self.type("\x15")
        return found

    def cpu_s(self) -> float:
        """Return the seconds of CPU time so far."""
        fields = Path(f"/proc/{self.process.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / _TICKS

    def memory_mb(self) -> float:
        """Return the resident memory."""
        return int(Path(f"/proc/{self.process.pid}/statm").read_text().split()[1]) * os.sysconf("SC_PAGESIZE") / 1e6

    def close(self) -> None:
        """End the program."""
        self.process.kill()
        self.process.wait()
        os.close(self._master)

    def _read(self, wait_s: float) -> bytes:
        if not select.select([self._master], [], [], wait_s)[0]:
            return b""
        try:
            return os.read(self._master, 1 << 16)
        except OSError:
            return b""


@contextmanager
def console(home: Path, *words: str, server: Server, cwd: Path | None = None) -> Iterator[Console]:
    """Open a conversation and wait for its prompt."""
    opened = Console([*CHAT, "--base-url", server.url, "-m", "m", *words], environment(home), cwd or home)
    try:
        opened.wait_for("m@")
        opened.settle(0.3)
        yield opened
    finally:
        opened.close()


def at_the_prompt(home: Path, *words: str) -> list[float]:
    """Return the echoes at a prompt."""
    with Server(always=answer("Paris")) as server, console(home, *words, server=server) as opened:
        return opened.echoes()


def while_streaming(home: Path) -> list[float]:
    """Return the echoes below an answer of which a piece comes every 10 ms."""
    pieces = [step for number in range(3000) for step in (sse(chunk(f"word{number} "), done=False), Sleep(0.01))]
    with Server([stream_head(), *pieces]) as server, console(home, server=server) as opened:
        opened.type("q\r")
        opened.wait_for("word9")
        return opened.echoes(KEYS // 2)


def while_completing(home: Path, tree: Path) -> tuple[list[float], float]:
    """Return the echoes of letters behind `@` in a large tree, and the milliseconds to its first list."""
    with Server(always=answer("Paris")) as server, console(home, server=server, cwd=tree) as opened:
        opened.type("@")
        first = opened.wait_for("file") * 1000
        opened.settle(1.0)
        found = []
        for _ in range(KEYS // 10):
            for letter in "file_12":
                opened.settle()
                opened.type(letter)
                found.append(opened.wait_for(letter) * 1000)
            opened.type("\x15@")
        return found, first


def idle(home: Path, turns: int) -> tuple[float, float, float]:
    """Return the share of a CPU in idle seconds, and the megabytes at the beginning and after *turns* turns."""
    with Server(always=answer("Paris is the capital of France.")) as server, console(home, server=server) as opened:
        fresh, before = opened.memory_mb(), opened.cpu_s()
        opened.settle(_IDLE_S)
        share = (opened.cpu_s() - before) / _IDLE_S
        for number in range(turns):
            opened.type(f"{number}?\r")
            opened.wait_for(f"{number + 2} \x1b")
        return share, fresh, opened.memory_mb()


def fill_tree(folder: Path) -> Path:
    """Write a tree of empty files and return it."""
    for place in range(FILES // 500):
        below = folder / f"dir_{place // 20}" / f"sub_{place}"
        below.mkdir(parents=True)
        for number in range(500):
            (below / f"file_{place}_{number}.py").touch()
    (folder / "file_first.py").touch()
    return folder


def store_long_chat(home: Path) -> None:
    """Store a chat of many turns, which `-c` continues."""
    path = home / ".local" / "share" / "chatcli" / "history.db"
    path.parent.mkdir(parents=True, mode=0o700)
    database = Database(path)
    tree = chat_of(LONG_CHAT, random.Random(1))
    ChatJournal(database, "01ZZZZ", Owner.here()).adopt(tree.nodes, ChatState(tree.head, "m", "openai"))
    database.close()


def report(name: str, measure: Callable[[], list[float]]) -> None:
    """Print the medians of the runs' p50 and p99."""
    runs = [sorted(measure()) for _ in range(RUNS)]
    p50 = statistics.median(run[len(run) // 2] for run in runs)
    p99 = statistics.median(run[int(len(run) * 0.99)] for run in runs)
    print(f"{name:40} p50 {p50:6.1f} ms   p99 {p99:6.1f} ms")


def peer(command: str, home: Path) -> list[float]:
    """Return the echoes at the prompt of another program."""
    opened = Console(shlex.split(command), environment(home), home)
    try:
        opened.settle(3.0)
        return opened.echoes()
    finally:
        opened.close()


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--turns", type=int, default=1000)
    parser.add_argument("--peer", action="append", default=[])
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        home = Path(name)
        (home / "empty").mkdir()
        report("empty chat", lambda: at_the_prompt(home / "empty"))
        (home / "long").mkdir()
        store_long_chat(home / "long")
        report(f"chat of {LONG_CHAT} turns", lambda: at_the_prompt(home / "long", "-c"))
        report("while an answer streams", lambda: while_streaming(home / "empty"))
        tree = fill_tree(home / "tree")
        report(f"completing among {FILES} files", lambda: while_completing(home / "empty", tree)[0])
        firsts = [while_completing(home / "empty", tree)[1] for _ in range(RUNS)]
        print(f"{'first list behind @':40} {statistics.median(firsts):10.0f} ms")
        share, fresh, grown = idle(home / "empty", options.turns)
        print(f"{'idle':40} {share:10.1%} of a CPU")
        print(f"{'memory':40} {fresh:10.0f} MB, {grown:.0f} MB after {options.turns} turns")
        for given in options.peer:
            title, _, command = given.partition("=")
            report(title, lambda command=command: peer(command, home / "empty"))  # type: ignore[misc]


if __name__ == "__main__":
    main()
