"""Adds up the tokens and cost of answers. Unknown costs are never counted as 0."""

from __future__ import annotations

from collections.abc import Iterable

from chatcli.conversation.tree import Node
from chatcli.records import fields, frozen


@frozen
class Spending:
    """Tokens and US dollars of *answers* counted answers.

    *unpriced* of them have no known price; of *estimated* ones the server reported no tokens.
    """

    prompt_tokens: int = 0
    completion_tokens: int = 0
    dollars: float = 0.0
    answers: int = 0
    unpriced: int = 0
    estimated: int = 0

    @property
    def is_known(self) -> bool:
        """Whether the dollars say something: answers that cost nothing do not tell what the others cost."""
        return self.answers > 0 and (self.dollars > 0 or not self.unpriced)


def add_spending(first: Spending, second: Spending) -> Spending:
    """Return the sum of two."""
    return Spending(*(getattr(first, item.name) + getattr(second, item.name) for item in fields(Spending)))


def total_spending(nodes: Iterable[Node]) -> Spending:
    """Return the spending of the answers in *nodes*; usage of several answers is recorded with the first."""
    counted = [usage for node in nodes if node.facts and (usage := node.facts.usage)]
    return Spending(
        prompt_tokens=sum(usage.prompt_tokens or 0 for usage in counted),
        completion_tokens=sum(usage.completion_tokens or 0 for usage in counted),
        dollars=sum(usage.cost or 0 for usage in counted),
        answers=len(counted),
        unpriced=sum(usage.cost is None for usage in counted),
        estimated=sum(usage.is_estimate for usage in counted),
    )
