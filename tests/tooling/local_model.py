"""A real model file with the real llama.cpp: a conversation, Ctrl+C, and what is left when the program is killed.

    python -m tests.tooling.local_model MODEL.gguf

Needs the extra `local`. Prints what each step took, and fails if a server is left behind.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

CHAT = [sys.executable, "-m", "chatcli"]
_WAIT_S = 10.0


def main(file: Path) -> None:
    """Run all steps with *file*."""
    with tempfile.TemporaryDirectory() as home:
        environ = {**os.environ, "HOME": home}
        _answer(file, environ)
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGKILL):
            _end_by(number, file, environ)


def _answer(file: Path, environ: dict[str, str]) -> None:
    begun_s = time.monotonic()
    asked = [*CHAT, "ask", "--no-stdin", "-u", "-m", str(file), "Say hello."]
    ran = subprocess.run(asked, env=environ, capture_output=True, text=True, check=False)
    print(f"answer: {time.monotonic() - begun_s:.1f} s, exit code {ran.returncode}, {ran.stdout!r}, {ran.stderr!r}")
    assert ran.returncode == 0
    _expect_no_server("an answer")


def _end_by(number: signal.Signals, file: Path, environ: dict[str, str]) -> None:
    asked = [*CHAT, "ask", "--no-stdin", "-m", str(file), "Count to a million. #long"]
    running = subprocess.Popen(asked, env=environ, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
    assert running.stdout
    running.stdout.read(1)
    running.send_signal(number)
    running.wait()
    running.stdout.close()
    _expect_no_server(number.name)


def _expect_no_server(after: str) -> None:
    begun_s = time.monotonic()
    while _servers():
        assert time.monotonic() - begun_s < _WAIT_S, f"a server is left after {after}: {_servers()}"
        time.sleep(0.01)
    print(f"no server is left after {after}: {time.monotonic() - begun_s:.2f} s")


def _servers() -> list[str]:
    found = []
    for path in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            words = path.read_bytes()
        except OSError:
            continue
        if b"chatcli.local.worker" in words and str(Path(sys.executable)).encode() in words:
            found.append(path.parent.name)
    return found


if __name__ == "__main__":
    main(Path(sys.argv[1]))
