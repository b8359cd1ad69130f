"""No hint installs someone else's code: libraries are named themselves, for the interpreter that runs."""

from __future__ import annotations

import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from chatcli.process.installation import DISTRIBUTION, install_command
from tests.support.program import ROOT

OTHERS = "chatcli"  # who has that name on the public index is not us
_INSTALLS = re.compile(r"\b(?:pip|pipx|uv|uvx|conda|poetry|pdm)\b[^\n`]*\b(?:install|add|tool run|uvx)\b[^\n`]*")


def test_the_project_has_the_name_that_the_program_knows() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]

    assert (project["name"], project["scripts"]) == (DISTRIBUTION, {"chat": "chatcli.__main__:main"})
    assert DISTRIBUTION != OTHERS


def test_a_library_is_installed_for_the_interpreter_that_runs() -> None:
    command = install_command("socksio")

    assert command == f"{sys.executable} -m pip install socksio"
    assert subprocess.run([*command.split(), "--help"], capture_output=True, check=False).returncode == 0


def test_an_environment_without_pip_has_another_way(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "executable", "/a b/python")
    monkeypatch.setattr("importlib.util.find_spec", lambda _name: None)

    assert install_command("pypdf") == "uv pip install --python '/a b/python' pypdf"


def test_no_text_installs_us_from_an_index() -> None:
    texts = [path for kind in ("*.py", "*.md") for path in (ROOT / "chatcli").rglob(kind)]
    texts += [ROOT / "README.md", ROOT / "config.example.toml", *Path(ROOT / "docs").rglob("*.md")]
    said = [line for path in texts for line in _INSTALLS.findall(path.read_text(encoding="utf-8"))]

    assert any("'.[test]'" in line for line in said), "the way to look for such lines has rotted"
    assert [line for line in said if OTHERS in line.replace(DISTRIBUTION, "")] == []
    assert not [path for path in texts if f"{OTHERS}[" in path.read_text(encoding="utf-8")]
