"""J 94: what we write is for its owner alone, in every folder, also where others could look in before."""

from __future__ import annotations

import os
import signal
import stat
import subprocess
import sys
from pathlib import Path
from threading import Event

import pytest

from tests.conftest import Chat, OpenServer, OpenTerminal
from tests.support.answers import answer, chunk, sse, stream_head
from tests.support.program import CHAT, environment, run
from tests.support.server import Wait

OURS = (".config/chatcli", ".local/state/chatcli", ".local/share/chatcli", ".cache/chatcli")
# Lists of models are kept for servers that are elsewhere: a proxy stands for one.
ELSEWHERE = "http://models.test.invalid/v1"
WRITERS = (
    ("config", "init"),
    ("keys", "set", "far"),
    ("trust",),
    ("models", "-p", "far"),
    ("ask", "-p", "far", "-m", "m", "hi"),
    ("sessions", "export", "--all", "--format", "json", "--out", "all.json"),
    ("sessions", "import", "all.json"),
)
SETTINGS = f'[providers.far]\nbase_url = "{ELSEWHERE}"\nallow_insecure_http = true\n'


def modes(home: Path) -> dict[str, int]:
    """Return the permissions of our folders and of every file in them, and of what was exported."""
    ours = [home / folder for folder in OURS]
    found = [*ours, *(file for folder in ours for file in folder.iterdir()), home / "all.json"]
    return {str(path.relative_to(home)): stat.S_IMODE(path.lstat().st_mode) for path in found if path.exists()}


def open_to_others(home: Path) -> None:
    for path in home.rglob("*"):
        path.chmod(0o755 if path.is_dir() else 0o644)


def fill(server: OpenServer, home: Path) -> None:
    """Let every command write what it writes."""
    proxy = server(answer("A"), models=["m"], always=answer("A")).url.removesuffix("/v1")
    (home / ".chat.toml").write_text('[defaults]\nsystem = "S"\n')
    for words in WRITERS:
        ran = run(*words, home=home, stdin=b"sk-something", env={"HTTP_PROXY": proxy})
        assert ran.exit_code == 0, (words, ran.stderr)
        if words == ("config", "init"):
            (home / ".config/chatcli/config.toml").write_text(SETTINGS)


def test_j94_every_file_of_every_folder_is_for_its_owner_alone(server: OpenServer, home: Path) -> None:
    fill(server, home)

    found = modes(home)

    assert {name: mode for name, mode in found.items() if mode != (0o700 if name in OURS else 0o600)} == {}
    assert {name.rpartition("/")[2] for name in found} >= {
        "config.toml",
        "keys.json",
        "trusted.json",
        "history.db",
        "models.json",
        "all.json",
    }


def test_j94_a_store_that_others_could_read_is_closed_to_them(server: OpenServer, home: Path) -> None:
    fill(server, home)
    open_to_others(home)

    assert run("sessions", "list", home=home).exit_code == 0

    found = modes(home)
    assert (found[".local/share/chatcli"], found[".local/share/chatcli/history.db"]) == (0o700, 0o600)


def test_j95_files_that_others_can_read_are_named_and_closed_on_request(server: OpenServer, home: Path) -> None:
    fill(server, home)
    open_to_others(home)

    refused = run("keys", "list", home=home)
    found = run("doctor", home=home)
    fixed = run("doctor", "--fix", home=home)

    keys = home / ".config/chatcli/keys.json"
    assert (refused.exit_code, f"chmod 600 {keys}" in refused.stderr) == (3, True)
    for folder in OURS:
        assert f"chmod 700 {home / folder}" in found.stdout or folder == ".local/share/chatcli"
    assert "chmod" not in fixed.stdout
    (home / "all.json").chmod(0o600)  # it is the user's
    assert {name: mode for name, mode in modes(home).items() if mode & 0o077} == {}


def test_a_settings_file_that_is_a_link_stays_one(terminal: OpenTerminal, server: OpenServer, home: Path) -> None:
    """Who keeps settings elsewhere links to them, and the folder they are kept in is none of ours."""
    (home / ".config/chatcli").mkdir(parents=True)
    (home / "dotfiles").mkdir(mode=0o755)
    (home / "dotfiles").chmod(0o755)
    link = home / ".config/chatcli/config.toml"
    link.symlink_to("../../dotfiles/chat.toml")
    model = server(answer("Good morning!"), models=["tiny"])

    screen = terminal("connect", model.url)
    screen.wait_for("Name for this provider [local]")
    screen.press("enter")

    assert screen.wait_exit() == 0
    assert model.url in (home / "dotfiles/chat.toml").read_text()
    assert link.is_symlink()
    assert stat.S_IMODE((home / "dotfiles").stat().st_mode) == 0o755


CORE = "import os, signal, chatcli.process.startup as s; s.forbid_core_dumps(); os.kill(os.getpid(), signal.SIGABRT)"


@pytest.mark.parametrize("hard", [0, "as it is"])
def test_a_crash_writes_no_memory_to_the_disk(home: Path, hard: int | str) -> None:
    def allow_cores() -> None:
        import resource

        most = resource.getrlimit(resource.RLIMIT_CORE)[1]
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0) if hard == 0 else (most, most))

    child = subprocess.Popen([sys.executable, "-c", CORE], cwd=home, env=environment(home), preexec_fn=allow_cores)
    _, status = os.waitpid(child.pid, 0)
    child.returncode = 0

    assert os.WTERMSIG(status) == signal.SIGABRT
    assert not os.WCOREDUMP(status)
    assert not list(home.glob("core*"))


def test_a_quit_signal_leaves_no_core_and_the_answer_so_far(chat: Chat, server: OpenServer, home: Path) -> None:
    """The key that quits may be hit by a slip of the finger."""
    program = ("sh", "-c", 'ulimit -c unlimited 2>/dev/null; exec "$@"', "sh", *CHAT)
    model = server([stream_head(), sse(chunk("Par"), done=False), Wait(Event())])

    with chat.start("ask", "hi", "-m", "m", server=model, program=program, stdin=subprocess.DEVNULL) as running:
        running.wait_for(lambda it: it.stdout_bytes == b"Par")
        running.signal(signal.SIGQUIT)
        ran = running.wait()

    assert (ran.exit_code, ran.stdout, ran.stderr) == (131, "Par", "")
    assert not list(home.glob("core*"))
    assert "Par" in chat("sessions", "show", "hi").stdout
