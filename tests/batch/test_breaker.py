"""A run ends if nothing but one failure comes of it, and never because some rows fail."""

from __future__ import annotations

import pytest

from chatcli.batch.breaker import MAX_ALIKE, Breaker
from chatcli.batch.results import Result
from chatcli.errors import ChatError, IncompleteAnswerError, RejectedError, ServerError


def failed(what: str = "no such tool", model: str = "m", kind: type[ChatError] = RejectedError) -> Result:
    return Result("r", (), "failed", model, error=kind(what))


def answered(model: str = "m") -> Result:
    return Result("r", ("yes",), "complete", model)


def stops(*results: Result, is_armed: bool = True) -> bool:
    breaker = Breaker(is_armed=is_armed)
    for result in results:
        breaker.hear(result)
    return breaker.error is not None


@pytest.mark.parametrize("kind", [RejectedError, ServerError, IncompleteAnswerError])
def test_rows_that_all_fail_alike_end_the_run_with_their_error(kind: type[ChatError]) -> None:
    """Numbers differ from row to row: counts, times and ids of requests."""
    breaker = Breaker()
    for number in range(MAX_ALIKE):
        assert breaker.error is None
        breaker.hear(failed(f"request {number} is bad", kind=kind))

    assert isinstance(breaker.error, kind)
    assert "is bad" in breaker.error.what


def test_one_answer_is_enough_to_go_on_with_failures() -> None:
    failures = [failed()] * 100

    assert stops(*failures)
    assert not stops(answered(), *failures)
    assert not stops(failed(), answered(), *failures)
    assert not stops(*failures, is_armed=False)


def test_failures_of_different_kinds_are_those_of_their_rows() -> None:
    assert not stops(*[failed("too long"), failed("no such image")] * 50)


def test_each_model_is_judged_by_itself() -> None:
    assert stops(*[answered("a"), failed(model="b")] * MAX_ALIKE)
    assert not stops(*[failed(model="a"), failed(model="b")] * (MAX_ALIKE - 1))


def test_a_text_that_is_not_as_it_should_be_is_an_answer() -> None:
    unfit = Result("r", ("no JSON",), "incomplete", "m", error=IncompleteAnswerError("does not match the schema"))

    assert not stops(*[unfit] * 100)
