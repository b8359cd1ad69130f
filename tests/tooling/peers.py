"""Compares what clients do when something goes wrong: `python -m tests.tooling.peers [--peer NAME=PATH]...`.

Each is asked one question, with its answer going to a pipe, by a server on the loopback that cuts the answer, ends it
at a length limit, fails, or answers with what controls a terminal. Prints the table of the README. Other programs are
looked for on PATH, or taken from `--peer`: llm, sgpt.
"""

from __future__ import annotations

import subprocess
import tempfile
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from tests.bench.launcher import Job
from tests.bench.startup import asking, prepare, read_options
from tests.support.answers import answer, chunk, failure, sse, stream_head
from tests.support.server import CLOSE, Answer, Server, Wait
from tests.support.terminal import Terminal

PROGRAMS = ("chat ask", "llm", "sgpt")
TEXT = "  Indented, and two spaces at the end:  \n\n"
TITLE = b"\x1b]0;owned\x07"
_BEGUN = stream_head() + sse(chunk("The answer is"), done=False)
_FORGETTING = ("--no-log", "--no-cache")
_LONGEST_S = 60


def main() -> None:
    """Print the table."""
    rows: Mapping[str, Callable[[str], str]] = {
        "exit code if the network cuts the answer off": lambda name: _exit_code(name, [_BEGUN, CLOSE]),
        "exit code if the answer ends at a length limit": lambda name: _exit_code(name, answer("It", finish="length")),
        "requests sent if the server fails (500), each of which may be billed": _requests_of_a_failure,
        "a pipe gets exactly what the model wrote": _is_exact,
        "the question survives if the program is killed": _keeps_question,
        "an answer can control the terminal": _controls_terminal,
    }
    with _asking(answer("hi")) as (jobs, _server, _home):
        names = [name for name in PROGRAMS if name in jobs]
    print("| | " + " | ".join(f"`{name}`" for name in names) + " |\n| --- |" + " --- |" * len(names))
    for title, find in rows.items():
        print(f"| {title} | " + " | ".join(map(find, names)) + " |", flush=True)


@contextmanager
def _asking(script: Answer) -> Iterator[tuple[dict[str, Job], Server, Path]]:
    """Yield what starts each program with a question, the server that answers by *script*, and their home."""
    with tempfile.TemporaryDirectory() as folder, Server(always=script, models=["m"]) as server:
        home = Path(folder)
        yield {program.name: program.job for program in asking(prepare(home, server, read_options()))}, server, home


def _run(job: Job, home: Path) -> subprocess.CompletedProcess[bytes]:
    return subprocess.run(
        job.argv,
        env=job.env,
        cwd=home,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        timeout=_LONGEST_S,
        check=False,
    )


def _exit_code(name: str, script: Answer) -> str:
    with _asking(script) as (jobs, _server, home):
        return str(_run(jobs[name], home).returncode)


def _requests_of_a_failure(name: str) -> str:
    with _asking(failure(500, "broken")) as (jobs, server, home):
        _run(jobs[name], home)
        return str(len(server.posts))


def _is_exact(name: str) -> str:
    with _asking(answer(TEXT)) as (jobs, _server, home):
        return _word(_run(jobs[name], home).stdout == TEXT.encode())


def _keeps_question(name: str) -> str:
    """Kill the program while it waits for the rest of its answer, and look for the question in its files."""
    rest = threading.Event()
    with _asking([_BEGUN, Wait(rest)]) as (jobs, server, home):
        job, question = jobs[name], b"Is it kept?"
        argv = [word for word in job.argv[:-1] if word not in _FORGETTING]
        with subprocess.Popen([*argv, question], env=job.env, cwd=home, stdout=subprocess.PIPE) as program:
            server.wait_for_request(timeout_s=_LONGEST_S)
            assert program.stdout
            program.stdout.read(1)
            program.kill()
        rest.set()
        return _word(any(question in path.read_bytes() for path in home.rglob("*") if path.is_file()))


def _controls_terminal(name: str) -> str:
    with (
        _asking(answer(TITLE.decode() + "hi")) as (jobs, _server, home),
        Terminal.run(jobs[name].argv, jobs[name].env, cwd=home) as terminal,
    ):
        terminal.wait_exit(timeout_s=_LONGEST_S)
        return _word(TITLE in terminal.raw)


def _word(is_so: bool) -> str:
    return "yes" if is_so else "no"


if __name__ == "__main__":
    main()
