"""What showing a reply costs: CPU, bytes and delay, beside other ways to show one.

    python -m tests.bench.render                      every renderer, 5 and 50 kB, both rates, both screens
    python -m tests.bench.render --sizes 500 --rates 1000 --renderers ours --screens 80x24
    python -m tests.bench.render --renderers ours tail streamdown --streamdown PATH    a program of another project

A child replays a reply in deltas of 1 to 6 characters at a fixed rate into a pseudo-terminal. The parent stamps what
comes out: the delay of a word is the time from the delta that completes it to its last byte on the other side. CPU is
the child's, without imports and without what a child takes that shows nothing at the same rate, in multiples of
rendering the whole text once with rich; so are the bytes. Streamdown is a program that reads a pipe: what it takes to
start is measured with an empty text and taken off too.
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

from tests.bench.renderers import SHOWN_BY, STREAMDOWN
from tests.bench.replies import deltas, reply

ROOT = Path(__file__).resolve().parents[2]
RENDERERS = ("plain", "ours", "tail", "naive")
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
