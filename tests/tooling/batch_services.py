"""Hands batches to services that others have written: `python -m tests.tooling.batch_services [--llmock PROGRAM]
[--aimock SCRIPT]`.

*--llmock* is the program of an environment with `llmock`, *--aimock* the script `aimock` of the npm package
`@copilotkit/aimock`. Each way a job can end has to give the exit code and the rows that it should: those of aimock's
failed jobs are in an error file. A job that is completed has to give the rows that asking from here gives.
"""

from __future__ import annotations

import argparse
import json
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from tests.support.program import run

ROWS = 7
ANSWER = "Mock batch completion"  # as aimock answers to every row of a batch
OUTCOMES = {"completed": (0, ROWS), "failed": (6, ROWS), "expired": (9, 0), "cancelled": (9, 0)}
_START_S = 20.0


@contextmanager
def serving(argv: Sequence[str], port: int) -> Iterator[str]:
    """Run a service until the end of the block; yield its base URL."""
    with subprocess.Popen(argv, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as service:
        try:
            end_s = time.monotonic() + _START_S
            while not listens(port):
                assert time.monotonic() < end_s, f"{argv[0]} does not listen"
                time.sleep(0.05)
            yield f"http://127.0.0.1:{port}/v1"
        finally:
            service.terminate()


def listens(port: int) -> bool:
    """Return whether something listens at *port*."""
    with socket.socket() as tried:
        return tried.connect_ex(("127.0.0.1", port)) == 0


def free_port() -> int:
    """Return a port that is free now."""
    with socket.socket() as tried:
        tried.bind(("127.0.0.1", 0))
        return int(tried.getsockname()[1])


def prepare(home: Path, url: str, outcome: str) -> None:
    """Write the input, and settings for a provider that lets its jobs end with *outcome*."""
    rows = ({"id": f"r{number}", "prompt": f"hello {number}"} for number in range(ROWS))
    (home / "in.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    config = home / ".config" / "chatcli" / "config.toml"
    config.parent.mkdir(parents=True, mode=0o700)
    headers = f'headers = {{ "X-AIMock-Batch-Outcome" = "{outcome}" }}' if outcome else ""
    config.write_text(f'[providers.mock]\nbase_url = "{url}"\n{headers}\n', encoding="utf-8")
    config.chmod(0o600)


def faults(home: Path, *, code: int, rows: int, compares: bool) -> list[str]:
    """Submit and fetch the input; return what is not as it should be."""
    words = ("-p", "mock", "-m", "gpt-4o", "batch")
    submitted = run(*words, "submit", "in.jsonl", "--out", "there.jsonl", home=home)
    if submitted.exit_code:
        return [submitted.stderr]
    fetched = run(*words, "watch", home=home)
    there = read_rows(home / "there.jsonl")
    wrong = [] if fetched.exit_code == code else [f"exit {fetched.exit_code}: {fetched.stderr}"]
    wrong += [] if len(there) == rows else [f"{len(there)} rows instead of {rows}"]
    if compares:
        run(*words, "in.jsonl", "--out", "here.jsonl", home=home)
        here = read_rows(home / "here.jsonl")
        pairs = zip(here, there, strict=False)
        wrong += [f"{mine} from here, {theirs} from there" for mine, theirs in pairs if mine != theirs]
    return wrong


def read_rows(path: Path) -> list[dict[str, Any]]:
    """Return the rows of an output, none if it was not written."""
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()] if path.exists() else []


def show(name: str, url: str, outcome: str, *, code: int, rows: int, compares: bool) -> bool:
    """Show one way a job ends; return whether all was as it should be."""
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder)
        prepare(home, url, outcome)
        wrong = faults(home, code=code, rows=rows, compares=compares)
    print(f"{name} {outcome}: exit {code}, {rows} rows" if not wrong else f"{name} {outcome} WRONG: {wrong[0]}")
    return not wrong


def show_llmock(program: str) -> bool:
    """Show the service of `llmock`, whose jobs are always completed."""
    port = free_port()
    with serving([program, "serve", "--port", str(port)], port) as url:
        return show("llmock", url, "", code=0, rows=ROWS, compares=True)


def show_aimock(script: str) -> bool:
    """Show each outcome of the service of `aimock`."""
    port = free_port()
    usage = {"prompt_tokens": 1, "completion_tokens": 1, "total_tokens": 2}
    entry = {"match": {"userMessage": "hello"}, "response": {"content": ANSWER, "usage": usage}}
    with tempfile.TemporaryDirectory() as folder:
        fixtures, config = Path(folder, "fixtures.json"), Path(folder, "config.json")
        fixtures.write_text(json.dumps({"fixtures": [entry]}), encoding="utf-8")
        config.write_text(json.dumps({"llm": {"fixtures": str(fixtures)}}), encoding="utf-8")
        node = shutil.which("node") or "node"
        with serving([node, script, "-c", str(config), "--port", str(port)], port) as url:
            shown = [
                show("aimock", url, outcome, code=code, rows=rows, compares=outcome == "completed")
                for outcome, (code, rows) in OUTCOMES.items()
            ]
    return all(shown)


def main() -> int:
    """Show the services that are given."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--llmock")
    parser.add_argument("--aimock")
    given = parser.parse_args()
    shown = [show_llmock(given.llmock)] if given.llmock else []
    shown += [show_aimock(given.aimock)] if given.aimock else []
    return 0 if shown and all(shown) else 1


if __name__ == "__main__":
    sys.exit(main())
