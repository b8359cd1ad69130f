"""Finds the request field a server rejects, and why, by looking for the fields that were actually sent.

Rules:

- The culprit is whichever field of the body the server names: by its `param`, else in a sentence that refuses. A name
  in quotes goes before a bare one; a name that is also an English word counts bare only where it is spoken of as a
  parameter. A name that is not in the body is not a parameter.
- Refusing is a family of words. A wrong value (its range, its type, one of several) is the user's to mend; where the
  server names a single value that it takes, that is it.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Set
from typing import Literal, TypeAlias

from chatcli.records import frozen
from chatcli.text.patterns import pattern

RefusalKind: TypeAlias = Literal["unsupported", "wrong_value", "only_value"]

# What carries the meaning of a request. The first three are also words of any sentence about it.
CONTENT_FIELDS = frozenset({"model", "messages", "prompt", "input"})
_WORDS_TOO = frozenset(
    {
        *("n", "stop", "user", "store", "stream", "seed", "metadata", "prediction", "audio", "thinking", "reasoning"),
        *("tools", "functions", "provider", "models", "plugins", "route", "echo", "suffix", "think", "verbosity"),
    }
)
# What servers call a field that has another name in the protocol: that of their own, or what it is for.
_OTHER_NAMES: Mapping[str, tuple[str, ...]] = {
    "frequency_penalty": ("penalty", "penalties"),
    "presence_penalty": ("penalty", "penalties"),
    "reasoning_effort": ("thinking", "reasoning", "thinking_level", "thinking_config"),
    "n": ("candidate_count", "multiple_candidates", "multiple_choices"),
    "stop": ("stop_sequences", "stop_words"),
    "max_tokens": ("max_output_tokens", "max_new_tokens"),
    "max_completion_tokens": ("max_output_tokens", "max_new_tokens"),
}
_REFUSED_CODES = frozenset(
    {"unsupported_parameter", "unsupported_value", "unknown_parameter", "extra_forbidden", "unsupported_params"}
)
_WRONG_CODES = frozenset({"invalid_type", "invalid_value", "integer_above_max_value", "integer_below_min_value"})
_REFUSED = pattern(
    r"\b(?:un|not |no longer |n't |never )(?:\w+ ){0,2}?(?:supported|known|recogni[sz]ed|permitted|allowed|accepted"
    r"|expected|enabled|available|implemented|valid|compatible|applicable|configurable)\b"
    r"|(?:n't|n’t|not) (?:\w+ )?(?:support|allow|accept|take|recogni[sz]e|handle|permit|be )"
    r"|\b(?:unsupported|unknown|unrecogni[sz]ed|unexpected|extraneous|deprecated|obsolete|removed|disabled|forbidden"
    r"|incompatible|disallowed|rejects?)\b|extra (?:inputs?|fields?|keys?|param|argument|propert)|additional propert"
    r"|\bonly \S+(?: \S+){0,3} (?:is|are) (?:\w+ )?(?:allowed|supported|accepted|permitted|valid)|only (?:the )?default"
    r"|\bonly (?:supports?|accepts?|allows?|takes?|allowed|valid|supported|permitted|available)\b"
    r"|must be verified|\b(?:must|should|has to) (?:be|equal)\b"
    r"|please (?:remove|omit|drop|leave out)|not one of the (?:allowed|supported|known)"
    r"|サポートされて|対応してい|使用でき|利用でき|지원(?:하지|되지)|不被\S{0,12}支持"
    r"|invalid (?:param|argument|field|option)|不支持|不允许|不能|未知|无效|仅支持|只支持|只能|必须为",
    re.IGNORECASE,
)
_WRONG = pattern(
    r"\binvalid\W+\w+\W+value|(?:valid|allowed|accepted|supported|permitted) range\b"
    r"|\b(?:between|less than|greater than|more than|at (?:least|most)|out of range|in (?:the )?range"
    r"|too (?:large|small"
    r"|high|low|big|long|many)|exceeds?|maximum|minimum|\d to -?\d|positive|negative|smaller|larger)\b"
    r"|[<>]=? ?-?\d|[≤≥]"
    r"|must be (?:of type|one of|an? |in |string|number|integer|boolean|list|array|object|float)|\bnot of type"
    r"|expected (?:one of|an?\b|type|string|number|int|bool|array|object)|type must be|invalid type|should be an? valid"
    r"|(?:supported|valid|allowed|accepted|possible|available) (?:values|options|choices)"
    r"|\bone of\b(?! the \w+ (?:propert|param|field|key|arg))"
    r"|取值范围|应在",
    re.IGNORECASE,
)
_ABOUT_TOOLS = pattern(r"\btools? (?:call|with)\b", re.IGNORECASE)
_VALUE = r"[`'\"]?(-?\d+(?:\.\d+)?|true|false|[A-Za-z][\w-]*)[`'\"]?"
_QUOTED_VALUE = r"(-?\d+(?:\.\d+)?|true|false|[`'\"][\w.-]+[`'\"])"
_TAKEN = r"(?:is|are) (?:\w+ )?(?:allowed|supported|accepted|permitted|valid)"
_ALONE = r"(?![\w.]* ?(?:,|and|or|to|-|\.\d)\b)"  # and neither a range nor the first of several
_ONLY = tuple(
    pattern(text, re.IGNORECASE)
    for text in (
        rf"only the default \({_VALUE}\)",
        rf"\bonly (?:the )?(?:value |\w+ ?= ?)?{_QUOTED_VALUE} {_TAKEN}",
        r"\bonly (?:supports?|accepts?|allows?|takes?) (?:the )?(?:\w+ ?[= ] ?)?(?:values? )?(?:of )?"
        rf"{_QUOTED_VALUE}{_ALONE}",
        rf"(?:supported|valid|allowed|accepted) values? (?:is|are):? {_VALUE}(?=[.\s]*(?:\Z|[(}}\]])|\. )",
        rf"\b(?:must|should|has to|can only) (?:be|equal)(?: set)?(?: equal)?(?: to)? {_QUOTED_VALUE}{_ALONE}",
        rf"(?:仅支持|只支持|只能为|必须为) ?{_QUOTED_VALUE}",
    )
)
_SENTENCE_END = pattern(r"(?<=[.!?;。；])\s+|\n")
_SPOKEN_OF = (
    r"(?:param\w*|arguments?|fields?|propert\w+|options?|keys?|settings?|names?|values? (?:for|of)|supplied|unsupported"
    r"|unknown|unrecogni[sz]ed|support(?:ing)?|using|use|setting|request|extra|invalid|参数"
    r"|パラメータ|매개변수)[\s:=]*(?:the )?"
)
_SPEAKS = (
    r"(?= ?[=><:]| (?:is|are|was|must|cannot|can't|can|does|do|not|should|only|param\w*|option|field|value|mode|has)\b)"
    r"(?! (?:is|are) (?:not )?(?:permitted|allowed|authori[sz]ed|able|entitled) to)"
)
_QUOTES = r"[`'\"\[«“‘]"
_HUMP = pattern(r"(?<=[a-z0-9])(?=[A-Z])")


@frozen
class ParameterRefusal:
    """The *field* of the body that was refused; *value* is the only one that is taken, None where none is named."""

    field: str
    kind: RefusalKind
    value: object = None


def find_refusal(text: str, words: Set[str], param: str | None, body: Mapping[str, object]) -> ParameterRefusal | None:
    """Return what of *body* is refused by a server that says *text*, with codes *words*; None where nothing is."""
    if _ABOUT_TOOLS.search(text):
        return None
    field = _culprit(text, param, body)
    if field is None:
        return None
    value = _only_value(text)
    if value is not None and value != body[field]:
        return ParameterRefusal(field, "only_value", value)
    if _WRONG_CODES & words or _WRONG.search(text):
        return ParameterRefusal(field, "wrong_value")
    is_refused = bool(_REFUSED_CODES & words) or _REFUSED.search(text)
    return ParameterRefusal(field, "unsupported") if is_refused else None


def named_field(text: str, param: str | None, body: Mapping[str, object]) -> str | None:
    """Return the field of *body* that a complaint is about, whether it is refused or its value is wrong."""
    is_named = bool(param) and field_of_body(param or "") in body
    return _culprit(text, param, body) if is_named or _REFUSED.search(text) or _WRONG.search(text) else None


def replacement_of(field: str, text: str) -> str | None:
    """Return the name that a server wants in place of *field*."""
    found = re.search(r"\buse [`'\"]?([a-z][a-z_]+)[`'\"]? instead", text, re.IGNORECASE)
    return found[1] if found and found[1] != field else None


def field_of_body(name: str) -> str:
    """Return the field of the body that *name* begins with, in the spelling of the protocol.

    Some servers name a part of it (`stream_options.include_usage`), some spell it their own way (`presencePenalty`).
    """
    steps = re.split(r"[.\[\]/#]+", name.removeprefix("body"))
    return _HUMP.sub("_", next(filter(None, steps), "")).lower()


def _culprit(text: str, param: str | None, body: Mapping[str, object]) -> str | None:
    """Return the field that is meant; None if it carries the meaning of the request, or was not sent."""
    if param and (own := field_of_body(param)) in body:
        return None if own in CONTENT_FIELDS else own
    sentences = _SENTENCE_END.split(text)
    refusing = [sentence for sentence in sentences if _REFUSED.search(sentence) or _WRONG.search(sentence)]
    for sentence in [*refusing, text]:
        if named := [*_mentions(sentence, body)]:
            # Of two incompatible parameters, the one named last is the superfluous one.
            return named[-1] if re.search(r"\bboth\b|同时", sentence) else named[0]
    return None


def _mentions(text: str, body: Mapping[str, object]) -> Iterator[str]:
    """Yield the fields of *body* that *text* names: those in quotes first, and each in the order of naming."""
    found: list[tuple[bool, int, str]] = []
    for field, names in _names(body):
        for name in names:
            spelled = r"[_\- ]?".join(map(re.escape, name.split("_"))) + ("(?:ing|ed)?" if name == "stream" else "")
            quoted = re.search(rf"{_QUOTES}(?:[\w.]+\.)?{spelled}(?!\w)", text, re.IGNORECASE)
            bare = quoted or re.search(_bare(name, spelled), text, re.IGNORECASE)
            if bare:
                found.append((quoted is None, bare.start(), field))
    yield from dict.fromkeys(field for _, _, field in sorted(found))


def _bare(name: str, spelled: str) -> str:
    whole = rf"(?<![\w-]){spelled}(?![\w-])"
    if name not in _WORDS_TOO:
        return whole
    return rf"{_SPOKEN_OF}{whole}|{whole}{_SPEAKS}|[:=]\s*{whole}\W*\Z"


def _names(body: Mapping[str, object]) -> Iterator[tuple[str, tuple[str, ...]]]:
    """Yield each field with the names by which it may be meant: its own, and those of its parts that are no words."""
    for field, value in body.items():
        if field not in CONTENT_FIELDS:
            parts = tuple(part for part in value if "_" in part) if isinstance(value, Mapping) else ()
            yield field, (field, *parts, *_OTHER_NAMES.get(field, ()))


def _only_value(text: str) -> object:
    """Return the single value that the server takes, None where it names none or several."""
    for known in _ONLY:
        if found := known.search(text):
            written = found[1].strip("`'\"")
            try:
                return json.loads(written.lower())
            except ValueError:
                return written
    return None
