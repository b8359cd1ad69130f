"""Unknown values are kept apart from zero."""

from __future__ import annotations

import pytest

from chatcli.conversation.messages import Usage, text_message
from chatcli.conversation.model_info import Price
from chatcli.conversation.tree import AnswerFacts, Tree
from chatcli.usage.spending import Spending, total_spending


def chat(*usages: Usage | None) -> Tree:
    tree = Tree()
    for usage in usages:
        question = tree.add(text_message("user", "q"), parent=tree.head)
        tree.head = tree.add(text_message("assistant", "a"), parent=question.id, facts=AnswerFacts(usage=usage)).id
    return tree


def test_answers_add_up_and_those_without_a_price_are_told_apart() -> None:
    took = total_spending(chat(Usage(10, 5, cost=0.5), None, Usage(20, None), Usage(1, 1, cost=0)).nodes)

    assert took == Spending(31, 6, 0.5, 3, 1)
    assert total_spending(chat(Usage(10, 5, cost=0.5), Usage(1, 1, is_estimate=True)).nodes).estimated == 1
    assert took.is_known


@pytest.mark.parametrize("usages", [(), (Usage(10, 5),), (None,)])
def test_where_no_price_is_known_nothing_is_free(usages: tuple[Usage | None, ...]) -> None:
    assert not total_spending(chat(*usages).nodes).is_known


COSTS = [
    (Price(2, 10), Usage(1_000_000, 100_000), 3.0),
    (Price(2, 10, 1), Usage(1_000_000, 0, cached_tokens=500_000), 1.5),
    (Price(2, 10), Usage(1_000_000, 0, cached_tokens=500_000), 2.0),
    (Price(2, 10, 1), Usage(100_000, 0, cached_tokens=900_000), 1.1),
    (Price(2, 10), Usage(1_000, None), None),
    (Price(2, 10), Usage(None, 5), None),
    (Price(0, 0), Usage(5, 5), 0.0),
    (Price(0, 10), Usage(0, 100_000, 50_000), 1.0),
    (Price(0, 10), Usage(0, 100_000, 50_000, apart_tokens=50_000), 1.5),
]


@pytest.mark.parametrize(("price", "usage", "dollars"), COSTS)
def test_usage_costs_what_the_price_says(price: Price, usage: Usage, dollars: float | None) -> None:
    assert price.cost(usage) == (dollars if dollars is None else pytest.approx(dollars))
