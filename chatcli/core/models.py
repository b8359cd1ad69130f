"""What is known of a model."""

from __future__ import annotations

from chatcli.core.values import value


@value
class ModelInfo:
    """One model of an endpoint; *window_tokens* is None where the endpoint does not tell."""

    name: str
    window_tokens: int | None = None
