"""The files of a project, found by letters of their paths."""

from __future__ import annotations

import os
import shutil
import subprocess
import time
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chatcli.files import project_files
from chatcli.files.project_files import ProjectFiles

TREE = ("README.md", "src/app/main.py", "src/app/render.py", "docs/render.md", "src/übung.py", "build.log", ".env")
WAIT_S = 10.0


def search(root: Path, typed: str, *, most: int = 50) -> list[str]:
    """Search when the list is whole."""
    files = ProjectFiles(root)
    files.search("", most=1, wait_s=WAIT_S)
    assert files._thread is not None
    files._thread.join(WAIT_S)
    return files.search(typed, most=most)


@pytest.fixture(params=["git", "folders"])
def root(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    for path in TREE:
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).touch()
    if request.param == "git":
        git = shutil.which("git")
        assert git is not None
        subprocess.run([git, "init", "-q"], cwd=tmp_path, check=True)
        (tmp_path / ".gitignore").write_text("*.log\n.env\n.gitignore\n")
    else:
        (tmp_path / "build.log").unlink()
    return tmp_path


@pytest.mark.parametrize(
    ("typed", "found"),
    [
        ("", ["README.md", "docs/render.md", "src/übung.py", "src/app/main.py", "src/app/render.py"]),
        ("render", ["docs/render.md", "src/app/render.py"]),
        ("RENDER.P", ["src/app/render.py"]),
        ("read", ["README.md"]),
        ("app/m", ["src/app/main.py"]),
        ("srnd", ["docs/render.md", "src/app/render.py"]),
        ("ÜB", ["src/übung.py"]),
        ("log", []),
        (".env", []),
        ("(", []),
    ],
)
def test_letters_find_paths(root: Path, typed: str, found: list[str]) -> None:
    assert sorted(search(root, typed)) == sorted(found)


def test_names_that_begin_so_come_first(root: Path) -> None:
    assert search(root, "m")[0] == "src/app/main.py"
    assert search(root, "re", most=1) == ["README.md"]


def test_no_hook_of_the_repository_runs(tmp_path: Path) -> None:
    git = shutil.which("git")
    assert git is not None
    subprocess.run([git, "init", "-q"], cwd=tmp_path, check=True)
    subprocess.run([git, "config", "core.fsmonitor", "touch ran; false"], cwd=tmp_path, check=True)
    (tmp_path / "file").touch()

    assert search(tmp_path, "") == ["file"]
    assert not (tmp_path / "ran").exists()


def test_a_pipe_called_gitignore_holds_nothing_up(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    os.mkfifo(tmp_path / ".gitignore")

    assert search(tmp_path, "file") == ["file"]


def test_a_working_directory_that_was_deleted_has_no_files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    tmp_path.rmdir()
    files = ProjectFiles()

    assert files.search("x", most=5, wait_s=WAIT_S) == []


def test_new_file_is_found_once_the_list_is_old(tmp_path: Path) -> None:
    now = [0.0]
    files = ProjectFiles(tmp_path, clock=lambda: now[0])
    assert files.search("new", most=5, wait_s=WAIT_S) == []
    (tmp_path / "new").touch()
    now[0] = project_files.FRESH_S + 1

    deadline = time.monotonic() + WAIT_S
    while not files.search("new", most=5):
        assert time.monotonic() < deadline


@settings(max_examples=100)
@given(st.lists(st.text("aAbß/. ", min_size=1, max_size=8), max_size=20), st.text("abß/", min_size=1, max_size=4))
def test_search_finds_what_a_look_at_each_path_finds(paths: list[str], typed: str) -> None:
    def has_letters(path: str) -> bool:
        letters = iter(path.casefold())
        return all(letter in letters for letter in typed.casefold())

    listing = project_files._listing(set(paths))

    found = project_files._search(typed, listing, 100, end_s=time.perf_counter() + WAIT_S)

    assert sorted(found) == sorted(path for path in set(paths) if has_letters(path))
