"""What a batch costs: `python -m tests.bench.batch [--rows N] [--peer PATH]`.

A loopback server answers in 50 ms; `chat batch` asks it with 32 requests at once. Wall time and CPU are those of the
whole process, minus those of a run with one row; ideal is 32 / 0.05 s. *--peer* is the program `batchllm` of an
environment that has batchllm-ai. Then the peak memory with 1 000 rows and with *--memory-rows*, answered at once.
"""

from __future__ import annotations

import argparse
import os
import resource
import subprocess
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from statistics import median

from tests.support.busy_server import BusyServer
from tests.support.program import CHAT, environment

JOBS, DELAY_S, RUNS = 32, 0.05, 3
Command = Callable[[str, Path, Path], Sequence[str]]


def ours(url: str, source: Path, out: Path) -> Sequence[str]:
    """Return our command line."""
    where = ("--base-url", url, "-m", "m")
    return [*CHAT, *where, "batch", str(source), "--out", str(out), "--jobs", str(JOBS), "-q", "--restart"]


def peer(path: str) -> Command:
    """Return the command line of batchllm at *path*."""

    def command(url: str, source: Path, out: Path) -> Sequence[str]:
        asked = ("--base-url", url, "--api-key", "sk-bench", "-m", "gpt-4o-mini", "--input-column", "text")
        return [path, "run", str(source), "-o", str(out), "-c", str(JOBS), *asked]

    return command


def measure(argv: Sequence[str], home: Path) -> tuple[float, float, float]:
    """Run to the end; return seconds, seconds of CPU, and the peak memory in MB."""
    env = environment(home)
    start_s = time.monotonic()
    child = subprocess.Popen(argv, cwd=home, env=env, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
    assert child.stderr
    told = child.stderr.read()
    _, status, used = os.wait4(child.pid, 0)
    took_s = time.monotonic() - start_s
    if status:
        raise RuntimeError(told.decode())
    return took_s, used.ru_utime + used.ru_stime, used.ru_maxrss / 1024


def report(name: str, command: Command, home: Path, rows: int) -> None:
    """Print the figures of one program."""
    one, many = written(home, 1), written(home, rows)
    with BusyServer(delay_s=DELAY_S) as server:
        runs = [
            (
                measure(command(server.url, one, home / f"{name}-1.jsonl"), home),
                measure(command(server.url, many, home / f"{name}-{number}.jsonl"), home),
            )
            for number in range(RUNS)
        ]
    start_s, net_s = median(first[0] for first, _ in runs), median(last[0] - first[0] for first, last in runs)
    whole_s = median(last[0] for _, last in runs)
    cpu_ms = median(1000 * (last[1] - first[1]) / rows for first, last in runs)
    ideal = JOBS / DELAY_S
    print(
        f"{name:10}  start {start_s:.2f} s, then {rows / net_s:4.0f}/s ({rows / net_s / ideal:.0%} of {ideal:.0f}/s;"
        f" {rows / whole_s / ideal:.0%} with the start), {cpu_ms:.2f} ms of CPU a row, {runs[-1][1][2]:.0f} MB"
    )


def written(home: Path, rows: int) -> Path:
    """Return an input of so many rows."""
    path = home / f"{rows}.jsonl"
    path.write_text("".join(f'{{"text": "q{n}", "prompt": "q{n}"}}\n' for n in range(rows)), encoding="utf-8")
    return path


def report_memory(home: Path, sizes: Sequence[int]) -> None:
    """Print our peak memory for inputs of several sizes."""
    with BusyServer() as server:
        for rows in sizes:
            took_s, _, peak_mb = measure(ours(server.url, written(home, rows), home / "m.jsonl"), home)
            print(f"{rows:7} rows: {peak_mb:.1f} MB, {took_s:.0f} s")


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=2_000)
    parser.add_argument("--memory-rows", type=int, default=100_000)
    parser.add_argument("--peer")
    given = parser.parse_args()
    resource.setrlimit(resource.RLIMIT_NOFILE, (1024, resource.getrlimit(resource.RLIMIT_NOFILE)[1]))
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder)
        home.chmod(0o700)
        report("chat", ours, home, given.rows)
        if given.peer:
            report("batchllm", peer(given.peer), home, given.rows)
        report_memory(home, (1_000, given.memory_rows))


if __name__ == "__main__":
    main()
