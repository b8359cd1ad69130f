"""What a long answer costs: `python -m tests.bench.stream [--runs 3]`.

CPU of one delta into a pipe, that of an empty answer taken off: where many arrive in one read, and where each arrives
on its own. Then the most memory that a long answer takes, which is stored. Beside both a script with httpx that writes
what comes and keeps nothing.
"""

from __future__ import annotations

import argparse
import json
import re
import shlex
import socket
import sys
import tempfile
import threading
import time
from collections.abc import Sequence
from contextlib import closing, suppress
from pathlib import Path

from tests.bench.goals import Goal, section
from tests.bench.launcher import Job, Launcher, Sample
from tests.bench.startup import SCRIPT
from tests.support.program import CHAT, environment

LEAST_RUNS = 3
WORDS = ("hello ", "world, ", "this ", "is ", "a ", "delta.\n")
FLOOD, SINGLE = 200_000, 10_000
BASE_MB = 30
_APART_S = 0.0002  # between deltas that are to arrive one by one
_WANTED = re.compile(rb"(\d+) deltas (\d+) times (flood|single)")


class Source:
    """A server on this machine that sends as many deltas as the question says."""

    def __init__(self) -> None:
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self._listener.getsockname()[1]}/v1"
        threading.Thread(target=self._listen, daemon=True).start()

    def close(self) -> None:
        """Take no more connections."""
        self._listener.close()

    def _listen(self) -> None:
        with suppress(OSError):
            while True:
                threading.Thread(target=self._serve, args=(self._listener.accept()[0],), daemon=True).start()

    def _serve(self, connection: socket.socket) -> None:
        with closing(connection), suppress(OSError):
            asked = b""
            while not (found := _WANTED.search(asked)):
                if not (data := connection.recv(65536)):
                    return
                asked += data
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nConnection: close\r\n\r\n")
            chunks = [event({"content": word * int(found[2])}) for word in WORDS]
            for piece in pieces(chunks, int(found[1]), is_flood=found[3] == b"flood"):
                connection.sendall(piece)
                if found[3] == b"single":
                    time.sleep(_APART_S)
            connection.sendall(event({}, "stop") + b"data: [DONE]\n\n")


def event(delta: dict[str, str], finish: str | None = None) -> bytes:
    """Return a chunk as most servers write it."""
    choice = {"index": 0, "delta": delta, "logprobs": None, "finish_reason": finish}
    chunk = {"id": "chatcmpl-1", "object": "chat.completion.chunk", "created": 1, "model": "m", "choices": [choice]}
    return b"data: " + json.dumps(chunk).encode() + b"\n\n"


def pieces(chunks: Sequence[bytes], count: int, *, is_flood: bool) -> list[bytes]:
    """Return what is written at once, *count* chunks in all."""
    if not is_flood:
        return [chunks[number % len(chunks)] for number in range(count)]
    many = b"".join(chunks) * 100
    rounds, rest = divmod(count, 100 * len(chunks))
    return [many] * rounds + [chunks[number % len(chunks)] for number in range(rest)]


class Bench:
    """Runs programs against the source; what they write goes nowhere."""

    def __init__(self, folder: Path, url: str, launcher: Launcher, runs: int) -> None:
        self._home, self._url, self._launcher, self._runs = folder, url, launcher, runs
        (folder / "script.py").write_text(SCRIPT.format(tls="verify=False"))

    def chat(self, question: str) -> Sample:
        """Return the median run of `chat ask`."""
        return self._run((*CHAT, "--base-url", self._url, "-m", "m", "ask", question))

    def script(self, question: str) -> Sample:
        """Return the median run of the script."""
        return self._run((sys.executable, str(self._home / "script.py"), self._url, question))

    def _run(self, argv: Sequence[str]) -> Sample:
        job = Job(("sh", "-c", f"exec {shlex.join(argv)} > /dev/null"), environment(self._home))
        samples = [self._launcher.run(job) for _ in range(self._runs)]
        failed = [sample.output for sample in samples if sample.exit_code]
        assert not failed, failed[0][-500:]
        return sorted(samples, key=lambda sample: sample.cpu_s)[len(samples) // 2]


def delta_us(bench: Bench, count: int, kind: str) -> tuple[float, float]:
    """Return the CPU of one delta in microseconds: ours, and the script's."""
    found = []
    for run in (bench.chat, bench.script):
        most, least = (run(f"{number} deltas 1 times {kind}").cpu_s for number in (count, 1))
        found.append((most - least) / count * 1e6)
    return found[0], found[1]


def memory_mb(bench: Bench, count: int, times: int) -> tuple[float, float, float]:
    """Return the size of an answer in megabytes, and the most memory it takes: ours, and the script's."""
    question = f"{count} deltas {times} times flood"
    size = sum(len(word) for word in WORDS) / len(WORDS) * times * count / 1e6
    return size, bench.chat(question).peak_mb, bench.script(question).peak_mb


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description="Measure what a long answer costs.")
    parser.add_argument("--runs", type=int, default=LEAST_RUNS)
    runs = parser.parse_args().runs
    with closing(Source()) as source, tempfile.TemporaryDirectory() as folder, Launcher() as launcher:
        bench = Bench(Path(folder), source.url, launcher, runs)
        flood, single = delta_us(bench, FLOOD, "flood"), delta_us(bench, SINGLE, "single")
        few = Bench(Path(folder), source.url, launcher, 1)
        answers = [memory_mb(few, 1_000_000, 1), memory_mb(few, 5_000, 2_000)]
    print("| CPU of a delta, µs | `chat` | httpx script |\n| --- | ---: | ---: |")
    for name, (ours, theirs) in (("many in one read", flood), ("one in each read", single)):
        print(f"| {name} | {ours:.1f} | {theirs:.1f} |")
    print("\n| most memory, MB | the text | `chat` | httpx script |\n| --- | ---: | ---: | ---: |")
    for name, (size, ours, theirs) in zip(("1 000 000 deltas", "5 000 large deltas"), answers, strict=True):
        print(f"| {name} | {size:.0f} | {ours:.0f} | {theirs:.0f} |")
    print(f"\n{section(goals(flood, single, answers))}")


def goals(
    flood: tuple[float, float], single: tuple[float, float], answers: Sequence[tuple[float, float, float]]
) -> list[Goal]:
    """Return what was measured with its goals."""
    return [
        Goal("a delta, many in one read", flood[0], 2, "µs CPU", flood[1], "httpx script"),
        Goal("a delta, one in each read", single[0], 1.5, "µs CPU", single[1], "httpx script"),
        *(
            Goal(f"memory of an answer of {size:.0f} MB", ours, round(BASE_MB + 3 * size), "MB")
            for size, ours, _ in answers
        ),
    ]


if __name__ == "__main__":
    main()
