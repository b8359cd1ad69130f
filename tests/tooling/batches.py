"""Breaks batches in every way that a long run meets: `python -m tests.tooling.batches [SHOW...] [--rows N]`.

Shows: kills (the process is killed 20 times), disk (its files may not grow beyond a size, a bit more with every run),
network (every connection is reset, and nothing listens for a while), limit (60 requests a minute and Retry-After),
everything (one kill, one file system that is full, one network cut; takes the rights to mount). Each ends with the same
output as an undisturbed run, and says how often rows were asked twice.
"""

from __future__ import annotations

import argparse
import json
import random
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from tests.support.busy_server import BusyServer
from tests.support.program import CHAT, environment

JOBS = 8
OUT = "out.jsonl"


def write_questions(home: Path, rows: int) -> None:
    """Write the input."""
    (home / "in.txt").write_text("".join(f"q{number}\n" for number in range(rows)), encoding="utf-8")


def command(server: BusyServer, *words: str) -> list[str]:
    """Return the command line of a run."""
    batch = ("batch", "in.txt", "--out", OUT, "--jobs", str(JOBS), *words)
    return [*CHAT, "--base-url", server.url, "-m", "m", *batch]


def run(server: BusyServer, home: Path, *words: str, prefix: Sequence[str] = ()) -> subprocess.CompletedProcess[str]:
    """Run to the end."""
    argv = [*prefix, *command(server, *words)]
    return subprocess.run(argv, check=False, cwd=home, env=environment(home), capture_output=True, text=True)


def faults(home: Path, rows: int) -> list[str]:
    """Return what is wrong with the output: it must hold each row once, in order, with its answer."""
    lines = (home / OUT).read_text(encoding="utf-8").splitlines()
    found = [(row["id"], row["answer"]) for row in map(json.loads, lines)]
    expected = [(str(number + 1), f"re: q{number}") for number in range(rows)]
    wrong = [f"{given} instead of {wanted}" for given, wanted in zip(found, expected, strict=False) if given != wanted]
    return wrong + ([f"{len(found)} rows instead of {rows}"] if len(found) != rows else [])


def journalled(home: Path) -> set[str]:
    """Return the questions whose answers are in the journal."""
    path = home / f"{OUT}.journal"
    lines = path.read_bytes().split(b"\n")[1:] if path.exists() else []
    whole = [line for line in lines if line.endswith(b"}}")]
    return {f"q{int(json.loads(line)['result']['id']) - 1}" for line in whole}


def kill_and_continue(server: BusyServer, home: Path, *, rows: int, kills: int, chance: random.Random) -> list[str]:
    """Kill *kills* runs at random moments, and let one end; return what went wrong."""
    write_questions(home, rows)
    wrong: list[str] = []
    for number in range(kills):
        until = max(server.total + 1, (rows * (number + 1)) // (kills + 2) + chance.randint(-JOBS, JOBS))
        answered = journalled(home)
        before = {question: server.asked[question] for question in answered}
        with subprocess.Popen(command(server), cwd=home, env=environment(home), stderr=subprocess.DEVNULL) as process:
            while server.total < until and process.poll() is None:
                time.sleep(0.001)
            process.kill()
        wrong += [f"{q} was asked again" for q in answered if server.asked[q] != before[q]]
    answered = journalled(home)
    before = {question: server.asked[question] for question in answered}
    ended = run(server, home)
    wrong += [f"{q} was asked again" for q in answered if server.asked[q] != before[q]]
    wrong += [] if ended.returncode == 0 else [ended.stderr]
    return wrong + faults(home, rows)


def show_kills(home: Path, rows: int) -> list[str]:
    """Kill a run twenty times."""
    with BusyServer(delay_s=0.02) as server:
        wrong = kill_and_continue(server, home, rows=rows, kills=20, chance=random.Random(1))
        print(f"  {server.total - rows} requests beyond {rows}, at most {20 * JOBS} allowed")
    return wrong


def show_disk(home: Path, rows: int) -> list[str]:
    """Let the files of a run grow only so far, until they are large enough."""
    write_questions(home, rows)
    with BusyServer() as server:
        for number in range(1, 100):
            blocks = number * max(8, rows // 20)
            limited = ("bash", "-c", f'ulimit -f {blocks}; exec "$@"', "bash")
            ended = run(server, home, prefix=limited)
            if ended.returncode == 0:
                break
            if ended.returncode != 13 or "cannot write" not in ended.stderr:
                return [f"exit {ended.returncode}: {ended.stderr}"]
        print(f"  full {number - 1} times; {server.total - rows} requests beyond {rows}")
    return faults(home, rows)


def show_network(home: Path, rows: int) -> list[str]:
    """Cut the network in the middle for two seconds."""
    write_questions(home, rows)
    with BusyServer(delay_s=0.01, cut_at=rows // 2, cut_s=2.0) as server:
        ended = run(server, home)
        print(f"  {server.total - rows} requests beyond {rows}, at most {JOBS} allowed")
    return ([] if ended.returncode == 0 else [ended.stderr]) + faults(home, rows)


def show_limit(home: Path, rows: int) -> list[str]:
    """Ask a server that takes 60 requests a minute."""
    write_questions(home, rows)
    start_s = time.monotonic()
    with BusyServer(delay_s=0.05, limit=(60, 60.0)) as server:
        ended = run(server, home)
        took_s = time.monotonic() - start_s
        print(f"  {rows} rows in {took_s:.0f} s; the server refused {server.refused}")
    return ([] if ended.returncode == 0 else [ended.stderr]) + faults(home, rows)


def show_everything(home: Path, rows: int) -> list[str]:
    """Kill one run, fill the disk of the next, cut the network of the third; compare with an undisturbed run."""
    write_questions(home, rows)
    with BusyServer() as calm:
        undisturbed = run(calm, home)
    expected = (home / OUT).read_bytes()
    for name in (OUT, f"{OUT}.journal"):
        (home / name).unlink()
    wrong = [] if undisturbed.returncode == 0 else [undisturbed.stderr]
    with BusyServer(cut_at=rows * 3 // 4, cut_s=2.0) as server, full_disk(home, rows * _ROW_BYTES // 2) as disk:
        with subprocess.Popen(command(server), cwd=disk, env=environment(home), stderr=subprocess.DEVNULL) as process:
            while server.total < rows // 4 and process.poll() is None:
                time.sleep(0.001)
            process.kill()
        full = run(server, disk)
        wrong += [] if full.returncode == 13 and "space" in full.stderr else [f"exit {full.returncode}: {full.stderr}"]
        at_full = server.total
        subprocess.run(["mount", "-o", "remount,size=4g", str(disk)], check=True)
        ended = run(server, disk)
        wrong += [] if ended.returncode == 0 else [ended.stderr]
        print(f"  killed at {rows // 4}, full at {at_full}, cut at {server.cut_at}; {server.total - rows} asked twice")
        found = (disk / OUT).read_bytes()
    return wrong + ([] if found == expected else ["the output differs from that of an undisturbed run"])


_ROW_BYTES = 420  # in journal and output


@contextmanager
def full_disk(home: Path, size: int) -> Iterator[Path]:
    """Mount a file system of *size* bytes with the input in it, which takes the rights to do so."""
    disk = home / "disk"
    disk.mkdir()
    subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={size}", "tmpfs", str(disk)], check=True)
    try:
        (disk / "in.txt").symlink_to(home / "in.txt")
        yield disk
    finally:
        subprocess.run(["umount", str(disk)], check=True)


SHOWS: dict[str, tuple[Callable[[Path, int], list[str]], int]] = {
    "kills": (show_kills, 1000),
    "disk": (show_disk, 1000),
    "network": (show_network, 1000),
    "limit": (show_limit, 180),
    "everything": (show_everything, 100_000),
}


def main() -> int:
    """Run the shows that are named, or all."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("shows", nargs="*", choices=[*SHOWS, []])
    parser.add_argument("--rows", type=int)
    given = parser.parse_args()
    failed = 0
    for name in given.shows or [name for name in SHOWS if name != "everything"]:
        show, rows = SHOWS[name]
        print(name)
        with tempfile.TemporaryDirectory() as folder:
            home = Path(folder)
            home.chmod(0o700)
            wrong = show(home, given.rows or rows)
        failed += bool(wrong)
        for line in wrong[:10]:
            print(f"  WRONG: {line}")
    return failed


if __name__ == "__main__":
    sys.exit(main())
