"""Mends a request that was refused because of one parameter: it is renamed or left out, said so, and remembered.

Rules: only what the body holds is touched, and only when the server says that it does not know or take the parameter;
a wrong value is the user's to mend. What carries meaning (messages, model, tools, response_format) is never touched.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from chatcli.api.failures import wordings
from chatcli.errors import ChatError, ServerReport
from chatcli.records import frozen

MAX_CHANGES = 3  # for one request; a server that refuses more wants another request altogether

_PROTECTED = frozenset({"messages", "prompt", "model", "tools", "functions", "response_format"})
_TWINS = {"max_tokens": "max_completion_tokens", "max_completion_tokens": "max_tokens"}
# A request that does not stream may not say how to stream.
_NEEDS_STREAM = "stream_options"
# These speak of arguments that the model wrote, not of parameters of the request.
_ABOUT_THE_ANSWER = frozenset({"tool_use_failed"})


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
            tuple((old, new) for old, new in pairs if _TWINS.get(old) == new),
            frozenset(name for name in names if isinstance(name, str) and name not in _PROTECTED),
        )


def mend(
    body: Mapping[str, Any], refusal: ChatError | ServerReport, *, learnt: LearnedParameters | None = None
) -> ParameterChange | None:
    """Say what to change in *body* so that it is not refused again, None when nothing safe would help.

    *learnt* is what *body* has already been through: a name that was given to a parameter is not taken back. The caller
    counts, and gives up after MAX_CHANGES.
    """
    server = refusal.server if isinstance(refusal, ChatError) else refusal
    if server.status not in (400, 422) or server.code in _ABOUT_THE_ANSWER:
        return None
    words = {server.code.lower()} if server.code else set()
    text = server.message or ""
    if not wordings.UNSUPPORTED.matches(words, text) or wordings.WRONG_VALUE.matches(words, text):
        return None
    name = _culprit(body, server)
    return None if name is None else _change(name, body, learnt or LearnedParameters())


def _culprit(body: Mapping[str, Any], server: ServerReport) -> str | None:
    """Return the field of *body* that the server means: the one it names, else the first that its message quotes."""
    suspects = (server.param,) if server.param else wordings.suspects(server.message or "")
    names = (suspect if suspect in body else wordings.field_of_body(suspect) for suspect in suspects)
    name = next((name for name in names if name in body), None)
    return None if name in _PROTECTED else name


def _change(name: str, body: Mapping[str, Any], learnt: LearnedParameters) -> ParameterChange:
    twin = _TWINS.get(name)
    if twin and twin not in body and (twin, name) not in learnt.renamed:
        return ParameterChange(name, twin, f"`{name}` was refused: it is sent as `{twin}` from now on")
    if name == "stream":
        return ParameterChange(name, None, "streaming was refused: answers come in one piece from now on")
    return ParameterChange(name, None, f"`{name}` was refused: it is left out from now on")
