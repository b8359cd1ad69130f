"""What is known of a model, and what it costs."""

from __future__ import annotations

from chatcli.conversation.messages import Usage
from chatcli.records import frozen

MILLION = 1_000_000


@frozen
class Price:
    """US dollars for a million tokens; *cached* is None where nothing is said about tokens that are cached."""

    input: float
    output: float
    cached: float | None = None

    def cost(self, usage: Usage) -> float | None:
        """Return what *usage* costs in US dollars, None where the server did not say how much there was.

        Tokens from the cache are among those of the prompt, or beside them where they are more.
        """
        if usage.prompt_tokens is None or usage.completion_tokens is None:
            return None
        cached = usage.cached_tokens or 0
        fresh = usage.prompt_tokens - cached if cached <= usage.prompt_tokens else usage.prompt_tokens
        rate = self.input if self.cached is None else self.cached
        written = usage.completion_tokens + (usage.apart_tokens or 0)
        return (fresh * self.input + cached * rate + written * self.output) / MILLION


@frozen
class ModelInfo:
    """One model of an endpoint; None and empty where the endpoint does not tell."""

    name: str
    window_tokens: int | None = None
    answer_tokens: int | None = None
    price: Price | None = None
    abilities: tuple[str, ...] = ()
