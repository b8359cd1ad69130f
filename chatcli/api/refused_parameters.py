"""Repairs a request rejected because of one parameter: renames, fixes or drops it, and remembers that.

Rules: only what the body holds is touched. What the server does not know or take is renamed where it says how, else
left out; a value that it names as the only one is taken; any other wrong value is the user's to mend, unless the
program itself has added the parameter. What carries meaning (messages, model, tools, response_format) is never touched.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any

from chatcli.api.failures.refusals import ParameterRefusal, find_refusal, replacement_of
from chatcli.api.learned_parameters import DEFAULTS, OWN, PROTECTED, TWINS, LearnedParameters, ParameterChange
from chatcli.errors import (
    ChatError,
    ContextTooLongError,
    FilteredAnswerError,
    ModelNotFoundError,
    RateLimitError,
    ServerReport,
)
from chatcli.language import N_, _
from chatcli.text.patterns import pattern

_LEFT_OUT = N_("`{name}` was rejected: only {value} is accepted, so it is not sent from now on")
_TAKEN = N_("`{name}` was rejected: only {value} is accepted, which is sent from now on")

_NEEDS_STREAM = pattern(
    r"\bonly (?:\w+ )?supports? (?:the )?stream|\bonly supported (?:with|in|for) (?:\w+ )?stream"
    r"|\bnon-?stream\w*\b.{0,40}\b(?:not|un)|\b(?:not|n't) (?:\w+ ){0,2}non-?stream|\bfor non-?stream"
    r"|\bstream\w*(?: mode)? (?:is|must be) (?:required|mandatory|enabled|true|set to true)|[仅只]支持流式",
    re.IGNORECASE,
)
# These speak of arguments that the model wrote, not of parameters of the request.
_ABOUT_THE_ANSWER = frozenset({"tool_use_failed", "json_validate_failed"})
# Refusals for another reason, whatever parameter they name.
_OTHER_REASONS = (ContextTooLongError, FilteredAnswerError, ModelNotFoundError, RateLimitError)
_OTHER_STATUSES = frozenset({401, 402, 407, 408, 425, 429, 502, 503, 504, 529})


def mend(
    body: Mapping[str, Any], refusal: ChatError | ServerReport, *, learnt: LearnedParameters | None = None
) -> ParameterChange | None:
    """Say what to change in *body* so that it is not refused again, None when nothing safe would help.

    *learnt* is what *body* has already been through: a name that was given to a parameter is not taken back. The caller
    counts, and gives up at some point.
    """
    server = refusal.server if isinstance(refusal, ChatError) else refusal
    has_other_reason = isinstance(refusal, _OTHER_REASONS) or server.code in _ABOUT_THE_ANSWER
    if not server.status or server.status in _OTHER_STATUSES or has_other_reason:
        return None
    text, words = server.message or "", {server.code.lower()} if server.code else set()
    if not body.get("stream") and _NEEDS_STREAM.search(text):
        return ParameterChange(
            "stream", None, _("the server only streams answers: they are streamed from now on"), True
        )
    found = find_refusal(text, words, server.param, body)
    if found is None or found.field in PROTECTED:
        return None
    return _change(found, text, body, learnt or LearnedParameters())


def _change(
    found: ParameterRefusal, text: str, body: Mapping[str, Any], learnt: LearnedParameters
) -> ParameterChange | None:
    name = found.field
    if name == "stream":
        return ParameterChange(
            name, None, _("the server does not accept streaming: answers will arrive whole from now on")
        )
    if found.kind == "wrong_value" and name not in OWN:
        return None
    if found.kind == "only_value" and name not in OWN:
        return _only_value(found, learnt)
    if new := _new_name(name, text, body, learnt):
        return ParameterChange(
            name, new, _("`{name}` was rejected: sending it as `{new}` from now on", name=name, new=new)
        )
    return ParameterChange(name, None, _("`{name}` was rejected: not sending it from now on", name=name))


def _only_value(found: ParameterRefusal, learnt: LearnedParameters) -> ParameterChange:
    """Take the value; a parameter whose value that is anyhow is left out, and one that was refused with it too."""
    name, value = found.field, found.value
    is_left_out = DEFAULTS.get(name) == value or name in dict(learnt.fixed)
    pattern = _LEFT_OUT if is_left_out else _TAKEN
    sentence = _(pattern, name=name, value=json.dumps(value, ensure_ascii=False))
    return ParameterChange(name, None, sentence) if is_left_out else ParameterChange(name, None, sentence, value)


def _new_name(name: str, text: str, body: Mapping[str, Any], learnt: LearnedParameters) -> str | None:
    new = TWINS.get(name) or replacement_of(name, text)
    if not new or new in body or new in PROTECTED or (new, name) in learnt.renamed:
        return None
    return new
