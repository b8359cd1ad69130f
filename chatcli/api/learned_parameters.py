"""Records what endpoints rejected, so that later request bodies are written in a way they accept."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from chatcli.records import frozen, replace

# What carries the meaning of a request; it is sent whatever a server says.
PROTECTED = frozenset({"messages", "prompt", "model", "tools", "functions", "response_format"})
TWINS = {"max_tokens": "max_completion_tokens", "max_completion_tokens": "max_tokens"}
# What leaving a parameter out means by the reference: a server that takes this value alone gets it so.
DEFAULTS: Mapping[str, Any] = {
    **{"temperature": 1, "top_p": 1, "n": 1, "presence_penalty": 0, "frequency_penalty": 0, "stream": False},
    **{"logprobs": False, "store": False},
}
OWN = frozenset({"stream", "stream_options"})  # added by the program itself, not requested by the user
_STREAM = "stream"  # leaving it out is a value too: that of an answer in one piece
# A request that does not stream may not say how to stream.
_NEEDS_STREAM = "stream_options"


@frozen
class ParameterChange:
    """The change made for one refused parameter; *sentence* tells the user.

    It is sent as *renamed_to*, or with *value*, the only one that is taken; where both are None it is left out.
    """

    parameter: str
    renamed_to: str | None
    sentence: str
    value: Any = None


@frozen
class LearnedParameters:
    """What one model at one endpoint has taught: which parameters have another name there, one value, or no place."""

    renamed: tuple[tuple[str, str], ...] = ()
    dropped: frozenset[str] = frozenset()
    fixed: tuple[tuple[str, Any], ...] = ()

    def after(self, change: ParameterChange) -> LearnedParameters:
        """Return the parameters with *change* added."""
        if change.value is not None:
            return replace(self, fixed=(*self.fixed, (change.parameter, change.value)))
        if change.renamed_to is None:
            return replace(self, dropped=self.dropped | {change.parameter})
        return replace(self, renamed=(*self.renamed, (change.parameter, change.renamed_to)))

    def apply(self, body: Mapping[str, Any]) -> dict[str, Any]:
        """Return *body* as this endpoint takes it; a name that is already in use is not taken over."""
        mended = dict(body)
        for old, new in self.renamed:
            if old in mended:
                mended.setdefault(new, mended.pop(old))
        mended |= {name: value for name, value in self.fixed if name in mended or name == _STREAM}
        left_out = self.dropped | {_NEEDS_STREAM} if _STREAM in self.dropped else self.dropped
        return {name: value for name, value in mended.items() if name not in left_out}

    def to_json(self) -> dict[str, Any]:
        """Return it as JSON values, to be remembered."""
        return {"renamed": dict(self.renamed), "dropped": sorted(self.dropped), "fixed": dict(self.fixed)}

    @staticmethod
    def from_json(value: object) -> LearnedParameters:
        """Read what `to_json` wrote; what cannot be trusted is forgotten: the next refusal teaches it again."""
        known: Mapping[str, Any] = value if isinstance(value, Mapping) else {}
        renamed, fixed = (_mapping(known.get(name)) for name in ("renamed", "fixed"))
        dropped = known.get("dropped")
        names = dropped if isinstance(dropped, list) else ()
        return LearnedParameters(
            tuple((old, new) for old, new in renamed.items() if _is_name(new) and PROTECTED.isdisjoint((old, new))),
            frozenset(name for name in names if isinstance(name, str) and name not in PROTECTED),
            tuple((name, value) for name, value in fixed.items() if name not in PROTECTED and _is_value(value)),
        )


def _mapping(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}


def _is_name(value: Any) -> bool:
    return isinstance(value, str) and value.isidentifier()


def _is_value(value: Any) -> bool:
    return isinstance(value, str | int | float)
