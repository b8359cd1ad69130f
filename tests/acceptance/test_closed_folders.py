"""Folders and files of ours that cannot be used, each in every way: no command calls that a bug, and each names it."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.conftest import Chat, OpenServer
from tests.support.answers import answer
from tests.support.program import CHAT, Ran, environment, run
from tests.support.server import Server

FOLDERS = {"settings": ".config", "state": ".local/state", "cache": ".cache", "chats": ".local/share"}
ALWAYS = (("ask", "new question"), ("doctor",))
COMMANDS = {
    "settings": (("keys", "set", "ollama"), ("keys", "list"), ("config", "show"), ("config", "init")),
    "state": (("trust",),),
    "cache": (("models",),),
    "chats": (
        ("ask", "-c", "more"),
        ("sessions", "list"),
        ("sessions", "search", "first"),
        ("sessions", "export", "--all", "--format", "json"),
        ("sessions", "rename", "first question", "other"),
        ("sessions", "import", "chat.json"),
    ),
}


def configure(home: Path, url: str) -> None:
    config = home / ".config/chatcli/config.toml"
    config.parent.mkdir(parents=True, mode=0o700)
    config.write_text(f'[defaults]\nprovider = "l"\nmodel = "m"\n[providers.l]\nbase_url = "{url}"\n')


@pytest.fixture(scope="module")
def full_home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A home with all the files that there can be, whose server always answers."""
    home = tmp_path_factory.mktemp("full")
    with Server(always=answer("A fine answer.")) as server:
        configure(home, server.url)
        (home / ".cache/chatcli").mkdir(parents=True, mode=0o700)
        (home / "chat.json").write_text('{"messages": [{"role": "user", "content": "imported"}]}')
        (home / ".chat.toml").write_text('[defaults]\nsystem = "S"\n')
        for words in (("trust",), ("ask", "first question"), ("keys", "set", "ollama")):
            assert run(*words, home=home, stdin=b"sk-something").exit_code == 0
        yield home


def become(path: Path, make: Callable[[Path], object]) -> None:
    """Put what *make* makes in the folder_path of *path*."""
    shutil.rmtree(path) if path.is_dir() else path.unlink(missing_ok=True)
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    make(path)


WAYS: dict[str, Callable[[Path], None]] = {
    "closed": lambda path: path.chmod(0),
    "read-only": lambda path: path.chmod(0o500 if path.is_dir() else 0o400),
    "unsearchable": lambda path: path.chmod(0o600),
    "links to itself": lambda path: become(path, lambda it: it.symlink_to(it.name)),
    "links to nothing": lambda path: become(path, lambda it: it.symlink_to("nowhere/at/all")),
    "a file": lambda path: become(path, lambda it: it.write_bytes(b"\xff\x00odd")),
    "a folder": lambda path: become(path, lambda it: it.mkdir(mode=0o700)),
    "a pipe": lambda path: become(path, os.mkfifo),
}


def assert_is_told(ran: Ran, words: str, home: Path) -> None:
    """A fault of the world: in a sentence, with the name of the file, and with no code of a bug."""
    seen = f"{words}: exit {ran.exit_code}, {ran.stderr!r}, {ran.stdout!r}"
    assert ran.exit_code in (0, 2, 3, 12) or (ran.exit_code, words) == (5, "doctor"), seen
    assert not any(word in ran.stderr for word in ("a bug in chat", "Traceback", "Errno", "SQL")), seen
    if ran.exit_code in (3, 12) and "no model is connected" not in ran.stderr:
        assert str(home) in ran.stderr + ran.stdout, seen


CASES = [(kind, "chatcli", way) for kind in FOLDERS for way in WAYS]
CASES += [(kind, "", way) for kind in FOLDERS for way in ("closed", "links to itself", "a file")]


@pytest.mark.parametrize(
    ("kind", "depth", "way"), CASES, ids=[f"{FOLDERS[case[0]]}/{case[1]} {case[2]}" for case in CASES]
)
def test_a_folder_that_cannot_be_used(full_home: Path, home: Path, kind: str, depth: str, way: str) -> None:
    shutil.copytree(full_home, home, dirs_exist_ok=True)
    WAYS[way](home / FOLDERS[kind] / depth)

    rans = {" ".join(words): run(*words, home=home, stdin=b"sk-x") for words in (*ALWAYS, *COMMANDS[kind])}

    for words, ran in rans.items():
        assert_is_told(ran, words, home)
    asked = rans["ask new question"]
    if kind in ("cache", "chats"):  # what the others hold decides what is asked, and of whom
        assert asked.stdout == "A fine answer."
    if kind == "chats" and (
        way == "links to itself" or (way == "closed" and not depth)
    ):  # what is ours is opened again
        read = {rans[words].exit_code for words in ("ask -c more", "sessions list", "sessions search first")}
        assert (asked.exit_code, read) == (12, {3})


@pytest.mark.parametrize("length", ["long", "deep"])
@pytest.mark.parametrize("variable", ["XDG_CONFIG_HOME", "XDG_STATE_HOME", "XDG_CACHE_HOME", "XDG_DATA_HOME", "HOME"])
def test_a_path_that_is_too_long(home: Path, variable: str, length: str) -> None:
    path = str(home / ("d" * 300 if length == "long" else "/".join(["deep"] * 1000)))
    env = {variable: path} | (
        {name: None for name in environment(home) if name[:3] == "XDG"} if variable == "HOME" else {}
    )

    for words in (*ALWAYS, ("sessions", "list"), ("keys", "set", "ollama"), ("trust",), ("config", "init")):
        assert_is_told(run(*words, "-q", home=home, env=env, stdin=b"sk-x"), " ".join(words), home)


@pytest.mark.parametrize(("mode", "left_out"), [(0o600, "1 unreadable"), (0, "")], ids=["unsearchable", "closed"])
def test_a_folder_is_attached_without_what_cannot_be_read(
    full_home: Path, home: Path, mode: int, left_out: str
) -> None:
    shutil.copytree(full_home, home, dirs_exist_ok=True)
    (home / "src/closed").mkdir(parents=True)
    for name in ("src/a.txt", "src/closed/b.txt"):
        (home / name).write_text("text")
    (home / "src/closed").chmod(mode)

    ran = run("ask", "-f", "src", "what is it", home=home)

    (home / "src/closed").chmod(0o700)
    assert (ran.exit_code, left_out in ran.stderr) == (0, True), ran.stderr


REMOVED = 'mkdir gone && cd gone && rmdir ../gone && exec "$@"'


@pytest.mark.parametrize(
    ("line", "code", "names"),
    [
        ("ask hello", 0, ""),
        ("ask -f notes.txt hello", 3, "notes.txt"),
        ("ask -f /dev/null hello", 0, ""),
        ("trust", 3, ".chat.toml"),
        ("sessions export --all --format json --out chats.json", 3, "chats.json"),
        ("doctor", 0, ""),
    ],
)
def test_a_directory_that_was_removed(
    chat: Chat, server: OpenServer, home: Path, line: str, code: int, names: str
) -> None:
    model = server(always=answer("A fine answer."))
    configure(home, model.url)

    ran = chat(*line.split(), program=("sh", "-c", REMOVED, "sh", *CHAT))

    assert (ran.exit_code, names in ran.stderr, "a bug" in ran.stderr) == (code, True, False), ran.stderr
