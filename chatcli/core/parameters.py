"""The request parameters a person may set, with their types and ranges; and how their values are written as text.

Names and ranges are those of OpenAI's reference; an endpoint may allow less. What the reference does not know goes by
`extra.NAME` and is sent as NAME, unchecked.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from difflib import get_close_matches
from typing import Any, Literal

from chatcli.core.values import value
from chatcli.errors import UsageError

Kind = Literal["number", "integer", "boolean", "string", "strings", "object"]
EFFORTS = ("none", "minimal", "low", "medium", "high", "xhigh", "max")
EXTRA = "extra."  # `/set extra.KEY` sets what the reference does not know

# What is asked for when answers are to be shaded by the probability of their tokens.
LOGPROBS: Mapping[str, Any] = {"logprobs": True, "top_logprobs": 3}

_MAX_SHOWN = 60  # characters of a wrong value

# Words for those who do not think in numbers.
TEMPERATURES: Mapping[str, float] = {"precise": 0.2, "balanced": 0.5, "creative": 0.9}


@value
class Parameter:
    """One parameter; *low* and *high* are inclusive, *choices* empty where any text will do."""

    name: str
    kind: Kind
    help: str
    low: float | None = None
    high: float | None = None
    choices: tuple[str, ...] = ()

    @property
    def range(self) -> str:
        """The values it takes, in words."""
        if self.choices:
            return ", ".join(self.choices)
        if self.low is not None and self.high is not None:
            return f"{self.low:g} to {self.high:g}"
        if self.low is not None:
            return f"{self.low:g} or more"
        words: Mapping[Kind, str] = {
            "boolean": "true, false",
            "strings": "text, or a JSON list of up to 4",
            "object": "a JSON object",
        }
        return words.get(self.kind, f"any {self.kind}")


_TABLE = (
    Parameter("temperature", "number", "How much chance is in the words; also precise, balanced, creative", 0, 2),
    Parameter("top_p", "number", "Draw only from the likeliest tokens of this share", 0, 1),
    Parameter("max_tokens", "integer", "The most tokens an answer may have, under the name the endpoint uses", 1),
    Parameter("max_completion_tokens", "integer", "The same under its newer name", 1),
    Parameter("n", "integer", "How many answers are asked for", 1, 128),
    Parameter("stop", "strings", r"Where the answer ends; \n is a new line"),
    Parameter("seed", "integer", "The same seed gives the same answer, as far as the endpoint can"),
    Parameter("presence_penalty", "number", "Above 0: fewer words that have occurred already", -2, 2),
    Parameter("frequency_penalty", "number", "Above 0: fewer words that have occurred often", -2, 2),
    Parameter("logit_bias", "object", "Token ids and what is added to their chance, from -100 to 100"),
    Parameter("logprobs", "boolean", "Whether the probability of each token is sent along"),
    Parameter("top_logprobs", "integer", "How many alternatives of each token are sent along; needs logprobs", 0, 20),
    Parameter("reasoning_effort", "string", "How long a reasoning model thinks", choices=EFFORTS),
    Parameter("verbosity", "string", "How long answers are", choices=("low", "medium", "high")),
    Parameter("response_format", "object", 'The shape of the answer, such as {"type": "json_object"}'),
    Parameter("service_tier", "string", "How the request is queued and billed"),
    Parameter("parallel_tool_calls", "boolean", "Whether several tools may be called at once"),
    Parameter("prompt_cache_key", "string", "Which requests share a cached beginning"),
    Parameter("safety_identifier", "string", "A stable name for whoever uses this program"),
    Parameter("user", "string", "The older name for safety_identifier"),
    Parameter("store", "boolean", "Whether the provider keeps the answer"),
    Parameter("metadata", "object", "Up to 16 names and values that are kept with the answer"),
)  # fmt: skip
PARAMETERS: Mapping[str, Parameter] = {parameter.name: parameter for parameter in _TABLE}


def parse(name: str, text: str, *, ranges: Mapping[str, tuple[float, float]] | None = None) -> Any:
    """Return the value that *text* means for the parameter *name*; *ranges* are the endpoint's own, narrower ones.

    Raises UsageError naming the parameter, the value and what would do.
    """
    if name.startswith(EXTRA) and name != EXTRA:
        return _json_or_text(text)
    parameter = PARAMETERS.get(name)
    if parameter is None:
        raise unknown(name)
    value = _converted(parameter, text)
    return _checked(parameter, value, text, (ranges or {}).get(name))


def check(name: str, value: Any, *, ranges: Mapping[str, tuple[float, float]] | None = None) -> Any:
    """Return *value* as it comes from TOML or JSON if the parameter *name* takes it; raises UsageError."""
    return parse(name, value if isinstance(value, str) else json.dumps(value), ranges=ranges)


def unknown(name: str) -> UsageError:
    """Return the error for a parameter that does not exist, with the nearest one that does."""
    near = get_close_matches(name, PARAMETERS, n=1)
    hint = f"did you mean `{near[0]}`?" if near else f"`{EXTRA}{name}` sends it unchecked"
    return UsageError(f"there is no parameter `{name}`", hint=hint)


def pair(text: str) -> tuple[str, str]:
    """Split `KEY=VALUE` as `-o` takes it; raises UsageError."""
    name, equals, value = text.partition("=")
    if not equals or not name.strip():
        raise UsageError(f"`-o {text}` is not KEY=VALUE", hint="for example -o temperature=0.2")
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
                return text
            case "strings":
                return _strings(text)
            case "object":
                return _object(text)
    except (ValueError, KeyError, RecursionError):
        raise _refused(parameter, text, None) from None


def _checked(parameter: Parameter, value: Any, text: str, limits: tuple[float, float] | None) -> Any:
    low, high = limits or (parameter.low, parameter.high)
    if isinstance(value, float | int) and not isinstance(value, bool):
        # NaN is neither below nor above anything.
        if value != value or (low is not None and value < low) or (high is not None and value > high):
            raise _refused(parameter, text, limits)
        return int(value) if isinstance(value, float) and value.is_integer() else value
    if parameter.choices and value not in parameter.choices:
        raise _refused(parameter, text, limits)
    return value


def _refused(parameter: Parameter, text: str, limits: tuple[float, float] | None) -> UsageError:
    allowed = f"{limits[0]:g} to {limits[1]:g} at this endpoint" if limits else parameter.range
    if parameter.name == "temperature" and not limits:
        allowed += f", or {', '.join(TEMPERATURES)}"
    shown = text if len(text) <= _MAX_SHOWN else f"{text[:_MAX_SHOWN]}…"
    what = f"`{parameter.name}` cannot be `{shown}`" if text else f"`{parameter.name}` needs a value"
    return UsageError(what, hint=f"it takes {allowed}")


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


def _json_or_text(text: str) -> Any:
    try:
        return _json(text)
    except (ValueError, RecursionError):
        return text


def _json(text: str) -> Any:
    value = json.loads(text)
    json.dumps(value, allow_nan=False)  # Python reads NaN and 1e999, which no server does
    return value
