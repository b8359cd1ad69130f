"""A shell is offered the values that exist here: of choices, providers, models, templates, topics and chats."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.conftest import Chat, OpenServer
from tests.support.answers import answer


def offered(chat: Chat, line: str) -> list[str]:
    """Return what bash is offered for the last word of *line*."""
    env = {"_CHAT_COMPLETE": "complete_bash", "COMP_WORDS": line, "COMP_CWORD": str(line.count(" "))}
    ran = chat(env=env)
    assert (ran.exit_code, ran.stderr) == (0, "")
    return ran.stdout.split()


@pytest.mark.parametrize(
    ("line", "values"),
    [
        ("chat ask --truncate m", ["middle"]),
        ("chat -p deep", ["deepseek"]),
        ("chat keys set deep", ["deepseek"]),
        ("chat ask -t commi", ["commit"]),
        ("chat templates show commi", ["commit"]),
        ("chat help pip", ["pipes"]),
        ("chat ask -s any", []),
        ("chat -r 0", []),
    ],
)
def test_what_is_known_is_offered(chat: Chat, home: Path, line: str, values: list[str]) -> None:
    assert offered(chat, line) == values
    assert list(home.iterdir()) == []  # looking leaves nothing


def test_what_was_stored_is_offered(chat: Chat, server: OpenServer, home: Path) -> None:
    model = server(answer("Paris"))
    config = home / ".config" / "chatcli" / "config.toml"
    config.parent.mkdir(parents=True, mode=0o700)
    config.write_text(
        f'[defaults]\nprovider = "far"\n[providers.far]\nbase_url = "{model.url}"\n[models.near]\ncontext = 2000\n'
    )
    chat("ask", "-m", "m", "Capital of France?")
    (stored,) = map(json.loads, chat("sessions", "list", "--json").stdout.splitlines())

    assert offered(chat, "chat -r 0") == [stored["id"][:12]]
    assert offered(chat, "chat sessions show 0") == [stored["id"][:12]]
    assert offered(chat, "chat -p fa") == ["far"]
    assert offered(chat, "chat -m ne") == ["near"]
    servers = {"wiki": {"url": "https://wiki.example"}, "own": {"command": "x"}}
    (config.parent / "mcp.json").write_text(json.dumps({"servers": servers}))
    assert offered(chat, "chat keys set mcp:") == ["wiki"]  # bash takes the colon for the end of a word
    assert offered(chat, "chat tools login ") == ["wiki"]


@pytest.mark.parametrize(
    ("before", "style"),
    [
        ("alias ll='ls -l'\n", "zstyle ':completion:*:*:chat:*' menu select"),
        ("zstyle ':completion:*' menu select\n", "zstyle ':completion:*' menu select"),
    ],
    ids=["no style", "a style of one's own"],
)
def test_zsh_is_set_up_without_a_style_for_other_programs(chat: Chat, home: Path, before: str, style: str) -> None:
    (home / ".zshrc").write_text(before)

    ran = chat("--install-completion", "zsh", env={"_TYPER_COMPLETE_TEST_DISABLE_SHELL_DETECTION": "1"})

    lines = (home / ".zshrc").read_text().splitlines()
    assert (ran.exit_code, lines[0]) == (0, before.strip())
    assert [line for line in lines if "zstyle" in line] == [style]
    script = home / ".zfunc" / "_chat"
    assert "_chat_completion" in script.read_text()
    assert ran.stdout == f"Completion for zsh installed in {script}. It works in terminals opened from now on.\n"


def test_a_file_that_cannot_be_read_offers_nothing(chat: Chat, home: Path) -> None:
    config = home / ".config" / "chatcli" / "config.toml"
    config.parent.mkdir(parents=True, mode=0o700)
    config.write_text("[defaults\n")

    assert offered(chat, "chat -p deep") == []
