"""`/tools` lists and switches what the model may call."""

from collections.abc import Callable
from typing import TypeAlias

import pytest

from chatcli.commands.context import CommandContext
from chatcli.commands.table import Say
from chatcli.commands.tools import tools_command
from chatcli.errors import UsageError

OpenDesk: TypeAlias = Callable[..., CommandContext]


def test_tools_are_listed_with_their_state(context: OpenDesk) -> None:
    outcome = tools_command(context(), "")

    assert isinstance(outcome, Say)
    assert "| `now` | built in | on |" in outcome.markdown
    assert "| `run` | built in | off |" in outcome.markdown


@pytest.mark.parametrize(("argument", "on"), [("run on", {"now", "run"}), ("run", {"now", "run"}), ("now off", set())])
def test_tools_are_switched(argument: str, on: set[str], context: OpenDesk) -> None:
    here = context()

    tools_command(here, argument)

    assert {name for name, _, state, _ in here.tools.rows() if state == "on"} == on


@pytest.mark.parametrize(("argument", "named"), [("now maybe", "maybe"), ("new on", "new")])
def test_anything_else_is_refused(argument: str, named: str, context: OpenDesk) -> None:
    with pytest.raises(UsageError, match=named):
        tools_command(context(), argument)
