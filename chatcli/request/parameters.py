"""Defines the request parameters with their types and ranges, and parses their values from text.

Names and ranges are those of OpenAI's reference; an endpoint may allow less. Any other field is set as `extra.NAME` and
sent as NAME, unchecked.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, Literal

from chatcli.errors import Remedy, UsageError
from chatcli.language import N_, _
from chatcli.records import frozen
from chatcli.text.phrases import join_words, shorten
from chatcli.text.similar import did_you_mean

ParameterKind = Literal["number", "integer", "boolean", "string", "strings", "object", "list", "bias", "pairs"]
EFFORTS = ("none", "minimal", "low", "medium", "high", "xhigh", "max")
EXTRA = "extra."  # `/set extra.KEY` sets what the reference does not know

# Parameters for shading answers by token probability.
LOGPROBS: Mapping[str, Any] = {"logprobs": True, "top_logprobs": 3}

_MAX_SHOWN = 60  # characters of an invalid value

# Names for common temperatures.
TEMPERATURES: Mapping[str, float] = {"precise": 0.2, "balanced": 0.5, "creative": 0.9}


_RANGES: Mapping[ParameterKind, str] = {
    "boolean": N_("true or false"),
    "integer": N_("any integer"),
    "number": N_("any number"),
    "string": N_("any string"),
    "object": N_("a JSON object"),
    "list": N_("a JSON list"),
    "pairs": N_("a JSON object of up to 16 strings, names up to 64 characters, values up to 512"),
}


@frozen
class Parameter:
    """One parameter; *low* and *high* are inclusive, *choices* is empty if any text is allowed.

    *default* is the reference's default if nothing is sent. *longest* limits the characters of a text.
    """

    name: str
    kind: ParameterKind
    help: str
    low: float | None = None
    high: float | None = None
    choices: tuple[str, ...] = ()
    default: str = ""
    longest: int | None = None

    @property
    def suggestions(self) -> tuple[str, ...]:
        """Values to offer while one is typed."""
        if self.name == "temperature":
            return tuple(TEMPERATURES)
        return self.choices or (("true", "false") if self.kind == "boolean" else ())

    @property
    def range(self) -> str:
        """The allowed values, in words."""
        if self.choices:
            return join_words(self.choices)
        if self.kind == "bias":
            return _(
                "a JSON object of token ids or words with numbers from {low:g} to {high:g}",
                low=self.low,
                high=self.high,
            )
        if self.kind == "strings":
            return _("text, or a JSON list of up to {high:g}", high=self.high)
        if self.low is not None and self.high is not None:
            return _("{low:g} to {high:g}", low=self.low, high=self.high)
        if self.low is not None:
            return _("{low:g} or more", low=self.low)
        if self.longest:
            return _("text of up to {longest} characters", longest=self.longest)
        return _(_RANGES[self.kind])


_TABLE = (
    Parameter("temperature", "number", "Temperature: a number, or precise, balanced or creative", 0, 2, default="1"),
    Parameter("top_p", "number", "Nucleus sampling: likeliest tokens up to this probability", 0, 1, default="1"),
    Parameter("max_tokens", "integer", "Maximum tokens in the answer, sent under the endpoint's name for it", 1),
    Parameter("max_completion_tokens", "integer", "The newer name of max_tokens", 1),
    Parameter("n", "integer", "Number of answers", 1, 128, default="1"),
    Parameter("stop", "strings", r"Stop sequence; \n is a newline; OpenAI accepts 4", 1, 16),
    Parameter("seed", "integer", "Seed for reproducible answers, if the endpoint supports it"),
    Parameter("presence_penalty", "number", "Above 0: penalise tokens that have already occurred", -2, 2, default="0"),
    Parameter("frequency_penalty", "number", "Above 0: penalise tokens that occur often", -2, 2, default="0"),
    Parameter("logit_bias", "bias", "Bias of single tokens: -100 bans one, 100 forces it", -100, 100),
    Parameter("logprobs", "boolean", "Return the log probability of each token", default="false"),
    Parameter("top_logprobs", "integer", "Number of alternatives to return for each token; needs logprobs", 0, 20),
    Parameter("reasoning_effort", "string", "Reasoning effort of a reasoning model", choices=EFFORTS),
    Parameter("verbosity", "string", "Verbosity of answers", choices=("low", "medium", "high"), default="medium"),
    Parameter("response_format", "object", 'Format of the answer, e.g. {"type": "json_object"}', default="text"),
    Parameter("tools", "list", "Raw descriptions of tools; their calls are shown, not run"),
    Parameter("tool_choice", "string", "Tool use: auto, none, required, or JSON", default="auto"),
    Parameter("parallel_tool_calls", "boolean", "Allow several tool calls at once", default="true"),
    Parameter("modalities", "list", 'Output types, e.g. ["text", "audio"]'),
    Parameter("audio", "object", 'Voice and format of a spoken answer, e.g. {"voice": "alloy", "format": "wav"}'),
    Parameter("prediction", "object", "Predicted answer, to speed up generation"),
    Parameter("web_search_options", "object", "Web search options, for models that search"),
    Parameter("service_tier", "string", "Service tier, which sets queueing and price", default="auto"),
    Parameter("prompt_cache_key", "string", "Key of requests that share a cached prompt prefix"),
    Parameter("prompt_cache_retention", "string", "How long a prompt prefix is cached", choices=("in_memory", "24h")),
    Parameter("prompt_cache_options", "object", 'Prompt cache options, e.g. {"ttl": "30m"}'),
    Parameter("safety_identifier", "string", "Stable identifier of the end user", longest=64),
    Parameter("user", "string", "The older name of safety_identifier"),
    Parameter("moderation", "object", "Moderation options"),
    Parameter("store", "boolean", "Let the provider store the answer", default="false"),
    Parameter("metadata", "pairs", "Key-value pairs stored with the answer"),
)  # fmt: skip
PARAMETERS: Mapping[str, Parameter] = {parameter.name: parameter for parameter in _TABLE}

# Fields of every request that are not parameters, and what sets them.
_OWN: Mapping[str, Remedy | None] = {
    "stream": Remedy("turn_off_streaming"),
    "stream_options": None,
    "model": Remedy("name_model"),
    "messages": None,
}


def parse_parameter(name: str, text: str, *, ranges: Mapping[str, tuple[float, float]] | None = None) -> Any:
    """Parse *text* as a value of the parameter *name*; *ranges* are the endpoint's own, narrower ones.

    Raises UsageError that names the parameter, the value and the allowed values.
    """
    if name.startswith(EXTRA) and name != EXTRA:
        return _json_or_text(text)
    parameter = PARAMETERS.get(name)
    if parameter is None:
        raise unknown(name)
    value = _converted(parameter, text)
    return _checked(parameter, value, text, (ranges or {}).get(name))


def check_parameter(name: str, value: Any, *, ranges: Mapping[str, tuple[float, float]] | None = None) -> Any:
    """Validate *value* from TOML or JSON for the parameter *name*; raises UsageError."""
    return parse_parameter(name, value if isinstance(value, str) else json.dumps(value), ranges=ranges)


def sampling_advice(options: Mapping[str, Any]) -> str:
    """Return advice on *options* that are allowed but rarely intended; "" if there is none."""
    if {"temperature", "top_p"} <= options.keys():
        return _("temperature and top_p are both set; usually only one of them is changed")
    return ""


def unknown(name: str) -> UsageError:
    """Return the error for an unknown parameter, with the nearest known one."""
    if name in _OWN:
        hint = _OWN[name] or _("`{prefix}{name}` sends another one", prefix=EXTRA, name=name)
        return UsageError(_("`{name}` is set by chat itself", name=name), hint=hint)
    meant = did_you_mean(name, PARAMETERS)
    return UsageError(
        _("unknown parameter `{name}`", name=name),
        hint=meant or _("`{prefix}{name}` sends it unchecked", prefix=EXTRA, name=name),
    )


def split_pair(text: str) -> tuple[str, str]:
    """Split `KEY=VALUE`; raises UsageError."""
    name, equals, value = text.partition("=")
    if not equals or not name.strip():
        raise UsageError(_("`{text}` is not KEY=VALUE", text=text), hint=_("for example temperature=0.2"))
    return name.strip(), value


def _converted(parameter: Parameter, text: str) -> Any:
    try:
        match parameter.kind:
            case "number":
                return (
                    TEMPERATURES.get(text) if parameter.name == "temperature" and text in TEMPERATURES else float(text)
                )
            case "integer":
                return int(text)
            case "boolean":
                return {"true": True, "on": True, "yes": True, "false": False, "off": False, "no": False}[text.lower()]
            case "string":
                return _json(text) if parameter.name == "tool_choice" and text.startswith("{") else text
            case "strings":
                return _strings(text)
            case "object":
                return _object(text)
            case "list":
                return _list(text)
            case "bias":
                return _bias(text, parameter)
            case "pairs":
                return _pairs(text)
    except (ValueError, KeyError, RecursionError):
        raise _refused(parameter, text, None) from None


def _checked(parameter: Parameter, value: Any, text: str, limits: tuple[float, float] | None) -> Any:
    low, high = limits or (parameter.low, parameter.high)
    if parameter.kind == "strings" and isinstance(value, list) and high is not None and len(value) > high:
        raise _refused(parameter, text, limits)
    if parameter.longest and isinstance(value, str) and len(value) > parameter.longest:
        raise _refused(parameter, text, limits)
    if isinstance(value, float | int) and not isinstance(value, bool):
        # NaN is neither below nor above anything.
        if value != value or (low is not None and value < low) or (high is not None and value > high):
            raise _refused(parameter, text, limits)
        return int(value) if isinstance(value, float) and value.is_integer() else value
    if parameter.choices and value not in parameter.choices:
        raise _refused(parameter, text, limits)
    return value


def _refused(parameter: Parameter, text: str, limits: tuple[float, float] | None) -> UsageError:
    pattern = N_("invalid value `{text}` for `{name}`") if text else N_("`{name}` needs a value")
    what = _(pattern, text=shorten(text, _MAX_SHOWN), name=parameter.name)
    if limits:
        return UsageError(what, hint=_(_LIMITS[parameter.kind == "strings"], low=limits[0], high=limits[1]))
    if parameter.name == "temperature":
        return UsageError(what, hint=_("use {range}", range=join_words([parameter.range, *TEMPERATURES])))
    return UsageError(what, hint=_("use {range}", range=parameter.range))


_LIMITS = (
    N_("use {low:g} to {high:g} at this endpoint"),
    N_("use text, or a JSON list of up to {high:g}, at this endpoint"),
)


def _strings(text: str) -> str | list[str]:
    if text.startswith("["):
        values = _json(text)
        if not all(isinstance(value, str) for value in values) or not 1 <= len(values) <= 16:
            raise ValueError(text)
        return list(values)
    if not text:
        raise ValueError(text)
    if text.startswith('"') and text.endswith('"') and len(text) > 1:
        return str(_json(text))
    return text.replace("\\n", "\n").replace("\\t", "\t")


def _object(text: str) -> dict[str, Any]:
    value = _json(text)
    if not isinstance(value, dict):
        raise ValueError(text)  # noqa: TRY004  # the caller turns it into the error that names the parameter
    return value


def _list(text: str) -> list[Any]:
    value = _json(text)
    if not isinstance(value, list) or not value:
        raise ValueError(text)
    return value


def _bias(text: str, parameter: Parameter) -> dict[str, float]:
    value = _object(text)
    assert parameter.low is not None
    assert parameter.high is not None
    for bias in value.values():
        if isinstance(bias, bool) or not isinstance(bias, int | float) or not parameter.low <= bias <= parameter.high:
            raise ValueError(text)
    if not value or not all(value):
        raise ValueError(text)
    return value


def _pairs(text: str) -> dict[str, str]:
    value = _object(text)
    fits = all(isinstance(entry, str) and len(name) <= 64 and len(entry) <= 512 for name, entry in value.items())
    if not fits or len(value) > 16:
        raise ValueError(text)
    return value


def _json_or_text(text: str) -> Any:
    try:
        return _json(text)
    except (ValueError, RecursionError):
        return text


def _json(text: str) -> Any:
    value = json.loads(text)
    json.dumps(value, allow_nan=False)  # Python accepts NaN and 1e999, but servers do not
    return value
