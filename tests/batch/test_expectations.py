"""An answer is compared with what its row expects."""

from __future__ import annotations

from typing import Any

import pytest

from chatcli.batch.expectations import read_expectation
from chatcli.errors import UsageError

MET: list[tuple[Any, str, bool]] = [
    ("Paris", " Paris\n", True),
    ("Paris", "paris", False),
    (4, "4", True),
    (True, "true", True),
    ({"equals": "Paris"}, "Paris.", False),
    ({"contains": "Paris"}, "It is Paris.", True),
    ({"contains": ["Paris", "France"]}, "Paris, France", True),
    ({"contains": ["Paris", "Spain"]}, "Paris, France", False),
    ({"matches": r"^\d+$"}, "42", True),
    ({"matches": r"^\d+$"}, "42 or so", False),
    ({"schema": {"type": "object", "required": ["a"]}}, '```json\n{"a": 1}\n```', True),
    ({"schema": {"type": "object", "required": ["a"]}}, '{"b": 1}', False),
    ({"schema": {"type": "object"}}, "no JSON", False),
]


@pytest.mark.parametrize(("expected", "answer", "is_met"), MET)
def test_an_answer_is_as_expected_or_not(expected: Any, answer: str, is_met: bool) -> None:
    assert read_expectation(expected).is_met(answer) == is_met


@pytest.mark.parametrize(
    "expected",
    [{}, [], None, {"equals": 5}, {"equals": "a", "contains": "b"}, {"contains": [5]}, {"contains": []}, {"is": "a"}],
)
def test_an_expectation_that_compares_nothing_is_an_error(expected: Any) -> None:
    with pytest.raises(UsageError, match="expect"):
        read_expectation(expected)


def test_an_expression_that_takes_for_ever_is_given_up() -> None:
    assert not read_expectation({"matches": "^(a+)+$"}).is_met("a" * 40 + "b")
