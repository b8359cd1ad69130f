"""What showing a reply costs: CPU, bytes and delay, beside other ways to show one.

    python tests/bench/render.py                      every renderer, 5 and 50 kB, both rates, both screens
    python tests/bench/render.py --sizes 500 --rates 1000 --renderers ours --screens 80x24
    python tests/bench/render.py --renderers ours tail streamdown --streamdown PATH    a program of another project

A child replays a reply in deltas of 1 to 6 characters at a fixed rate into a pseudo-terminal. The parent stamps what
comes out: the delay of a word is the time from the delta that completes it to its last byte on the other side. CPU is
the child's, without imports and without what a child takes that shows nothing at the same rate, in multiples of
rendering the whole text once with rich; so are the bytes. Streamdown is a program that reads a pipe: what it takes to
start is measured with an empty text and taken off too.
"""

from __future__ import annotations

import argparse
import fcntl
import io
import itertools
import json
import os
import pty
import random
import re
import resource
import select
import statistics
import struct
import subprocess
import sys
import tempfile
import termios
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

RENDERERS = ("plain", "ours", "tail", "naive")
STREAMDOWN = "CHAT_BENCH_STREAMDOWN"
_ESCAPE = re.compile(r"\x1b(?:\[[0-9;?]*[a-zA-Z]|\]8;[^\x1b]*\x1b\\)|\r?\n[ \u258c|]*|\r")
_MARK = re.compile(r"q[a-z]{4}x")
_SENTENCES = (
    "the quick brown fox jumps over a lazy dog while seven wizards boil their tea and nobody in town "
    "knows why it should take so long to write one short sentence about streams of text"
)
_WORDS = _SENTENCES.split()
_CJK = "这是一个用来测试换行的中文段落因为没有空格所以可以在任何字符之间断开"


class Renderer(Protocol):
    """Shows deltas."""

    def show(self, delta: str) -> None: ...

    def close(self) -> None: ...


@dataclass(frozen=True, slots=True)
class Measured:
    """One replay: CPU in seconds, bytes written, and for each word the delay in seconds."""

    cpu_s: float
    written_bytes: int
    delays_s: list[float]

    def delay_ms(self, percent: int) -> float:
        """Return the delay that *percent* of the words do not exceed."""
        ordered = sorted(self.delays_s) or [float("nan")]
        return 1000 * ordered[min(len(ordered) - 1, len(ordered) * percent // 100)]


# What is shown ------------------------------------------------------------------------------------------------------


def reply(size_bytes: int) -> str:
    """Return a reply of prose, lists, code, tables and CJK, with a unique word in every sentence."""
    chance = random.Random(size_bytes)
    marks = (f"q{''.join(letters)}x" for letters in itertools.product("abcdefghijklmnopqrstuvwxyz", repeat=4))
    kinds = (_prose, _prose, _list, _code, _prose, _table, _chinese)
    text = ""
    for number, kind in enumerate(itertools.cycle(kinds)):
        if len(text.encode()) >= size_bytes:
            return text
        text += f"## Part {number}\n\n" if number % 5 == 0 else ""
        text += kind(chance, marks) + "\n\n"
    raise AssertionError("a cycle does not end")


def deltas(text: str) -> list[str]:
    """Return *text* in pieces of 1 to 6 characters."""
    chance, pieces, place = random.Random(1), [], 0
    while place < len(text):
        size = chance.randint(1, 6)
        pieces.append(text[place : place + size])
        place += size
    return pieces


def _sentence(chance: random.Random, marks: Iterator[str]) -> str:
    words = chance.choices(_WORDS, k=chance.randint(6, 16))
    words[0] = words[0].capitalize()
    words[2] = f"**{words[2]} {words[3]}**" if chance.random() < 0.3 else words[2]
    words[4] = f"`{words[4]}`" if chance.random() < 0.3 else words[4]
    return " ".join([*words, next(marks)]) + "."


def _prose(chance: random.Random, marks: Iterator[str]) -> str:
    return " ".join(_sentence(chance, marks) for _ in range(chance.randint(3, 7)))


def _list(chance: random.Random, marks: Iterator[str]) -> str:
    return "\n".join(f"{number}. {_sentence(chance, marks)}" for number in range(1, chance.randint(4, 9)))


def _code(chance: random.Random, marks: Iterator[str]) -> str:
    lines = [
        f"    {next(marks)} = compute({chance.randint(1, 99)}, 'text')  # why" for _ in range(chance.randint(5, 25))
    ]
    return "\n".join(["```python", "def work(value: int) -> str:", *lines, "    return value", "```"])


def _table(chance: random.Random, marks: Iterator[str]) -> str:
    rows = [f"| {chance.choice(_WORDS)} | {chance.randint(1, 999)} | {next(marks)} |" for _ in range(8)]
    return "\n".join(["| Name | Count | Remark |", "|:-----|------:|--------|", *rows])


def _chinese(chance: random.Random, marks: Iterator[str]) -> str:
    start = chance.randint(0, 10)
    return "，".join(_CJK[start:] + f" {next(marks)} " for _ in range(3)) + "。"


# The child ----------------------------------------------------------------------------------------------------------


class Plain:
    """Prints what comes."""

    def show(self, delta: str) -> None:
        sys.stdout.write(delta)
        sys.stdout.flush()

    def close(self) -> None:
        sys.stdout.write("\n")
        sys.stdout.flush()


class Nothing:
    """Shows nothing: what replaying costs by itself."""

    def show(self, delta: str) -> None:
        """Do nothing."""

    def close(self) -> None:
        """Do nothing."""


class Ours:
    """A turn of ours."""

    def __init__(self) -> None:
        import chatcli.render.turn
        from chatcli.conversation.messages import Text
        from chatcli.render.highlight import CodeHighlighter
        from chatcli.render.live import LiveTurn, Look
        from chatcli.render.theme import console_for

        chatcli.render.turn.TurnScreen(Look(), (80, 24), begun_s=0)
        CodeHighlighter("python", console_for(Look())).line("x = 1")
        self._text = Text
        self._turn = LiveTurn(sys.stdout, size=_screen_size, look=Look())
        self._turn.__enter__()

    def show(self, delta: str) -> None:
        self._turn.show(self._text(delta))

    def close(self) -> None:
        self._turn.__exit__(None, None, None)


class Naive:
    """The whole text through rich again and again."""

    def __init__(self) -> None:
        from rich.console import Console
        from rich.live import Live
        from rich.markdown import Markdown

        self._markdown = Markdown
        self._text = ""
        self._live = Live(console=Console(force_terminal=True), refresh_per_second=12)
        self._live.start()

    def show(self, delta: str) -> None:
        self._text += delta
        self._live.update(self._markdown(self._text))

    def close(self) -> None:
        self._live.stop()


class Tail:
    """Aider's method: the whole text through rich at every frame, but only its last rows stay in a `Live`.

    All rows above are printed once and for good; frames become rarer as they become dearer.
    """

    KEPT_ROWS = 6
    FRAMES_S = (1 / 20, 2.0)
    REST = 10

    def __init__(self) -> None:
        from rich.console import Console
        from rich.live import Live
        from rich.markdown import Markdown
        from rich.text import Text

        self._console_type, self._markdown, self._rows_type = Console, Markdown, Text
        self._text, self._printed = "", 0
        self._next_s, self._rest_s = 0.0, self.FRAMES_S[0]
        self._live = Live(Text(""), console=Console(force_terminal=True), refresh_per_second=1 / self._rest_s)
        self._live.start()

    def show(self, delta: str) -> None:
        self._text += delta
        if (begun_s := time.monotonic()) >= self._next_s:
            rows = self._rendered()
            taken_s = time.monotonic() - begun_s
            self._rest_s = min(max(taken_s * self.REST, self.FRAMES_S[0]), self.FRAMES_S[1])
            self._next_s = begun_s + self._rest_s
            self._draw(rows, stable=len(rows) - self.KEPT_ROWS)

    def close(self) -> None:
        rows = self._rendered()
        self._draw(rows, stable=len(rows))
        self._live.update(self._rows_type(""))
        self._live.stop()

    def _rendered(self) -> list[str]:
        sink = io.StringIO()
        width = self._live.console.width
        self._console_type(file=sink, force_terminal=True, width=width).print(self._markdown(self._text))
        return sink.getvalue().splitlines(keepends=True)

    def _draw(self, rows: list[str], *, stable: int) -> None:
        if stable > self._printed:
            self._live.console.print(self._rows_type.from_ansi("".join(rows[self._printed : stable])))
            self._printed = stable
        self._live.update(self._rows_type.from_ansi("".join(rows[self._printed :])))


class Streamdown:
    """A program of another project that renders what it reads from a pipe."""

    def __init__(self) -> None:
        self._process = subprocess.Popen([os.environ[STREAMDOWN]], stdin=subprocess.PIPE)

    def show(self, delta: str) -> None:
        assert self._process.stdin is not None
        self._process.stdin.write(delta.encode())
        self._process.stdin.flush()

    def close(self) -> None:
        self._process.communicate()


class Once:
    """The whole text through rich, once: what others are compared with."""

    def __init__(self) -> None:
        from rich.console import Console
        from rich.markdown import Markdown

        self._markdown = Markdown
        self._console = Console(force_terminal=True)
        self._console.render_lines(Markdown("```python\nx = 1\n```"))  # loads what is loaded late
        self._text = ""

    def show(self, delta: str) -> None:
        self._text += delta

    def close(self) -> None:
        self._console.print(self._markdown(self._text))


SHOWN_BY: dict[str, type[Renderer]] = {
    "nothing": Nothing,
    "plain": Plain,
    "ours": Ours,
    "tail": Tail,
    "streamdown": Streamdown,
    "naive": Naive,
    "once": Once,
}


def _screen_size() -> tuple[int, int]:
    columns, rows = os.get_terminal_size()
    return columns, rows


def child(renderer: str, text_file: str, rate_hz: float, times_file: str) -> None:
    """Replay a text; write when each delta was shown, and the CPU it took."""
    pieces = deltas(Path(text_file).read_text(encoding="utf-8"))
    shown = SHOWN_BY[renderer]()
    begun_cpu_s, begun_s, times = _cpu_s(), time.monotonic(), []
    for number, piece in enumerate(pieces):
        if rate_hz and (rest_s := begun_s + number / rate_hz - time.monotonic()) > 0:
            time.sleep(rest_s)
        times.append(time.monotonic())
        shown.show(piece)
    shown.close()
    Path(times_file).write_text(json.dumps({"cpu_s": _cpu_s() - begun_cpu_s, "times": times}), encoding="utf-8")


def _cpu_s() -> float:
    usages = resource.getrusage(resource.RUSAGE_SELF), resource.getrusage(resource.RUSAGE_CHILDREN)
    return sum(usage.ru_utime + usage.ru_stime for usage in usages)


# The parent ---------------------------------------------------------------------------------------------------------


def replay(renderer: str, text: str, *, rate_hz: float, columns: int, rows: int, folder: Path) -> Measured:
    """Run a child in a terminal of that size, and measure it."""
    text_file, times_file = folder / "text.md", folder / "times.json"
    text_file.write_text(text, encoding="utf-8")
    ours, theirs = pty.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))
    arguments = [sys.executable, __file__, "--child", renderer, str(text_file), str(rate_hz), str(times_file)]
    environment = {**os.environ, "TERM": "xterm-256color"}
    process = subprocess.Popen(arguments, stdin=theirs, stdout=theirs, env=environment)
    os.close(theirs)
    chunks = list(_stamped(ours, process))
    os.close(ours)
    report = json.loads(times_file.read_text(encoding="utf-8"))
    delays = _delays(text, report["times"], chunks) if rate_hz else []
    return Measured(report["cpu_s"], sum(len(data) for _, data in chunks), delays)


def _stamped(terminal: int, process: subprocess.Popen[bytes]) -> Iterator[tuple[float, bytes]]:
    while True:
        ready, _, _ = select.select([terminal], [], [], 0.5)
        if not ready and process.poll() is not None:
            return
        try:
            data = os.read(terminal, 1 << 16) if ready else b""
        except OSError:  # Linux says so when the last writer is gone
            process.wait()
            return
        if data:
            yield time.monotonic(), data


def _delays(text: str, times: list[float], chunks: list[tuple[float, bytes]]) -> list[float]:
    """Return for each marked word the time from its last delta to its last byte on the screen."""
    ends = list(itertools.accumulate(len(piece) for piece in deltas(text)))
    sent, delta = {}, 0
    for found in _MARK.finditer(text):
        while ends[delta] < found.end():
            delta += 1
        sent[found[0]] = times[delta]
    seen: dict[str, float] = {}
    strip = ""
    for stamp, data in chunks:
        strip = strip[-4000:] + _ESCAPE.sub("", data.decode("utf-8", "replace"))
        for mark in _MARK.findall(strip):
            seen.setdefault(mark, stamp)
    return [seen[mark] - moment for mark, moment in sent.items() if mark in seen]


def measure(renderers: list[str], sizes: list[int], rates: list[int], screens: list[str], folder: Path) -> None:
    """Print a table."""
    print("  kB  screen deltas/s   renderer   CPU s  x once   kB out  x once  p50 ms  p99 ms  words")
    for size, screen in itertools.product(sizes, screens):
        columns, rows = map(int, screen.split("x"))
        text = reply(size * 1000)
        once = [replay("once", text, rate_hz=0, columns=columns, rows=rows, folder=folder) for _ in range(3)]
        cpu_s, written = statistics.median(run.cpu_s for run in once), once[0].written_bytes
        print(f"{size:>4} {screen:>7} {'':>8} {'once':>10} {cpu_s:>7.3f} {1:>7.2f} {written / 1000:>8.1f} {1:>7.2f}")
        idle_s = {
            rate: replay("nothing", text, rate_hz=rate, columns=columns, rows=rows, folder=folder).cpu_s
            for rate in rates
        }
        for rate, renderer in itertools.product(rates, renderers):
            start_s = 0.0
            if renderer == "streamdown":
                start_s = replay(renderer, "", rate_hz=rate, columns=columns, rows=rows, folder=folder).cpu_s
            run = replay(renderer, text, rate_hz=rate, columns=columns, rows=rows, folder=folder)
            own_s = run.cpu_s - idle_s[rate] - start_s
            print(f"{size:>4} {screen:>7} {rate:>8} {renderer:>10} {own_s:>7.3f} {own_s / cpu_s:>7.2f}", end="")
            print(f" {run.written_bytes / 1000:>8.1f} {run.written_bytes / written:>7.2f}", end="")
            print(f" {run.delay_ms(50):>7.1f} {run.delay_ms(99):>7.1f} {len(run.delays_s):>6}", flush=True)


def main() -> None:
    """Read the command line."""
    if sys.argv[1:2] == ["--child"]:
        child(sys.argv[2], sys.argv[3], float(sys.argv[4]), sys.argv[5])
        return
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sizes", nargs="+", type=int, default=[5, 50], help="of the replies, in kB")
    parser.add_argument("--rates", nargs="+", type=int, default=[100, 1000], help="in deltas a second")
    parser.add_argument("--screens", nargs="+", default=["80x24", "120x40"])
    parser.add_argument("--renderers", nargs="+", default=list(RENDERERS), choices=list(SHOWN_BY))
    parser.add_argument("--streamdown", metavar="PATH", default="streamdown", help="where that program is")
    wanted = parser.parse_args()
    os.environ[STREAMDOWN] = wanted.streamdown
    with tempfile.TemporaryDirectory() as folder:
        measure(wanted.renderers, wanted.sizes, wanted.rates, wanted.screens, Path(folder))


if __name__ == "__main__":
    main()
