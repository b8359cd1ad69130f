"""What .gitignore leaves out is what git leaves out, rule by rule and tree by tree."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from chatcli.files.gitignore import IgnoreRules
from chatcli.files.project_files import _walked


@pytest.mark.parametrize(
    ("rules", "path", "is_left_out"),
    [
        ("*.log", "a.log", True),
        ("*.log", "deep/er/a.log", True),
        ("/a.log", "b/a.log", False),
        ("/a.log", "a.log", True),
        ("b/a.log", "c/b/a.log", False),
        ("**/b/a.log", "c/b/a.log", True),
        ("b/**", "b/c/d", True),
        ("b/**/d", "b/d", True),
        ("b/**/d", "b/c/e/d", True),
        ("a**b", "axyb", True),
        ("a**b", "ax/yb", False),
        ("build/", "build", False),
        ("*.log\n!keep.log", "keep.log", False),
        ("!keep.log\n*.log", "keep.log", True),
        ("# note\n\\#note", "#note", True),
        ("\\!x", "!x", True),
        ("a.txt   ", "a.txt", True),
        ("a\\ ", "a ", True),
        ("[a-c].t", "b.t", True),
        ("[!a-c].t", "b.t", False),
        ("[^a-c].t", "d.t", True),
        ("[]x]", "]", True),
        ("[[:digit:]].t", "7.t", True),
        ("[z-a]", "z", False),
        ("[", "[", False),
        ("a?c", "abc", True),
        ("a?c", "a/c", False),
        ("a\r\nb", "a", True),
        ("\ufeffa", "a", True),
        ("", "a", False),
        ("/", "a", False),
        ("*", "a/b", True),
        ("日本*", "日本語", True),
    ],
)
def test_a_rule_leaves_out(rules: str, path: str, is_left_out: bool) -> None:
    assert IgnoreRules().below("", rules).leaves_out(path, is_folder=False) == is_left_out


@pytest.fixture(scope="module")
def repository(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("repository")
    subprocess.run(["git", "init", "-q", folder], check=True, env={**os.environ, "GIT_CONFIG_GLOBAL": "/dev/null"})
    return folder


names = st.sampled_from(["a", "b", "ab", "a.b", "b.a"])
paths = st.lists(names, min_size=1, max_size=3).map("/".join)
globs = st.lists(st.sampled_from(["a", "b", ".", "*", "**", "/", "?", "[ab]", "[!a]", "!", "\\", " "]), max_size=5)
files = st.lists(globs.map("".join), max_size=4).map("\n".join)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.sets(paths, min_size=1, max_size=8), st.dictionaries(st.sampled_from(["", "a/", "b/", "ab/"]), files, max_size=3)
)
def test_git_says_the_same(repository: Path, tree: set[str], rules: dict[str, str]) -> None:
    for entry in repository.iterdir():
        if entry.name != ".git":
            shutil.rmtree(entry) if entry.is_dir() else entry.unlink()
    for path in sorted(tree):
        write(repository / path, "x")
    for folder, text in rules.items():
        if not (repository / folder).exists() or (repository / folder).is_dir():
            write(repository / folder / ".gitignore", text)

    listed = subprocess.run(
        ["git", "-C", repository, "ls-files", "-z", "-o", "--exclude-standard"],
        capture_output=True,
        check=True,
        text=True,
    )

    wanted = {path for path in listed.stdout.split("\0") if path and not path.endswith(".gitignore")}
    assert set(_walked(repository)) == wanted


def write(path: Path, text: str) -> None:
    """Write a file unless something of another kind is in the way."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    except OSError:
        return
