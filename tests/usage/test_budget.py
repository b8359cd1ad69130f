"""The warning when today's chats have cost more than was meant."""

import pytest

from chatcli.usage.budget import DailyBudget


@pytest.mark.parametrize(
    ("limit", "spent", "warns"), [(0, 100, False), (1, 0.99, False), (1, 1.0, True), (0.5, 2.5, True)]
)
def test_a_warning_names_what_was_spent_and_what_was_meant(limit: float, spent: float, warns: bool) -> None:
    notice = DailyBudget(lambda: limit, lambda: spent).warning()

    assert (notice is not None) is warns
    assert not notice or (f"${spent:.2f}" in notice.message and f"${limit:.2f}" in notice.message)


def test_a_run_is_warned_once() -> None:
    budget = DailyBudget(lambda: 1, lambda: 2)

    assert [budget.warning() is not None for _ in range(3)] == [True, False, False]
