"""Every measurement in one: `python -m tests.bench [--docs | --out FILE] [--only NAME]...`.

Each runs as a program of its own, one after the other, beside those of the other programs that are on the PATH; one
table of goals comes first, then the tables of each, under the machine and the versions. What fails is named, and the
rest continues. `--docs` writes docs/speed.md but for its notes, which it keeps, and the figures of a question into the
README.
"""

from __future__ import annotations

import argparse
import ast
import os
import platform
import re
import subprocess
import sys
from collections.abc import Mapping, Sequence
from importlib.metadata import version
from pathlib import Path

from tests.bench.goals import gather

BENCHES = ("startup", "repl", "stream", "render", "window", "store", "batch", "instructions")
PACKAGES = ("httpx", "rich", "prompt-toolkit", "typer", "tiktoken")
ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs" / "speed.md"
NOTES = "\n## Notes\n"  # what is known about the figures, at the end of the page
PEER = "llm"  # has a row there where it was measured
# How the rows of the README begin, by the programs that they are about.
SHOWN: Mapping[str, str] = {
    "curl -N": r"`curl -N`",
    "httpx script": r".*15 .*httpx.*|.*httpx.*15 .*",
    "chat ask": r"\*\*`chat ask`\*\*.*",
    PEER: "`llm`",
}


def head() -> str:
    """Return the machine and the versions."""
    versions = ", ".join(f"{name} {version(name)}" for name in PACKAGES)
    system = f"{platform.system()} {platform.machine()}, {os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}"
    return f"Python {platform.python_version()}, {system}; {versions}."


def measure(name: str) -> tuple[str, bool]:
    """Return what the bench *name* prints, and whether it went through."""
    ran = subprocess.run([sys.executable, "-m", f"tests.bench.{name}"], capture_output=True, text=True, check=False)
    if ran.returncode:
        return f"failed: {ran.stderr.strip().splitlines()[-1:]}", False
    return ran.stdout.strip(), True


def report(printed: Mapping[str, str], machine: str) -> str:
    """Return the whole report of what the benches have *printed*: goals first, then each with its command."""
    goals, rest = gather(list(printed.values()))
    sections = [
        f"## {_subject(name)}\n\n`python -m tests.bench.{name}`\n\n{_as_section(text)}"
        for name, text in zip(printed, rest, strict=True)
    ]
    intro = "Every figure stands below the command that measures it. Ratios of two machines are alike, times are not."
    return "\n\n".join(("# Speed", intro, f"`python -m tests.bench --docs`: {machine}", goals, *sections)) + "\n"


def with_notes(text: str, page: str) -> str:
    """Return the report *text* with the notes at the end of *page*."""
    return text + "".join(page.partition(NOTES)[1:])


def _as_section(printed: str) -> str:
    """Return what was printed below a heading of its own: as it stands where it is no Markdown."""
    if "\n|" not in f"\n{printed}":
        return f"```text\n{printed}\n```"
    return re.sub("^## ", "### ", printed, flags=re.MULTILINE)


def _subject(name: str) -> str:
    """Return what a bench measures, by the first line of its text."""
    text = ast.get_docstring(ast.parse((ROOT / "tests" / "bench" / f"{name}.py").read_text())) or name
    return re.split(r"[:.]", text, maxsplit=1)[0]


def with_figures(readme: str, startup: str) -> str:
    """Return *readme* with the figures of the table of questions in *startup*, also of the peer if it ran."""
    table = startup.partition("\n## ask\n")[2].partition("\n## ")[0]
    measured = {row[0]: row[1:] for line in table.splitlines() if len(row := _row(line)) == 6}
    lines, peer = readme.split("\n"), f"| {SHOWN[PEER]} | | | | |"
    ours = next((at for at, line in enumerate(lines) if _shows(line, "chat ask")), None)
    if PEER in measured and ours is not None and not any(_shows(line, PEER) for line in lines):
        lines.insert(ours + 1, peer)
    for at, line in enumerate(lines):
        for program in measured.keys() & SHOWN.keys():
            if _shows(line, program):
                lines[at] = _figures_row(_row(line)[0], measured[program])
    return "\n".join(lines)


def _shows(line: str, program: str) -> bool:
    row = _row(line)
    return len(row) == 5 and re.fullmatch(SHOWN[program], row[0]) is not None


def _figures_row(title: str, measured: Sequence[str]) -> str:
    request, first, _, cpu, peak = (f"{float(cell.partition(' ')[0]):.0f}" for cell in measured)
    bold = "**" if title.startswith("**") else ""
    cells = (f"{bold}{cell}{bold}" for cell in (f"{request} ms", f"{first} ms", f"{cpu} ms", f"{peak} MB"))
    return f"| {title} | {' | '.join(cells)} |"


def _row(line: str) -> list[str]:
    return [cell.strip() for cell in line.strip("|").split("|")] if line.startswith("| ") else []


def main(arguments: Sequence[str] | None = None) -> int:
    """Run all, write what they print, and return 1 if any failed."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition(":")[0])
    parser.add_argument("--out", type=Path, help="the file to write; stdout where it is not given")
    parser.add_argument("--docs", action="store_true", help="write docs/speed.md, and figures into the README")
    parser.add_argument("--only", action="append", choices=BENCHES, help="one of them; may be repeated")
    given = parser.parse_args(arguments)
    found = {name: measure(name) for name in given.only or BENCHES}
    text = report({name: printed for name, (printed, _) in found.items()}, head())
    out = PAGE if given.docs else given.out
    if given.docs:
        text = with_notes(text, PAGE.read_text(encoding="utf-8"))
    if out:
        out.write_text(text, encoding="utf-8")
    else:
        print(text, end="")
    if given.docs and "startup" in found:
        for readme in ROOT.glob("README*.md"):
            readme.write_text(with_figures(readme.read_text(encoding="utf-8"), found["startup"][0]), encoding="utf-8")
    return 0 if all(is_whole for _, is_whole in found.values()) else 1


if __name__ == "__main__":
    sys.exit(main())
