"""The user's editor may do anything to the file it is given: the draft is what it wrote, or what it was."""

from __future__ import annotations

import os
import shlex
import signal
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from chatcli.errors import ConfigError
from chatcli.terminal.editor import edit_file, edit_text

Editor = Callable[[str], dict[str, str]]


@pytest.fixture
def editor(tmp_path: Path) -> Editor:
    """An environment whose editor runs a line of Python with the file as `f`."""

    def write(line: str) -> dict[str, str]:
        program = tmp_path / "editor.py"
        program.write_text(f"import os, pathlib, sys\nf = pathlib.Path(sys.argv[-1])\n{line}\n")
        return {"EDITOR": shlex.join([sys.executable, str(program), "--wait"])}

    return write


@pytest.mark.parametrize(
    ("line", "draft"),
    [
        ("f.write_text('written\\n')", "written"),
        ("f.write_bytes(b'\\xff\\x00a\\x1b[2J')", "\ufffda[2J"),
        ("f.write_bytes(b'')", ""),
        ("n = f.with_name(f.name + '.new'); n.write_text('renamed'); n.replace(f)", "renamed"),
    ],
    ids=["text", "bytes", "nothing", "another file"],
)
def test_what_the_editor_wrote_is_the_draft(editor: Editor, line: str, draft: str) -> None:
    assert edit_text("before", environment=editor(line)) == draft


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ("f.unlink()", "the editor deleted"),
        ("f.unlink(); f.mkdir()", "is a folder"),
        ("f.unlink(); os.mkfifo(f)", "is a pipe"),
        ("f.unlink(); f.symlink_to('/dev/zero')", "is a device"),
        ("f.unlink(); f.symlink_to(f)", "links form a loop"),
        ("os.truncate(f, 1 << 25)", "larger than 16.0 MB"),
        ("f.write_text('half'); sys.exit(3)", "exited with status 3"),
        ("os.kill(os.getpid(), 9)", "exited with status -9"),
    ],
)
def test_an_editor_that_leaves_no_text_costs_nothing(editor: Editor, line: str, reason: str) -> None:
    with pytest.raises(ConfigError) as caught:
        edit_text("my draft", environment=editor(line))

    assert reason in caught.value.sentence()
    assert caught.value.kept == "The draft is unchanged"


@pytest.mark.parametrize("folder", ["missing", "a file"])
def test_a_folder_for_temporary_files_that_cannot_be_used_is_named(
    editor: Editor, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, folder: str
) -> None:
    (tmp_path / "a file").write_text("")
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path / folder))

    with pytest.raises(ConfigError, match=f"{folder}.*: ") as caught:
        edit_text("my draft", environment=editor(""))

    assert caught.value.kept == "The draft is unchanged"


@pytest.mark.parametrize(
    ("wish", "reason"),
    [("it's", "cannot parse .EDITOR"), ("/nowhere/e", "/nowhere/e`: No such file"), ("''", "cannot start")],
)
def test_an_editor_that_cannot_be_run_is_named(tmp_path: Path, wish: str, reason: str) -> None:
    with pytest.raises(ConfigError, match=reason):
        edit_file(tmp_path / "file", environment={"EDITOR": wish})


def test_the_first_editor_that_is_installed_serves_with_the_file_as_its_only_argument(tmp_path: Path) -> None:
    for name in ("vi", "nano"):
        (tmp_path / name).write_text(f'#!/bin/sh\necho {name} "$@" > "$1"\n')
        (tmp_path / name).chmod(0o700)

    edit_file(tmp_path / "f", environment={"PATH": str(tmp_path), "EDITOR": " "})

    assert (tmp_path / "f").read_text() == f"nano {tmp_path / 'f'}\n"


def test_ctrl_backslash_in_the_editor_is_the_editors(editor: Editor) -> None:
    """The terminal sends it to all programs in the foreground."""
    seen: list[int] = []
    before = signal.signal(signal.SIGQUIT, lambda number, _frame: seen.append(number))
    line = "import signal; os.kill(os.getppid(), 3); f.write_text(str(signal.getsignal(3) == signal.SIG_DFL))"
    try:
        assert edit_text("", environment=editor(line)) == "True"
        assert seen == []
        os.kill(os.getpid(), signal.SIGQUIT)
        assert seen == [signal.SIGQUIT]
    finally:
        signal.signal(signal.SIGQUIT, before)
