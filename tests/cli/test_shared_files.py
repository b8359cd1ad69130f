"""What the wheel puts beside the program: the man page names all there is, and a completion script completes."""

from __future__ import annotations

import re
import subprocess
import sys
import tomllib
from pathlib import Path

from chatcli.cli.table import COMMANDS
from chatcli.errors import EXIT_CODES
from chatcli.flags import FLAGS
from tests.support.program import ROOT, environment, unmeasured
from tests.tooling.man_page import man_page
from tests.tooling.tables import SHARED

MACROS = {".TH", ".SH", ".SS", ".TP", ".B", ".I", ".RI", ".br"}


def test_the_man_page_names_every_command_flag_and_exit_code() -> None:
    lines = man_page().splitlines()
    titles = {
        re.sub(r"\\f.|\\(?=-)", "", line) for line, before in zip(lines[1:], lines, strict=False) if before == ".TP"
    }
    flags = {name for title in titles for name in re.findall(r"--?[\w-]+", title)}

    assert {name for flag in FLAGS.values() for name in flag.names} <= flags
    assert {f"{command.group} {command.name}".strip() for command in COMMANDS} <= titles
    assert set(map(str, EXIT_CODES)) <= titles


def test_the_man_page_is_roff_that_every_reader_takes() -> None:
    """A line that begins with a dot or a quote is a request; a bare hyphen could be drawn as another sign."""
    page = man_page()

    assert {line.split()[0] for line in page.splitlines() if line.startswith((".", "'"))} <= MACROS
    assert page.isascii()
    assert re.findall(r"(?<!\\)--", page) == []


def test_the_wheel_takes_along_all_that_is_shared() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    shared = project["tool"]["hatch"]["build"]["targets"]["wheel"]["shared-data"]

    files = {str(path.relative_to(ROOT)) for path in SHARED.rglob("*") if path.is_file()}

    assert shared.keys() == files
    assert all(place.startswith("share/") for place in shared.values())


def test_bash_completes_commands_and_flags(home: Path) -> None:
    program = home / "chat"
    program.write_text(f'#!/bin/sh\nexec {sys.executable} -m chatcli "$@"\n')
    program.chmod(0o700)
    ask = 'COMP_WORDS=({words}); COMP_CWORD={at}; _chat_completion chat; echo "${{COMPREPLY[*]}}"'
    lines = [ask.format(words="chat sess", at=1), ask.format(words="chat ask --trunc", at=2)]
    env = environment(home, unmeasured())
    script = "\n".join([f"source '{SHARED}/completions/chat'", *lines])

    ran = subprocess.run(
        ["bash", "-c", script],
        env=env | {"PATH": f"{home}:{env['PATH']}"},
        capture_output=True,
        text=True,
        check=False,
        timeout=30,
    )

    assert (ran.stdout.splitlines(), ran.stderr) == (["sessions", "--truncate"], "")
