"""How many instructions runs take: `python -m tests.bench.instructions [--out FILE]`, with valgrind.

Where times move from run to run by half, these repeat to 0.3 %, whatever else the machine does; they compare two states
of the program on one machine. `instructions.md` has the figures of each release. Deltas come from a server on this
machine, and the count of *ask* is taken off theirs.
"""

from __future__ import annotations

import argparse
import re
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from tests.support.answers import answer, chunk, sse, stream_head
from tests.support.program import environment
from tests.support.server import Server

DELTAS = 10_000
_COUNTED = re.compile(r"I +refs: +([\d,]+)")
_VALGRIND = ("valgrind", "--tool=cachegrind", "--cache-sim=no", "--cachegrind-out-file=/dev/null")


def count(arguments: Sequence[str], home: Path) -> int:
    """Return the instructions of this Python with *arguments*, the second run of two: the first compiles."""
    env = environment(home) | {"PYTHONHASHSEED": "0", "PYTHONDONTWRITEBYTECODE": ""}
    subprocess.run([sys.executable, *arguments], env=env, check=True, capture_output=True, cwd=home)
    ran = subprocess.run(
        [*_VALGRIND, sys.executable, *arguments], env=env, check=True, capture_output=True, text=True, cwd=home
    )
    found = _COUNTED.search(ran.stderr)
    assert found, ran.stderr
    return int(found[1].replace(",", ""))


def count_all(home: Path) -> dict[str, int]:
    """Return the instructions of each kind of run."""
    deltas = [stream_head(), *(sse(chunk("word ")) for _ in range(DELTAS)), sse(chunk("", "stop"), "[DONE]")]
    with Server(always=answer("Hello")) as short, Server(always=deltas) as long:
        program = ("-m", "chatcli")
        ask = [
            count([*program, "--base-url", server.url, "-m", "m", "ask", "hi", "--no-log"], home)
            for server in (short, long)
        ]
    return {
        "python -c pass": count(["-c", "pass"], home),
        "chat --version": count([*program, "--version"], home),
        "chat --help": count([*program, "--help"], home),
        "chat ask, http": ask[0],
        f"{DELTAS} deltas into a pipe": ask[1] - ask[0],
    }


def table(counts: dict[str, int]) -> str:
    """Return the figures as a Markdown table."""
    rows = [f"| {what} | {instructions / 1e6:.0f} |" for what, instructions in counts.items()]
    return "\n".join(("| | million instructions |", "| --- | ---: |", *rows))


def main() -> None:
    """Count and print, or write a file."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition(":")[0])
    parser.add_argument("--out", type=Path, help="the file to write; stdout where it is not given")
    out = parser.parse_args().out
    with tempfile.TemporaryDirectory() as folder:
        counted = table(count_all(Path(folder)))
    if out:
        out.write_text(f"{counted}\n")
    else:
        print(counted)


if __name__ == "__main__":
    main()
