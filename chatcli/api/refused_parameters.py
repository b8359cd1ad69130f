"""Mends a request that was refused because of one parameter: it is renamed or left out, said so, and remembered.

Rules: only what the body holds is touched, and only when the server says that it does not know or take the parameter;
a wrong value is the user's to mend. What carries meaning (messages, model, tools, response_format) is never touched.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from chatcli.api.failures import wordings
from chatcli.api.learned_parameters import PROTECTED, TWINS, LearnedParameters, ParameterChange
from chatcli.errors import ChatError, ServerReport

# These speak of arguments that the model wrote, not of parameters of the request.
_ABOUT_THE_ANSWER = frozenset({"tool_use_failed"})


def mend(
    body: Mapping[str, Any], refusal: ChatError | ServerReport, *, learnt: LearnedParameters | None = None
) -> ParameterChange | None:
    """Say what to change in *body* so that it is not refused again, None when nothing safe would help.

    *learnt* is what *body* has already been through: a name that was given to a parameter is not taken back. The caller
    counts, and gives up at some point.
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
    return None if name in PROTECTED else name


def _change(name: str, body: Mapping[str, Any], learnt: LearnedParameters) -> ParameterChange:
    twin = TWINS.get(name)
    if twin and twin not in body and (twin, name) not in learnt.renamed:
        return ParameterChange(name, twin, f"`{name}` was refused: it is sent as `{twin}` from now on")
    if name == "stream":
        return ParameterChange(name, None, "streaming was refused: answers come in one piece from now on")
    return ParameterChange(name, None, f"`{name}` was refused: it is left out from now on")
