"""Describes models: window, price, capabilities."""

from __future__ import annotations

from chatcli.conversation.messages import Usage
from chatcli.records import frozen

MILLION = 1_000_000


@frozen
class Price:
    """US dollars per million tokens; *cached* is None if there is no separate price for cached tokens."""

    input: float
    output: float
    cached: float | None = None

    def cost(self, usage: Usage) -> float | None:
        """Return the cost of *usage* in US dollars, None if the server did not report the tokens.

        Cached tokens are included in the prompt tokens, or separate if there are more of them.
        """
        if usage.prompt_tokens is None or usage.completion_tokens is None:
            return None
        cached = usage.cached_tokens or 0
        fresh = usage.prompt_tokens - cached if cached <= usage.prompt_tokens else usage.prompt_tokens
        rate = self.input if self.cached is None else self.cached
        written = usage.completion_tokens + (usage.apart_tokens or 0)
        return (fresh * self.input + cached * rate + written * self.output) / MILLION


@frozen
class Retirement:
    """The end of a model: in seconds since the epoch, None if it is deprecated without a date; "" if no successor."""

    at_s: float | None = None
    successor: str = ""

    def is_over(self, now_s: float) -> bool:
        """Whether the model may be gone by now."""
        return self.at_s is None or self.at_s <= now_s


@frozen
class ModelInfo:
    """One model of an endpoint; fields are None or empty if unknown."""

    name: str
    window_tokens: int | None = None
    answer_tokens: int | None = None
    price: Price | None = None
    abilities: tuple[str, ...] = ()
    retirement: Retirement | None = None
