"""The fixtures `talk`, a conversation inside the test, and `dialogue`, one with the program at a plain terminal."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, closing
from typing import Any, TypeAlias

import pytest

from chatcli.commands import load_all
from chatcli.commands.table import find_command
from tests.acceptance.dialogue import Dialogue, is_typed
from tests.acceptance.talk import Talk
from tests.conftest import OpenTerminal
from tests.support.server import Server

OpenTalk: TypeAlias = Callable[..., Talk]
OpenDialogue: TypeAlias = Callable[..., Dialogue]

load_all()


@pytest.fixture
def talk() -> Iterator[OpenTalk]:
    """Open conversations: `talk(server(answer("Hello"))).ask().stdout`; see `tests.acceptance.talk.Talk`."""
    with ExitStack() as stack:

        def open_talk(server: Server | str, **options: Any) -> Talk:
            return stack.enter_context(closing(Talk(server, **options)))

        yield open_talk


@pytest.fixture
def dialogue(terminal: OpenTerminal, request: pytest.FixtureRequest) -> Iterator[OpenDialogue]:
    """Open the program where it redraws nothing: `dialogue(server(always=echo)).enter("/pin 1")`.

    Where the test is marked by `types`, each of these commands must have been typed: alone where it can stand alone,
    and with an argument where it takes one.
    """
    opened: list[Dialogue] = []

    def open_dialogue(
        server: Server | None = None, *arguments: str, env: Mapping[str, str | None] | None = None
    ) -> Dialogue:
        plain = {"TERM": "dumb", **(env or {})}
        opened.append(Dialogue(terminal("-m", "m", *arguments, server=server, env=plain, columns=200)))
        return opened[-1]

    yield open_dialogue

    for one in opened:
        one.end()
    lines = [line for one in opened for line in one.lines]
    for name in getattr(request.function, "types", ()):
        command = find_command(name)
        assert command, f"unknown command /{name}"
        assert command.needs_argument or is_typed(lines, name, bare=True), f"/{name} was not typed alone"
        assert not command.usage or is_typed(lines, name, bare=False), f"/{name} was not typed with an argument"
