"""How many instructions runs take: `python -m tests.bench.instructions [--out FILE]`, with valgrind.

Where times move from run to run by half, these repeat to 0.3 %, whatever else the machine does; they compare two states
of the program on one machine. `instructions.md` has the figures of each release. Deltas come from a server on this
machine, and the count of *ask* is taken off theirs.
"""

from __future__ import annotations

import argparse
import os
import re
import select
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from contextlib import suppress
from functools import partial
from pathlib import Path

from tests.bench.repl import LONG_CHAT, store_long_chat
from tests.bench.startup import AUTHORITY, SCRIPT, server_context
from tests.support.answers import answer, chunk, sse, stream_head
from tests.support.program import environment
from tests.support.server import Server

DELTAS = 10_000
_COUNTED = re.compile(r"I +refs: +([\d,]+)")
_WHERE_IS_THE_CURSOR, _HERE, _LEAVE = b"\x1b[6n", b"\x1b[1;1R", b"\x04"
_LISTENS = b"\x1b[?2004h"  # a prompt takes what is pasted
_MOST_SILENCE_S = 120
_TOOLKIT = "from prompt_toolkit import PromptSession; PromptSession().prompt('> ')"
_VALGRIND = ("valgrind", "--tool=cachegrind", "--cache-sim=no", "--cachegrind-out-file=/dev/null")


def count(arguments: Sequence[str], home: Path) -> int:
    """Return the instructions of this Python with *arguments*, the second run of two: the first compiles."""
    authority = {"SSL_CERT_FILE": str(home / AUTHORITY)}
    env = environment(home, authority) | {"PYTHONHASHSEED": "0", "PYTHONDONTWRITEBYTECODE": ""}
    subprocess.run([sys.executable, *arguments], env=env, check=True, capture_output=True, cwd=home)
    ran = subprocess.run(
        [*_VALGRIND, sys.executable, *arguments], env=env, check=True, capture_output=True, text=True, cwd=home
    )
    return _counted(ran.stderr)


def count_prompt(arguments: Sequence[str], home: Path) -> int:
    """Return the instructions of this Python with *arguments*, which shows a prompt and is left there by Ctrl+D."""
    env = environment(home, {"CHAT_MODEL": "m", "OPENAI_API_KEY": "none", "TERM": "xterm-256color"})
    env |= {"PYTHONHASHSEED": "0", "PYTHONDONTWRITEBYTECODE": ""}
    log, (ours, theirs) = home / "count", os.openpty()
    command = [*_VALGRIND, f"--log-file={log}", sys.executable, *arguments]
    with subprocess.Popen(command, env=env, cwd=home, preexec_fn=partial(os.login_tty, theirs)) as running:
        os.close(theirs)
        if not _leave(ours):
            running.kill()
    os.close(ours)
    return _counted(log.read_text())


def _leave(terminal: int) -> bool:
    """Answer as a terminal does and press Ctrl+D at the prompt; return False if no more comes, and nothing ends."""
    seen, answers, is_left = b"", 0, False
    with suppress(OSError):  # the terminal is closed at the end
        while select.select([terminal], [], [], _MOST_SILENCE_S)[0]:
            seen += os.read(terminal, 1 << 16)
            os.write(terminal, _HERE * (seen.count(_WHERE_IS_THE_CURSOR) - answers))
            answers = seen.count(_WHERE_IS_THE_CURSOR)
            if _LISTENS in seen and not is_left:
                os.write(terminal, _LEAVE)
                is_left = True
        return False
    return True


def count_long(program: Sequence[str], home: Path) -> int:
    """Return the instructions of a conversation that goes on with a long chat."""
    store_long_chat(home)
    return [count_prompt((*program, "-c"), home) for _ in range(2)][-1]


def _counted(printed: str) -> int:
    found = _COUNTED.search(printed)
    assert found, printed
    return int(found[1].replace(",", ""))


def count_all(home: Path) -> dict[str, int]:
    """Return the instructions of each kind of run."""
    deltas = [stream_head(), *(sse(chunk("word ")) for _ in range(DELTAS)), sse(chunk("", "stop"), "[DONE]")]
    program, script = ("-m", "chatcli"), home / "script.py"
    script.write_text(SCRIPT.format(tls=""))
    with (
        Server(always=answer("Hello")) as plain,
        Server(always=answer("Hello"), tls=server_context(home)) as secure,
        Server(always=deltas) as long,
    ):
        scripts = [count((str(script), server.url, "hi"), home) for server in (plain, secure)]
        asks = [
            count((*program, "--base-url", server.url, "-m", "m", "ask", "hi"), home)
            for server in (plain, secure, long)
        ]
    return {
        "python -c pass": count(["-c", "pass"], home),
        "chat --version": count([*program, "--version"], home),
        "chat --help": count([*program, "--help"], home),
        "httpx script, http": scripts[0],
        "httpx script, https": scripts[1],
        "chat ask, http": asks[0],
        "chat ask, https": asks[1],
        "prompt-toolkit alone, to its prompt and Ctrl+D": count_prompt(("-c", _TOOLKIT), home),
        "chat, to its prompt and Ctrl+D": [count_prompt(program, home) for _ in range(2)][-1],
        f"chat -c, the same with {LONG_CHAT} turns": count_long(program, home / "long"),
        f"{DELTAS} deltas into a pipe": asks[2] - asks[0],
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
