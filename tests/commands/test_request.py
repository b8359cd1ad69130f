"""The next request and the last one can be looked at."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from chatcli.commands.context import CommandContext
from chatcli.commands.table import Say
from chatcli.conversation.messages import Started, Usage, UsageReported
from chatcli.errors import UsageError
from tests.commands.conftest import interpret
from tests.support.scripted import ignore, says

OpenDesk = Callable[..., CommandContext]


def run(context: CommandContext, line: str) -> str:
    outcome = interpret(line, context)
    assert isinstance(outcome, Say)
    return outcome.markdown


@pytest.mark.parametrize(
    ("line", "shown"),
    [
        ("/request", "json ['q1', 'A', '']"),
        ("/request curl", "curl ['q1', 'A', '']"),
        ("/request python And now?", "python ['q1', 'A', 'And now?']"),
        ("/request And now?", "json ['q1', 'A', 'And now?']"),
    ],
)
def test_the_next_request_is_shown_with_its_question(context: OpenDesk, line: str, shown: str) -> None:
    assert run(context(says("A")), line) == shown


def test_what_is_attached_goes_along(context: OpenDesk) -> None:
    place = context()
    run(place, "/file diary")

    assert "text of diary" in run(place, "/request q")


def test_the_last_request_is_told_of(context: OpenDesk) -> None:
    place = context()
    steps = [Started("chatcmpl-1", "m-2026", "fp_1"), UsageReported(Usage(8, 2)), *says("A")]
    place.session.binding.client.answers[:] = [steps]  # type: ignore[attr-defined]  # it is a ScriptedClient
    place.session.turn("q", ignore)

    rows = dict(line.strip("| ").split(" | ") for line in run(place, "/request last").splitlines()[2:])

    assert rows["request id"] == "chatcmpl-1"
    assert (rows["ended"], rows["tokens in"], rows["fingerprint"]) == ("complete", "8", "fp_1")


@pytest.mark.parametrize(("line", "model"), [("/request last", "m"), ("/request", "")])
def test_what_there_is_not_is_said(context: OpenDesk, line: str, model: str) -> None:
    with pytest.raises(UsageError):
        interpret(line, context(model=model))
