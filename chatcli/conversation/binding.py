"""Binds a conversation to a model: everything that changes with the model, as one value."""

from __future__ import annotations

from collections.abc import Callable

from chatcli.conversation.messages import Usage, UsageReported
from chatcli.conversation.model_info import Price
from chatcli.conversation.ports import Client
from chatcli.conversation.token_budget import TokenBudget
from chatcli.records import frozen, replace


def unknown_price(_model: str) -> Price | None:
    """Return None: the price is unknown."""
    return None


@frozen
class ModelBinding:
    """The current *model*, the *client* that asks it, and the *budget* that counts its tokens.

    *model* is empty until discovery finds the first one that the endpoint lists. *provider* and *host* say where it
    runs. *price* returns the price of a model there, None if unknown.
    """

    client: Client
    model: str
    budget: TokenBudget
    provider: str = ""
    host: str = ""
    price: Callable[[str], Price | None] = unknown_price

    def with_cost(self, reported: UsageReported) -> UsageReported:
        """Add the cost to *reported*, if the server did not and the price is known."""
        usage = reported.usage
        if reported.is_priced or usage.cost is not None or usage.completion_tokens is None:
            return reported
        return replace(reported, usage=self.priced(usage))

    def priced(self, usage: Usage) -> Usage:
        """Return *usage* with its cost, if the price is known."""
        price = self.price(self.model)
        return replace(usage, cost=price.cost(usage)) if price else usage
