"""Tab is answered with commands and values, in the words of each shell, without the parser and without the network."""

from __future__ import annotations

import io
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TypeAlias

import pytest

from chatcli.app.endpoint_memory import ModelListFile
from chatcli.cli.completion import complete
from chatcli.cli.table import COMMANDS
from chatcli.conversation.model_info import ModelInfo
from chatcli.process.environment import Environment
from tests.conftest import Chat, OpenServer
from tests.support.answers import answer

Tab: TypeAlias = Callable[..., str | None]

CONFIG = """[providers.mine]
base_url = "http://127.0.0.1:1/v1"
[templates.brief]
system = "Be brief: $1"
"""


@pytest.fixture
def tab(home: Path) -> Tab:
    """Press Tab in a shell behind the words of a line, with a settings file of the user's own."""
    folder = home / ".config" / "chatcli"
    folder.mkdir(parents=True, mode=0o700)
    (folder / "config.toml").write_text(CONFIG)

    def press(line: str, shell: str = "bash") -> str | None:
        words = line.split(" ")
        environ = {
            "HOME": str(home),
            "COMP_WORDS": "\n".join(words),
            "COMP_CWORD": str(len(words) - 1),
            "_TYPER_COMPLETE_ARGS": line,
        }
        return complete(shell, Environment(environ, home, io.StringIO(), io.StringIO(), io.StringIO()))

    return press


VALUES = [
    ("chat -p mi", "mine mistral"),
    ("chat ask --provider open", "openai openrouter"),
    ("chat -t br", "brief"),
    ("chat ask hello -t com", "command commit"),
    ("chat templates show br", "brief"),
    ("chat --color a", "auto always"),
    ("chat config set ui.the", "ui.theme"),
    ("chat config get providers.mine.base", "providers.mine.base_url"),
    ("chat --plain config unset defaults.mod", "defaults.model"),
    ("chat -m x connect ope", "openai openrouter"),
    ("chat help pip", "pipes"),
    ("chat shell-init ", "bash zsh fish"),
    ("chat -r ", ""),
    ("chat -m gpt", ""),
    ("chat keys remove groq", "groq"),
]


@pytest.mark.parametrize(("line", "values"), VALUES, ids=[row[0] for row in VALUES])
def test_values_are_offered_where_one_is_expected(tab: Tab, line: str, values: str) -> None:
    assert (tab(line) or "").split() == values.split()
    assert [row.partition("\t")[0] for row in (tab(line, "fish") or "").splitlines()] == values.split()


COMMAND_LINES = [
    ("chat con", "connect config"),
    ("chat --plain -m x con", "connect config"),
    ("chat sessions re", "rename"),
    ("chat keys ", "set list remove"),
    ("chat ", " ".join(command.name for command in COMMANDS if not command.group)),
]


@pytest.mark.parametrize(("line", "names"), COMMAND_LINES, ids=[row[0] for row in COMMAND_LINES])
def test_commands_are_offered_with_their_help(tab: Tab, line: str, names: str) -> None:
    helps = {command.name: command.help for command in COMMANDS if command.group == "" or f"{command.group} " in line}
    offered = [row.split("\t") for row in (tab(line, "fish") or "").splitlines()]
    assert (tab(line) or "").split() == names.split()
    assert offered == [[name, helps[name]] for name in names.split()]


@pytest.mark.parametrize(
    "line",
    [
        "chat -",
        "chat conf -",
        "chat nothing",
        "chat -- con",
        "chat ask -",
        "chat ask what",
        "chat config set ui.theme ",
    ],
)
def test_flags_and_words_of_the_user_are_left_to_the_parser(tab: Tab, line: str) -> None:
    assert [tab(line, shell) for shell in ("bash", "zsh", "fish", "pwsh")] == [None] * 4


def test_each_shell_is_answered_in_its_form(tab: Tab) -> None:
    assert tab("chat -t br", "zsh") == """_arguments '*: :(("brief":"Be brief\\\\: \\$1"))'"""
    assert tab("chat -t br", "fish") == "brief\tBe brief: $1"
    assert tab('chat ask "an open quote -t br', "zsh") == tab("chat -t br", "zsh")


def test_settings_that_are_wrong_offer_nothing(tab: Tab, home: Path) -> None:
    (home / ".config" / "chatcli" / "config.toml").write_text("x = [")

    assert tab("chat -t br") == ""


def test_models_and_chats_are_those_known_here(chat: Chat, server: OpenServer, tab: Tab, home: Path) -> None:
    """Bash takes what stands before a colon for a word of its own."""
    model = server(answer("A."))
    (home / ".config" / "chatcli" / "config.toml").write_text(
        f'[defaults]\nprovider = "mine"\n[providers.mine]\nbase_url = "{model.url}"\n'
    )
    listed = ModelListFile(home / ".cache" / "chatcli" / "models.json")
    listed.remember(model.url, [ModelInfo(name) for name in ("llama3:8b", "llama3:70b", "tiny")])
    assert chat("ask", "-m", "tiny", "旅行 plans").exit_code == 0
    asked = len(model.requests)

    assert (tab("chat -m ") or "").split() == ["llama3:8b", "llama3:70b", "tiny"]
    assert (tab("chat -m llama3 : 7") or "").split() == ["70b"]
    assert (tab("chat -m llama3 :") or "").split() == ["8b", "70b"]
    assert "llama3" in (tab("chat -m llama3:7", "fish") or "")
    (id, told) = (tab("chat sessions show ", "fish") or "").split("\t")
    assert (told, len(id)) == ("旅行 plans", 12)
    assert len(model.requests) == asked


# What bash is offered at each place, one after the other, and how many modules of ours are imported by then: importing
# is most of the time of a Tab. Before a number is raised: does every such Tab use the new module?
PLACES = [
    ("-V shel", ["shell-init"], 25),
    ("shell-init z", ["zsh"], 25),
    ("help pip", ["pipes"], 27),
    ("-r 0", [], 27),
    ("tools login ", [], 27),
    ("-p deep", ["deepseek"], 62),
    ("-m none", [], 70),
    ("-t expl", ["explain"], 73),
]
ANSWERING = """
import os, sys
from chatcli.__main__ import main
for line in sys.argv[1:]:
    words = ["chat", *line.split(" ")]
    os.environ.update(COMP_WORDS="\\n".join(words), COMP_CWORD=str(len(words) - 1))
    try:
        main()
    except SystemExit as end:
        ours = len([name for name in sys.modules if name.startswith("chatcli")])
        print("=", end.code, ours, *{"typer", "httpx", "prompt_toolkit", "rich", "sqlite3", "signal"} & {*sys.modules})
"""


def test_the_program_answers_before_most_is_imported(home: Path) -> None:
    """Neither the parser nor the signals of a run are needed, and the settings only for the values that they decide."""
    lines = [line for line, _, _ in PLACES]
    env = {"_CHAT_COMPLETE": "complete_bash", "HOME": str(home)}
    program = [sys.executable, "-c", ANSWERING, *lines]
    ran = subprocess.run(program, env=env, capture_output=True, text=True, check=True)

    answers = [[*part.split()] for part in re.split(r"^= .*$", ran.stdout, flags=re.MULTILINE)[:-1]]
    counted = [row.split()[1:] for row in ran.stdout.splitlines() if row.startswith("= ")]
    assert answers == [offered for _, offered, _ in PLACES]
    assert [row for row, (_, _, most) in zip(counted, PLACES, strict=True) if int(row[1]) > most or row[2:]] == []
    assert {row[0] for row in counted} == {"0"}
