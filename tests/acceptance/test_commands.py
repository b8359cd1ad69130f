"""Every slash command is typed into the real program, alone and with an argument; the tests beside this one do it."""

from __future__ import annotations

import importlib
from pathlib import Path

import pytest

from chatcli.commands import load_all
from chatcli.commands.table import Command, commands
from tests.acceptance.conftest import OpenDialogue
from tests.acceptance.dialogue import TYPED_BY, echo, sent, stored
from tests.conftest import OpenServer

load_all()
for file in sorted(Path(__file__).parent.glob("test_commands_*.py")):
    importlib.import_module(f"{__package__}.{file.stem}")


def mistakes(command: Command) -> list[str]:
    """Return the lines that lack what *command* needs or hold what it does not take, by each of its names."""
    names = (command.name, *command.aliases)
    if command.needs_argument:
        return [f"/{name}" for name in names]
    return [] if command.usage else [f"/{name} x" for name in names]


@pytest.mark.parametrize("command", commands(), ids=lambda command: command.name)
def test_every_command_is_typed_by_a_test(command: Command) -> None:
    assert command.name in TYPED_BY


def test_every_test_types_commands_that_exist() -> None:
    assert TYPED_BY.keys() <= {command.name for command in commands()}


def test_a_command_without_its_argument_or_with_one_too_many_does_nothing(
    server: OpenServer, dialogue: OpenDialogue, home: Path
) -> None:
    """It names the command as it was typed, stays for correction, and neither asks nor changes the chat."""
    scripted = server(always=echo)
    opened = dialogue(scripted)
    opened.enter("France?")
    before = stored(home, "SELECT title, head, state FROM conversation")

    for command in commands():
        for line in mistakes(command):
            assert f"chat: {line.split()[0]} " in opened.refuse(line).partition("\n")[2], line

    assert len(scripted.posts) == 1
    assert stored(home, "SELECT title, head, state FROM conversation") == before
    opened.enter("Italy?")
    assert sent(scripted) == ["France?", "m on France?", "Italy?"]
