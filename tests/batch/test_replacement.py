"""A row is asked of the next model only where the one before cannot be had, and what ends a run still ends it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeAlias

import pytest

from chatcli.batch.replacement import RowModel, ask_in_order
from chatcli.batch.results import Result
from chatcli.batch.rows import Row
from chatcli.conversation.messages import Notice
from chatcli.errors import (
    AuthenticationError,
    ChatError,
    IncompleteAnswerError,
    QuotaError,
    RateLimitError,
    RejectedError,
    ServerError,
    ServerReport,
    UnreachableError,
)

Outcome: TypeAlias = Result | ChatError

ROW = Row(1, "r", "q")
LIMITED = RateLimitError("too many", server=ServerReport(status=429))


def result(model: str, error: ChatError | None = None, answers: Sequence[str] = ("A",)) -> Result:
    return Result("r", [] if error and answers == ("A",) else answers, "complete", model, error=error)


class World:
    """Models that have one outcome each."""

    def __init__(self, *outcomes: Outcome) -> None:
        self.asked: list[str] = []
        self.notices: list[Notice] = []
        self.models = [RowModel(name, self._play(name, one)) for name, one in zip("abc", outcomes, strict=False)]

    def _play(self, name: str, outcome: Outcome):
        def ask(_row: Row) -> Result:
            self.asked.append(name)
            if isinstance(outcome, ChatError):
                raise outcome
            return outcome

        return ask

    def ask(self) -> Result:
        return ask_in_order(ROW, self.models, self.notices.append)


UNAVAILABLE = [
    LIMITED,
    UnreachableError("refused"),
    result("a", ServerError("500")),
    result("a", UnreachableError("x")),
]
FINAL = [
    result("a"),
    result("a", RejectedError("400")),
    result("a", IncompleteAnswerError("cut")),
    result("a", ServerError("broke off"), answers=("half an",)),
]
FATAL = [AuthenticationError("401"), QuotaError("no money", server=ServerReport(status=402)), RejectedError("400")]


@pytest.mark.parametrize("outcome", UNAVAILABLE, ids=str)
def test_the_next_model_answers_what_the_first_cannot(outcome: Outcome) -> None:
    world = World(outcome, result("b"))

    assert world.ask().model == "b"
    assert world.asked == ["a", "b"]
    (notice,) = world.notices
    assert "`a`" in notice.message
    assert "`b`" in notice.message


@pytest.mark.parametrize("outcome", FINAL, ids=str)
def test_a_result_of_the_row_itself_stays(outcome: Result) -> None:
    world = World(outcome, result("b"))

    assert world.ask() is outcome
    assert world.asked == ["a"]


@pytest.mark.parametrize("error", FATAL, ids=str)
def test_what_ends_the_run_ends_it(error: ChatError) -> None:
    world = World(error, result("b"))

    with pytest.raises(type(error)):
        world.ask()
    assert world.asked == ["a"]


def test_the_last_model_has_the_last_word() -> None:
    world = World(LIMITED, result("b", ServerError("500")), result("c", ServerError("501")))

    assert world.ask().model == "c"
    assert World(result("a", ServerError("500"))).ask().model == "a"
    with pytest.raises(RateLimitError):
        World(LIMITED, LIMITED).ask()
