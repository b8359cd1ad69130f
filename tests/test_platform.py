"""What differs between systems is decided behind three doors, and the rest of the program runs the same everywhere."""

from __future__ import annotations

import ast
import re
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import IO

import pytest

from chatcli.files.locks import lockable
from chatcli.process.console import drawing_mode, echoing_mode
from chatcli.process.groups import describe_exit, kill_group, shell_command
from chatcli.process.pipes import read_by_select, read_by_thread
from tests.support.program import ROOT

DOORS = ("files", "process", "terminal")
# Modules that some systems lack, or that mean something else there.
OF_SYSTEMS = {"termios", "tty", "pty", "fcntl", "resource", "pwd", "grp", "signal", "msvcrt", "winreg", "ctypes"}
OF_SYSTEMS |= {"_thread"} | {"syslog", "crypt", "posix", "nt"}
DECISIONS = {"sys.platform", "sys.getwindowsversion", "os.name", "os.uname", "os.geteuid", "os.getuid", "os.killpg"}
MAY_DECIDE = re.compile("|".join(["hasattr", "getattr", *OF_SYSTEMS, *map(re.escape, DECISIONS)]))
PROBED = {"os", "select", "sys", "subprocess", "socket"}  # modules that have more on one system than on another


def decisions(tree: ast.AST) -> Iterator[tuple[int, str]]:
    """Yield the line and the text of each place that knows one system from another."""
    for node in ast.walk(tree):
        match node:
            case ast.Import(names=names):
                yield from ((node.lineno, name.name) for name in names if name.name.partition(".")[0] in OF_SYSTEMS)
            case ast.ImportFrom(module=str(module)) if module.partition(".")[0] in OF_SYSTEMS:
                yield node.lineno, module
            case ast.Attribute(value=ast.Name(id=owner), attr=name) if f"{owner}.{name}" in DECISIONS:
                yield node.lineno, f"{owner}.{name}"
            case ast.Call(func=ast.Name(id="hasattr" | "getattr"), args=[ast.Name(id=probed), *_]) if probed in PROBED:
                yield node.lineno, ast.unparse(node)


def test_systems_are_told_apart_behind_the_doors_alone() -> None:
    package = ROOT / "chatcli"
    elsewhere = [path for path in package.rglob("*.py") if path.relative_to(package).parts[0] not in DOORS]
    texts = {str(path.relative_to(ROOT)): path.read_text(encoding="utf-8") for path in elsewhere}

    found = {
        f"{name}:{line}": decision
        for name, text in texts.items()
        if MAY_DECIDE.search(text)  # parsing all of them takes seconds
        for line, decision in decisions(ast.parse(text))
    }

    assert found == {}


@pytest.mark.parametrize(
    "code",
    ["import signal", "from termios import ECHO", "import os\nos.name == 'nt'", "sys.platform", "hasattr(os, 'fork')"],
)
def test_a_decision_elsewhere_is_found(code: str) -> None:
    assert list(decisions(ast.parse(code)))


@pytest.mark.parametrize(
    ("environ", "windows", "argv"),
    [
        ({"SHELL": "/bin/zsh"}, False, ["/bin/zsh", "-c", "a | b"]),
        ({}, False, ["/bin/sh", "-c", "a | b"]),
        ({"SHELL": "/bin/zsh", "COMSPEC": r"C:\cmd.exe"}, True, [r"C:\cmd.exe", "/c", "a | b"]),
        ({}, True, ["cmd.exe", "/c", "a | b"]),
    ],
)
def test_commands_run_in_the_shell_of_the_system(environ: dict[str, str], windows: bool, argv: list[str]) -> None:
    assert shell_command("a | b", environ, windows=windows) == argv


def test_a_folder_is_locked_by_what_the_system_can_lock(tmp_path: Path) -> None:
    assert lockable(tmp_path, windows=False)[0] == tmp_path
    assert lockable(tmp_path, windows=True)[0].parent == tmp_path


@pytest.mark.parametrize("mode", [0, 0b1, 0b111, 0x1F7])
def test_modes_of_a_console_change_by_what_is_meant(mode: int) -> None:
    """Bit 1 of input means lines and bit 2 echo, which needs lines; bit 2 of output means sequences."""
    lines_and_echo = 0b110

    assert echoing_mode(mode, is_on=True) == mode | lines_and_echo
    assert echoing_mode(mode, is_on=False) == mode & ~lines_and_echo
    assert drawing_mode(mode) & 0b101 == 0b101
    assert drawing_mode(mode) | 0b101 == mode | 0b101


@pytest.mark.parametrize("read", [read_by_select, read_by_thread])
@pytest.mark.parametrize(
    ("command", "output", "ending"),
    [
        ("printf a; printf b", b"ab", ""),
        ("sleep 60 & printf started", b"started", ""),  # which keeps the pipe open
        ("exec >&-; exit 3", b"", "exit status 3"),
    ],
)
def test_output_is_read_until_the_program_has_ended(
    read: Callable[[subprocess.Popen[bytes], IO[bytes]], Iterator[bytes]], command: str, output: bytes, ending: str
) -> None:
    process = subprocess.Popen(["/bin/sh", "-c", command], stdout=subprocess.PIPE, start_new_session=True)

    with process:
        assert process.stdout is not None
        assert b"".join(read(process, process.stdout)) == output
        assert describe_exit(process.wait()) == ending
        kill_group(process)
