"""Long text goes to the user's pager, as it was told to be one."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from chatcli.errors import ConfigError
from chatcli.terminal.pager import show_in_pager


def write_program(folder: Path, name: str, script: str) -> None:
    file = folder / name
    file.write_text(f"#!/bin/sh\n{script}\n")
    file.chmod(0o755)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder of programs; `less` and `more` write their arguments and what they are given to `shown`."""
    for name in ("less", "more"):
        write_program(tmp_path, name, f'echo "{name} $*" > {tmp_path}/shown; /bin/cat >> {tmp_path}/shown')
    return tmp_path


PAGERS = [
    pytest.param({}, "less -R\ntext", id="less with colours"),
    pytest.param({"LESS": "-F"}, "less -R\ntext", id="colours whatever LESS says"),
    pytest.param({"PAGER": "less -S"}, "less -S -R\ntext", id="with arguments"),
    pytest.param({"PAGER": "more"}, "more \ntext", id="another"),
]


@pytest.mark.parametrize(("env", "shown"), PAGERS)
def test_the_pager_of_the_user_is_used(folder: Path, env: dict[str, str], shown: str) -> None:
    named = {"PAGER": f"{folder}/{env['PAGER']}"} if "PAGER" in env else {}

    assert show_in_pager(lambda: "text", environment={**env, **named, "PATH": str(folder)})
    assert (folder / "shown").read_text() == shown


def test_without_less_there_is_more(folder: Path) -> None:
    (folder / "less").unlink()

    assert show_in_pager(lambda: "text", environment={"PATH": str(folder)})
    assert (folder / "shown").read_text().startswith("more")


@pytest.mark.parametrize("pager", ["", "  ", "cat", None])
def test_without_a_pager_nothing_is_started(tmp_path: Path, pager: str | None) -> None:
    environment = {"PATH": str(tmp_path)} | ({"PAGER": pager} if pager is not None else {})

    assert not show_in_pager(lambda: "text", environment=environment)


@pytest.mark.parametrize(
    ("pager", "part"), [("/no/such/pager", "No such file"), ("/", "Permission"), ("false", "status 1"), ('"', "parse")]
)
def test_a_pager_that_fails_is_named(pager: str, part: str) -> None:
    with pytest.raises(ConfigError, match=part):
        show_in_pager(lambda: "text", environment={"PAGER": pager, "PATH": os.defpath})


def test_a_pager_that_is_closed_early_is_no_error(folder: Path) -> None:
    write_program(folder, "less", "exit 0")

    assert show_in_pager(lambda: "x" * 1_000_000, environment={"PATH": str(folder)})
