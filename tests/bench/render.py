"""What showing a reply costs: CPU, bytes and delay, beside other ways to show one.

    python -m tests.bench.render                      50 kB on 80 x 24: 1 000 deltas a second, and 15 s of 100 a second
    python -m tests.bench.render --seconds 0          the whole reply at each rate, which takes 15 minutes
    python -m tests.bench.render --sizes 50 500 --rates 1000 --renderers ours --screens 80x24 120x40
    python -m tests.bench.render --renderers ours tail streamdown --streamdown PATH    a program of another project

A child replays a reply in deltas of 1 to 6 characters at a fixed rate into a pseudo-terminal. The parent stamps what
comes out: the delay of a word is the time from the delta that completes it to its last byte on the other side. CPU is
the child's, without imports and without what a child takes that shows nothing at the same rate, in multiples of
rendering the same text once with rich; so are the bytes. Streamdown is a program that reads a pipe: what it takes to
start is measured with an empty text and taken off too. What drawing takes alone is measured by `tests.bench.drawing`.
"""

from __future__ import annotations

import argparse
import fcntl
import itertools
import json
import os
import pty
import re
import resource
import select
import struct
import subprocess
import sys
import tempfile
import termios
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from tests.bench import drawing
from tests.bench.goals import Goal, section
from tests.bench.renderers import SHOWN_BY, STREAMDOWN
from tests.bench.replies import deltas, reply

ROOT = Path(__file__).resolve().parents[2]
RENDERERS = ("plain", "ours", "tail")
HEAD = """| deltas | | share of a core | CPU | bytes | delta to screen, median | 99th percentile |
| --- | --- | ---: | ---: | ---: | ---: | ---: |"""
_SLOW_HZ = 100  # at most so many deltas a second leave time between frames
_ESCAPE = re.compile(r"\x1b(?:\[[0-9;?]*[a-zA-Z]|\]8;[^\x1b]*\x1b\\)|\r?\n[ \u258c|]*|\r")
_MARK = re.compile(r"q[a-z]{4}x")


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


# The child ----------------------------------------------------------------------------------------------------------


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
    arguments = [sys.executable, "-m", "tests.bench.render", "--child"]
    arguments += [renderer, str(text_file), str(rate_hz), str(times_file)]
    environment = {**os.environ, "TERM": "xterm-256color"}
    process = subprocess.Popen(arguments, stdin=theirs, stdout=theirs, env=environment, cwd=ROOT)
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


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is replayed: a reply of *size_kb*, or as much of it as comes in *seconds* (0: all), on one screen."""

    size_kb: int
    columns: int
    rows: int
    rate_hz: int
    seconds: float

    @property
    def text(self) -> str:
        """The reply."""
        text = reply(self.size_kb * 1000)
        return "".join(deltas(text)[: int(self.rate_hz * self.seconds) or None])


@dataclass(frozen=True, slots=True)
class Figures:
    """What one renderer took, beside one render by rich of the same text."""

    renderer: str
    wanted: Wanted
    run: Measured
    cpu_s: float  # without what replaying takes
    once: Measured

    def row(self) -> str:
        """Return the row of the table."""
        wanted, run = self.wanted, self.run
        rate = f"{wanted.rate_hz}/s, {len(wanted.text.encode()) / 1000:.0f} kB, {wanted.columns}x{wanted.rows}"
        name = {"ours": "**`chat`**", "tail": "aider's method"}.get(self.renderer, self.renderer)
        ratios = f"{self.cpu_s / self.once.cpu_s:.1f} x | {run.written_bytes / self.once.written_bytes:.1f} x"
        delays = f"{run.delay_ms(50):.0f} ms | {run.delay_ms(99):.0f} ms"
        return f"| {rate} | {name} | {self.share:.1f} % | {ratios} | {delays} |"

    @property
    def share(self) -> float:
        """How much of a core it took while the text came, in percent."""
        return 100 * self.cpu_s * self.wanted.rate_hz / len(deltas(self.wanted.text))

    def goals(self) -> list[Goal]:
        """Return the goals of our own figures."""
        rate = f"at {self.wanted.rate_hz} deltas a second"
        once = "one render by rich"
        share = Goal(f"share of a core {rate}", self.share, 1.2, "%")
        whole = Goal(f"CPU {rate}", self.cpu_s * 1000, 2, "ms", self.once.cpu_s * 1000, once)
        written, one = self.run.written_bytes / 1000, self.once.written_bytes / 1000
        return [
            share if self.wanted.rate_hz <= _SLOW_HZ else whole,
            Goal(f"bytes {rate}", written, 1.5, "kB", one, once),
            Goal(f"delta to screen {rate}, median", self.run.delay_ms(50), 20, "ms"),
            Goal(f"delta to screen {rate}, 99th percentile", self.run.delay_ms(99), 40, "ms"),
        ]


def measure(renderers: Sequence[str], wanted: Wanted, folder: Path) -> Iterator[Figures]:
    """Replay to each of *renderers*."""

    def run(renderer: str, text: str, rate_hz: float) -> Measured:
        return replay(renderer, text, rate_hz=rate_hz, columns=wanted.columns, rows=wanted.rows, folder=folder)

    text = wanted.text
    once = sorted([run("once", text, 0) for _ in range(3)], key=lambda one: one.cpu_s)[1]
    idle_s = run("nothing", text, wanted.rate_hz).cpu_s
    for renderer in renderers:
        start_s = run(renderer, "", wanted.rate_hz).cpu_s if renderer == "streamdown" else 0.0
        measured = run(renderer, text, wanted.rate_hz)
        yield Figures(renderer, wanted, measured, measured.cpu_s - idle_s - start_s, once)


def main() -> None:
    """Read the command line, and print tables and goals."""
    if sys.argv[1:2] == ["--child"]:
        child(sys.argv[2], sys.argv[3], float(sys.argv[4]), sys.argv[5])
        return
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sizes", nargs="+", type=int, default=[50], help="of the replies, in kB")
    parser.add_argument("--rates", nargs="+", type=int, default=[100, 1000], help="in deltas a second")
    parser.add_argument("--screens", nargs="+", default=["80x24"])
    parser.add_argument("--seconds", type=float, default=15, help="most that one replay takes; 0: the whole reply")
    parser.add_argument("--renderers", nargs="+", default=list(RENDERERS), choices=list(SHOWN_BY))
    parser.add_argument("--streamdown", metavar="PATH", default="streamdown", help="where that program is")
    given = parser.parse_args()
    os.environ[STREAMDOWN] = given.streamdown
    print(HEAD)
    goals: list[Goal] = []
    with tempfile.TemporaryDirectory() as folder:
        for size, screen, rate in itertools.product(given.sizes, given.screens, given.rates):
            columns, rows = map(int, screen.split("x"))
            for figures in measure(given.renderers, Wanted(size, columns, rows, rate, given.seconds), Path(folder)):
                print(figures.row(), flush=True)
                goals += figures.goals() if figures.renderer == "ours" else []
    drawn, drawing_goals = drawing.report()
    print(f"\n{drawn}\n\n{section([*goals, *drawing_goals])}")


if __name__ == "__main__":
    main()
