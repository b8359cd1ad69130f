"""What surrounds a release agrees with the project: the lock, the checks elsewhere, licences of carried data."""

from __future__ import annotations

import re
import tomllib

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from chatcli.cli.version import VERSION
from chatcli.process.installation import DISTRIBUTION
from tests.support.program import ROOT
from tests.tooling.lock import LOCK

PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
EXTRAS = PROJECT["optional-dependencies"]
LOCKED = dict(line.split("==") for line in LOCK.read_text(encoding="utf-8").splitlines() if not line.startswith("#"))
WORKFLOW = (ROOT / ".github" / "workflows" / "checks.yml").read_text(encoding="utf-8")
SCRIPT = (ROOT / ".ci" / "run").read_text(encoding="utf-8")


@pytest.mark.parametrize("line", [*PROJECT["dependencies"], *EXTRAS["test"], *EXTRAS["socks"], *EXTRAS["pdf"]])
def test_the_lock_has_a_version_that_the_project_takes(line: str) -> None:
    wanted = Requirement(line)
    name = canonicalize_name(wanted.name)

    assert name in LOCKED or name == "socksio"  # which no test needs
    assert name not in LOCKED or wanted.specifier.contains(LOCKED[name])


def test_checks_elsewhere_are_parts_of_those_here() -> None:
    parts = set(re.findall(r"^if step (\w+)", SCRIPT, re.MULTILINE))

    assert set(re.findall(r"\.ci/run --part (\w+)", WORKFLOW)) == parts
    assert parts >= {"tests", "format", "lint", "types"}


def test_every_python_that_is_checked_is_one_we_support() -> None:
    checked = set(re.findall(r'"(3\.\d+)"', WORKFLOW))

    least = PROJECT["requires-python"].removeprefix(">=")
    assert min(checked, key=lambda version: int(version[2:])) == least


def test_every_carried_file_has_its_licence_and_copyright() -> None:
    folder = ROOT / "chatcli" / "data"
    sections = (folder / "NOTICE.md").read_text(encoding="utf-8").split("\n# ")

    for path in folder.iterdir():
        if path.name not in ("NOTICE.md", "__pycache__"):
            (about,) = [section for section in sections if path.name in section]
            assert re.search(r"MIT License, Copyright \(c\) \d{4}", about), path.name
    assert "chatcli/data/NOTICE.md" in PROJECT["license-files"]


def test_the_changelog_has_this_version_or_says_that_none_is_released() -> None:
    changelog = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")

    assert f"## {VERSION}" in changelog or "Nothing has been released yet" in changelog


def test_the_name_stands_in_one_place_of_the_program() -> None:
    files = [*(ROOT / "chatcli").rglob("*.py"), *(ROOT / "chatcli").rglob("*.md")]

    assert [path.name for path in files if DISTRIBUTION in path.read_text(encoding="utf-8")] == ["installation.py"]
