"""How long programs take to start: `python -m tests.bench.startup [--runs 9] [--chat PATH] [--peer NAME=PATH]...`.

Whole processes, measured side by side: in each round every program runs once, in turn, so that all meet the same
machine; the first round is thrown away; figures are medians. Prints Markdown tables with ratios, which is what to
compare: times of different machines and days are not.

- *version*, *help*: nothing to do but to start.
- *ask*: one question to a server on this machine; the moment it arrives there, the first byte of the answer on a pipe.
  *ask, https*: the same with TLS, where SSL_CERT_FILE names the authority.
- *prompt*: a conversation in a terminal, the second one in its home; from start to the echo of the first key, and to
  the prompt with all that stands around it. `chat -c` goes on with a chat of 5 000 turns.

Other programs are looked for on the PATH, or taken from `--peer`: llm, sgpt.
"""

from __future__ import annotations

import argparse
import os
import platform
import shutil
import ssl
import statistics
import sys
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, replace
from pathlib import Path

import trustme

from tests.bench.goals import Goal, section
from tests.bench.launcher import Job, Launcher, Sample
from tests.bench.repl import store_long_chat
from tests.support.answers import answer
from tests.support.program import CHAT, environment
from tests.support.server import Server

LEAST_RUNS = 9
AUTHORITY = "authority.pem"
ANSWER = "The quick brown fox jumps over the lazy dog."

RECIPES = ("llm", "sgpt")

# What someone would write who wants an answer and nothing else. {tls}: httpx prepares TLS even for http://. Its own
# command line is left out, which takes click and rich where these are installed.
SCRIPT = """\
import json, sys
sys.modules["httpx._main"] = None
import httpx
url, text = sys.argv[1:]
body = {{"model": "m", "stream": True, "messages": [{{"role": "user", "content": text}}]}}
with httpx.Client({tls}) as client:
    with client.stream("POST", url + "/chat/completions", json=body) as response:
        response.raise_for_status()
        for line in response.iter_lines():
            if not line.startswith("data: ") or line == "data: [DONE]":
                continue
            for choice in json.loads(line[6:])["choices"]:
                sys.stdout.write(choice["delta"].get("content") or "")
                sys.stdout.flush()
sys.stdout.write("\\n")
"""


@dataclass(frozen=True, slots=True)
class Program:
    """One row of a table: a name, how it is started, and the server that it asks."""

    name: str
    job: Job
    server: Server


@dataclass(frozen=True, slots=True)
class Figures:
    """The medians of one program; milliseconds and 10^6 bytes, None where there is nothing to measure."""

    request_ms: float | None
    first_byte_ms: float | None
    echo_ms: float | None
    complete_ms: float | None
    total_ms: float
    cpu_ms: float
    peak_mb: float


@dataclass(frozen=True, slots=True)
class Place:
    """What programs are given: a home, a server, the chat command, the paths of the others."""

    home: Path
    server: Server
    chat: Sequence[str]
    peers: Mapping[str, str]

    @property
    def url(self) -> str:
        """The address of the server."""
        return self.server.url

    def program(self, name: str, *argv: str, drawn: bytes = b"") -> Program:
        """Return the program that *argv* is, in a clean environment with what the others are configured by."""
        authority = {"SSL_CERT_FILE": str(self.home / AUTHORITY)} if self.url.startswith("https:") else {}
        env = authority | {
            "OPENAI_API_KEY": "none",  # for programs that start with a key only
            "OPENAI_BASE_URL": self.url,
            "CHAT_MODEL": "m",
            "LLM_USER_PATH": str(self.home / "llm"),
            "API_BASE_URL": self.url,
            "DEFAULT_MODEL": "m",
        }
        return Program(name, Job(argv, environment(self.home, env), drawn), self.server)


def main() -> None:
    """Measure and print."""
    options = read_options()
    print(
        f"{platform.python_implementation()} {platform.python_version()}, {platform.system()} {platform.machine()}, ",
        end="",
    )
    print(f"{os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}; medians of {options.runs} interleaved runs.")
    with ExitStack() as stack:
        home = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        launcher = stack.enter_context(Launcher())
        server, secure = (
            stack.enter_context(Server(always=answer(ANSWER), tls=tls)) for tls in (None, server_context(home))
        )
        place = prepare(home, server, options)
        secure_place = replace(place, server=secure, peers={})
        os.chdir(home)
        kinds = {
            "--version": trivial(place),
            "ask": asking(place),
            "ask, https": asking(secure_place),
            "prompt": prompting(place),
        }
        found = {}
        for title, programs in kinds.items():
            samples = measure(programs, runs=options.runs, launch=launcher.run)
            found[title] = {name: medians(runs) for name, runs in samples.items()}
            print(f"\n## {title}\n\n{table(found[title])}")
        print(f"\n{section(goals(found))}")
        os.chdir("/")


def server_context(home: Path) -> ssl.SSLContext:
    """Return the context of a server whose authority is written below *home*."""
    authority = trustme.CA()
    authority.cert_pem.write_to_path(str(home / AUTHORITY))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("127.0.0.1").configure_cert(context)
    return context


def goals(found: Mapping[str, Mapping[str, Figures]]) -> Iterator[Goal]:
    """Yield what was measured with its goals."""
    python, prompt = found["--version"]["python -c pass"], found["prompt"]
    for flag, most_ms in (("--version", 20), ("--help", 36)):
        ours = found["--version"][f"chat {flag}"]
        yield Goal(f"`{flag}` over the bare interpreter", ours.cpu_ms - python.cpu_ms, most_ms, "ms CPU")
    for title, script in (("ask", "httpx script, no TLS"), ("ask, https", "httpx script")):
        rows = found[title]
        for name, most in ((script, 1.2), ("llm", 0.25)):
            if name in rows:
                ours_ms, other_ms = rows["chat ask"].request_ms or 0, rows[name].request_ms or 0
                yield Goal(f"`{title}`, request arrives", ours_ms, most, "ms", other_ms, name)
    yield Goal("`ask`, peak memory", found["ask"]["chat ask"].peak_mb, 30, "MB")
    for name, most in (("python, readline", 1.5), ("llm", 0.05)):
        if name in prompt:
            yield Goal("first key echoed", prompt["chat"].echo_ms or 0, most, "ms", prompt[name].echo_ms or 0, name)
    ours_ms, alone_ms = (prompt[name].complete_ms or 0 for name in ("chat", "prompt-toolkit alone"))
    yield Goal("prompt complete", ours_ms, 1.35, "ms", alone_ms, "prompt-toolkit alone")
    yield Goal("`-c` with 5 000 turns", prompt["chat -c"].cpu_ms, 1.3, "ms CPU", prompt["chat"].cpu_ms, "a new chat")


def read_options() -> argparse.Namespace:
    """Return what the command line says."""
    parser = argparse.ArgumentParser(description="Measure how long programs take to start.")
    parser.add_argument("--runs", type=int, default=LEAST_RUNS, help=f"rounds that count, {LEAST_RUNS} unless given")
    parser.add_argument("--chat", help="the chat command; python -m chatcli where it is not given")
    parser.add_argument("--peer", action="append", default=[], metavar="NAME=PATH", help=f"one of {', '.join(RECIPES)}")
    return parser.parse_args()


def prepare(home: Path, server: Server, options: argparse.Namespace) -> Place:
    """Write what the programs need below *home*."""
    for name, tls in (("client", ""), ("client_no_tls", "verify=False")):
        (home / f"{name}.py").write_text(SCRIPT.format(tls=tls))
    (home / "llm").mkdir()
    (home / "llm" / "extra-openai-models.yaml").write_text(
        f"- model_id: m\n  model_name: m\n  api_base: {server.url}\n"
    )
    named = dict(peer.split("=", 1) for peer in options.peer)
    found = {name: path for name in RECIPES if (path := named.get(name) or shutil.which(name))}
    return Place(home, server, [options.chat] if options.chat else CHAT, found)


def trivial(place: Place) -> list[Program]:
    """Return the programs that have nothing to do but to start."""
    peers = [place.program(f"{name} --version", path, "--version") for name, path in place.peers.items()]
    return [
        place.program("python -c pass", sys.executable, "-c", "pass"),
        place.program("chat --version", *place.chat, "--version"),
        place.program("chat --help", *place.chat, "--help"),
        *([place.program("curl --version", "curl", "--version")] if shutil.which("curl") else []),
        *peers,
    ]


def asking(place: Place) -> list[Program]:
    """Return the programs that ask one question; the script without TLS is what `chat` is compared with."""
    body = '{"model": "m", "stream": true, "messages": [{"role": "user", "content": "hi"}]}'
    trust, kind = ["--cacert", str(place.home / AUTHORITY)], ["-H", "content-type: application/json"]
    curl = ["curl", "-sN", *trust, *kind, "-d", body, f"{place.url}/chat/completions"]
    peers = {
        "llm": ["-m", "m", "--no-log", "hi"],
        "sgpt": ["--model", "m", "--no-cache", "--no-md", "hi"],
    }
    return [
        place.program("httpx script", sys.executable, str(place.home / "client.py"), place.url, "hi"),
        place.program("httpx script, no TLS", sys.executable, str(place.home / "client_no_tls.py"), place.url, "hi"),
        *([place.program("curl -N", *curl)] if shutil.which("curl") else []),
        place.program("chat ask", *place.chat, "--base-url", place.url, "-m", "m", "ask", "hi"),
        *(place.program(name, path, *peers[name]) for name, path in place.peers.items()),
    ]


def prompting(place: Place) -> list[Program]:
    """Return the programs that open a conversation in a terminal; `chat -c` goes on with one of 5 000 turns."""
    long = replace(place, home=place.home / "long")
    store_long_chat(long.home)
    plain = "import readline; input('> ')"
    toolkit = "from prompt_toolkit import PromptSession; PromptSession().prompt('> ')"
    peers = {"llm": ["chat", "-m", "m"], "sgpt": ["--model", "m", "--repl", "temp"]}
    return [
        place.program("python, readline", sys.executable, "-c", plain, drawn=b"> "),
        place.program("prompt-toolkit alone", sys.executable, "-c", toolkit, drawn=b"> "),
        place.program("chat", *place.chat, drawn=b"m@"),  # its endpoint and model are in the environment
        long.program("chat -c", *place.chat, "-c", drawn=b"m@"),
        *(place.program(name, path, *peers[name], drawn=b"> ") for name, path in place.peers.items()),
    ]


@dataclass(frozen=True, slots=True)
class Run:
    """A sample, and the moment at which the server saw its request."""

    sample: Sample
    request_at: float | None


def measure(programs: Sequence[Program], *, runs: int, launch: Callable[[Job], Sample]) -> dict[str, list[Run]]:
    """Run all *programs* in turn, *runs* times and once more to warm up; those that fail are reported and left out."""
    kept: dict[str, list[Run]] = {program.name: [] for program in programs}
    for number in range(runs + 1):
        for program in programs:
            if program.name not in kept:
                continue
            before = len(program.server.posts)
            sample = launch(program.job)
            if is_failure(sample, program.job):
                print(f"\n{program.name} failed ({sample.exit_code}): {sample.output[-500:]!r}", file=sys.stderr)
                del kept[program.name]  # a wrong row is worse than none
            elif number > 0:
                asked = program.server.posts[before:]
                kept[program.name].append(Run(sample, asked[0].first_byte_at if asked else None))
    return kept


def is_failure(sample: Sample, job: Job) -> bool:
    """Return whether a run says nothing about the program's speed."""
    return sample.echoed_at is None if job.drawn else sample.exit_code != 0


def medians(runs: Sequence[Run]) -> Figures:
    """Return the medians of *runs*, counted from the start of each."""

    def since_start(moment: Callable[[Run], float | None]) -> float | None:
        moments = [(moment(run), run.sample.started_at) for run in runs]
        spans = [(at - start) * 1000 for at, start in moments if at is not None]
        return statistics.median(spans) if spans else None

    return Figures(
        request_ms=since_start(lambda run: run.request_at),
        first_byte_ms=since_start(lambda run: run.sample.first_byte_at),
        echo_ms=since_start(lambda run: run.sample.echoed_at),
        complete_ms=since_start(lambda run: run.sample.complete_at),
        total_ms=since_start(lambda run: run.sample.ended_at) or 0.0,
        cpu_ms=statistics.median(run.sample.cpu_s for run in runs) * 1000,
        peak_mb=statistics.median(run.sample.peak_mb for run in runs),
    )


COLUMNS: Mapping[str, Callable[[Figures], float | None]] = {
    "request ms": lambda figures: figures.request_ms,
    "first byte ms": lambda figures: figures.first_byte_ms,
    "key echoed ms": lambda figures: figures.echo_ms,
    "prompt complete ms": lambda figures: figures.complete_ms,
    "total ms": lambda figures: figures.total_ms,
    "CPU ms": lambda figures: figures.cpu_ms,
    "peak MB": lambda figures: figures.peak_mb,
}


def table(rows: Mapping[str, Figures]) -> str:
    """Return a Markdown table; in brackets how many times the first row's figure each figure is."""
    first = next(iter(rows.values()))
    columns = {name: figure for name, figure in COLUMNS.items() if figure(first) is not None}
    lines = [f"| program | {' | '.join(columns)} |", f"|---|{'---:|' * len(columns)}"]
    for name, figures in rows.items():
        cells = [cell(figure(figures), figure(first)) for figure in columns.values()]
        lines.append(f"| {name} | {' | '.join(cells)} |")
    return "\n".join(lines)


def cell(value: float | None, reference: float | None) -> str:
    """Return a figure and its ratio to *reference*."""
    if value is None or not reference:
        return "-"
    return f"{value:.1f} ({value / reference:.2f})"


if __name__ == "__main__":
    main()
