"""What endpoints have taught about the parameters of a request: how a body is written so that it is not refused."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from chatcli.records import frozen

# What carries the meaning of a request; it is sent whatever a server says.
PROTECTED = frozenset({"messages", "prompt", "model", "tools", "functions", "response_format"})
TWINS = {"max_tokens": "max_completion_tokens", "max_completion_tokens": "max_tokens"}
# A request that does not stream may not say how to stream.
_NEEDS_STREAM = "stream_options"


@frozen
class ParameterChange:
    """What is done about one refused parameter: *renamed_to* None leaves it out; *sentence* tells the user."""

    parameter: str
    renamed_to: str | None
    sentence: str


@frozen
class LearnedParameters:
    """What one model at one endpoint has taught: which parameters have another name there, and which have none."""

    renamed: tuple[tuple[str, str], ...] = ()
    dropped: frozenset[str] = frozenset()

    def after(self, change: ParameterChange) -> LearnedParameters:
        """Return what is known once *change* is added."""
        if change.renamed_to is None:
            return LearnedParameters(self.renamed, self.dropped | {change.parameter})
        return LearnedParameters((*self.renamed, (change.parameter, change.renamed_to)), self.dropped)

    def apply(self, body: Mapping[str, Any]) -> dict[str, Any]:
        """Return *body* as this endpoint takes it; a name that is already in use is not taken over."""
        mended = dict(body)
        for old, new in self.renamed:
            if old in mended:
                mended.setdefault(new, mended.pop(old))
        left_out = self.dropped | {_NEEDS_STREAM} if "stream" in self.dropped else self.dropped
        return {name: value for name, value in mended.items() if name not in left_out}

    def to_json(self) -> dict[str, Any]:
        """Return it as JSON values, to be remembered."""
        return {"renamed": dict(self.renamed), "dropped": sorted(self.dropped)}

    @staticmethod
    def from_json(value: object) -> LearnedParameters:
        """Read what `to_json` wrote; what cannot be trusted is forgotten: the next refusal teaches it again."""
        known: Mapping[str, Any] = value if isinstance(value, Mapping) else {}
        renamed, dropped = known.get("renamed"), known.get("dropped")
        pairs = renamed.items() if isinstance(renamed, Mapping) else ()
        names = dropped if isinstance(dropped, list) else ()
        return LearnedParameters(
            tuple((old, new) for old, new in pairs if TWINS.get(old) == new),
            frozenset(name for name in names if isinstance(name, str) and name not in PROTECTED),
        )
