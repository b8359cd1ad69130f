"""Whatever the answers cost, a run stays within its money."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from chatcli.conversation.model_info import MILLION, Price
from chatcli.usage.spending_limit import Allowance, LimitReachedError, SpendingLimit

REQUESTS = st.lists(st.tuples(st.integers(1, 2000), st.none() | st.integers(1, 2000), st.floats(0, 1)), max_size=40)


@given(REQUESTS, st.integers(1, 8), st.floats(0.001, 1), st.none() | st.integers(1, 4000))
def test_what_is_spent_and_set_aside_is_never_more_than_the_limit(
    requests: list[tuple[int, int | None, float]], jobs: int, dollars: float, most: int | None
) -> None:
    """*jobs* requests are under way at once, and each costs up to all that its tokens allow."""
    price, limit, spent = Price(5.0, 20.0), SpendingLimit(dollars, jobs), 0.0
    under_way: list[tuple[Allowance, float]] = []
    for prompt, wanted, share in requests:
        if len(under_way) == jobs:
            allowance, cost = under_way.pop(0)
            limit.settle(allowance, cost)
            spent += cost
        try:
            allowance = limit.reserve(price, prompt_tokens=prompt, wanted_tokens=wanted, most_tokens=most)
        except LimitReachedError:
            break
        assert allowance.answer_tokens >= 1
        assert wanted is None or allowance.answer_tokens == wanted
        cost = (prompt * price.input + allowance.answer_tokens * price.output) / MILLION
        under_way.append((allowance, cost * share))

        assert spent + sum(allowance.dollars for allowance, _ in under_way) <= dollars * (1 + 1e-9)
        assert cost <= allowance.dollars * (1 + 1e-9)


def test_an_unknown_cost_counts_as_all_that_was_set_aside() -> None:
    limit = SpendingLimit(1.0, 1)
    allowance = limit.reserve(Price(1.0, 1.0), prompt_tokens=1, wanted_tokens=400_000, most_tokens=None)

    limit.settle(allowance, None)

    assert limit.reserve(Price(1.0, 1.0), prompt_tokens=1, wanted_tokens=None, most_tokens=None).dollars < 0.7
