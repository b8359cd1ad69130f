"""The parameter at fault is the field of the body that is named, in any phrasing, and no other word of the sentence."""

from __future__ import annotations

from itertools import product
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chatcli.api.failures.refusals import ParameterRefusal, field_of_body, find_refusal, named_field

BODY: dict[str, Any] = {
    "model": "gpt-x",
    "messages": [],
    "stream": True,
    "stream_options": {"include_usage": True},
    "temperature": 0.4,
    "top_p": 0.9,
    "max_tokens": 9,
    "n": 2,
    "stop": ["x"],
    "user": "me",
    "seed": 7,
    "logprobs": True,
    "frequency_penalty": 0.5,
    "reasoning_effort": "high",
    "parallel_tool_calls": False,
    "chat_template_kwargs": {"enable_thinking": False},
    "timings_per_token": True,
}
NAMES = [name for name in BODY if name not in ("model", "messages", "chat_template_kwargs")]

# How servers, gateways and proxies refuse a parameter; @ stands for its name as they write it.
PHRASES = [
    "@ is not supported with this model.",
    "Unsupported parameter: @",
    "Unsupported parameter(s): @.",
    "@ is deprecated for this model",
    "The parameter @ is not enabled for this organization.",
    "This model doesn't support the @ parameter",
    "This model does not support @ = 3",
    "Argument not supported on this model: @",
    "property @ is unsupported",
    "Malformed input request: extraneous key [@] is not permitted, please reformat your input and try again.",
    "Extra inputs are not permitted, field: @, value: True",
    "Validation error at #/@: Extra inputs are not permitted",
    "[{'type': 'extra_forbidden', 'loc': ('body', '@'), 'msg': 'Extra inputs are not permitted', 'input': 1}]",
    "Unrecognized request argument supplied: @",
    'json: unknown field "@"',
    'Invalid JSON payload received. Unknown name "@": Cannot find field.',
    "got an unexpected keyword argument '@'",
    "Additional properties are not allowed ('@' was unexpected)",
    "parameter @ is forbidden",
    "The @ option is disabled on this server",
    "`@` has been removed, see the documentation",
    "@ cannot be used with this model",
    "Error code: 400 - {'error': {'message': \"Unsupported value: '@' is not allowed here\", 'code': 'x'}}",
    "router.BadRequestError: UpstreamException - '@' is not supported. Received Model Group=gpt-x",
    "不支持参数 @",
]
WORDS = ["n", "stop", "user", "seed", "stream"]  # names that are words of English too
QUOTES = ["@", "`@`", "'@'", '"@"', "[@]"]


@pytest.mark.parametrize("name", NAMES)
def test_any_name_in_any_phrasing_is_found(name: str) -> None:
    """The law: names × phrasings × quotes × case; the field that is named is the one, and it is refused."""
    humps = "".join(part.title() if at else part for at, part in enumerate(name.split("_")))
    quotes = QUOTES[1:4] if name in WORDS else QUOTES
    for phrase, quote, written in product(PHRASES, quotes, {name, name.upper(), name.title(), humps}):
        text = phrase.replace("@", quote.replace("@", written))

        found = find_refusal(text, set(), None, BODY)

        assert found == ParameterRefusal(name, "unsupported"), text


@pytest.mark.parametrize("name", WORDS)
def test_names_that_are_words_are_found_where_they_are_spoken_of(name: str) -> None:
    for phrase in PHRASES:
        found = find_refusal(phrase.replace("@", name), set(), None, BODY)

        assert found == ParameterRefusal(name, "unsupported"), phrase


# Words of the sentence that are fields of the body too, and are not meant.
OTHERS = [
    ("You are not allowed to request logprobs from this model", "logprobs"),
    ("This user is not permitted to set `temperature`", "temperature"),
    ("Please stop using top_p, it is not supported by this model", "top_p"),
    ("The messages were fine. The value of seed is not supported.", "seed"),
    ("'top_p' is not supported by model 'gpt-x'", "top_p"),
    ("temperature and top_p cannot both be specified for this model. Please use only one.", "top_p"),
    ("gpt-5 models don't support temperature=0.84. Only the default (1) value is supported. To drop unsupported "
     "params set `x.drop_params = True`.", "temperature"),
    ("stream_options is only allowed when stream is enabled", "stream_options"),
    ("include_usage is not supported", "stream_options"),
    ("enable_thinking is not permitted", "chat_template_kwargs"),
    ("Streaming is not supported for this model.", "stream"),
    ("Unknown parameter: 'max tokens'", "max_tokens"),
    ("Penalty is not enabled for models/m", "frequency_penalty"),
    ('"m" does not support thinking', "reasoning_effort"),
    ("Multiple candidates is not enabled for models/m", "n"),
    ("maxOutputTokens is not supported", "max_tokens"),
    ("stop sequences are not supported", "stop"),
    ("seed パラメータはサポートされていません", "seed"),
    ("use max_completion_tokens instead of max_tokens", "max_tokens"),
    ("n > 1 is not supported", "n"),
]  # fmt: skip


@pytest.mark.parametrize(("text", "name"), OTHERS)
def test_the_field_that_is_meant_is_told_from_words_of_the_sentence(text: str, name: str) -> None:
    found = find_refusal(text, set(), None, BODY)

    assert found is not None
    assert found.field == name


# What names nothing that was sent, or refuses nothing.
NOTHING = [
    "Your organization is not allowed to do this",
    "Unknown parameter: 'top_k'.",
    "This model is not supported",
    "model `gpt-x` is not available",
    "'messages' is not supported",
    "body.messages.0.user.content: Input should be shorter",
    "The user is not permitted to access this",
    "Something went wrong while streaming",
    "Function tools with reasoning_effort are not supported for gpt-x.",
    "The service is unavailable, please stop sending requests",
    "",
]


@pytest.mark.parametrize("text", NOTHING)
def test_what_names_no_field_refuses_none(text: str) -> None:
    assert find_refusal(text, set(), None, BODY) is None


@pytest.mark.parametrize("param", ["validation_error", "None", "", "messages", "messages[0].content", "body.model"])
def test_a_param_that_is_no_parameter_counts_for_nothing(param: str) -> None:
    assert named_field("it is not right", param, BODY) is None


@pytest.mark.parametrize(
    ("param", "name"),
    [
        ("temperature", "temperature"),
        ("body.temperature", "temperature"),
        ("stream_options.include_usage", "stream_options"),
        ("topP", "top_p"),
        ("#/seed", "seed"),
        ("stop[0]", "stop"),
    ],
)
def test_a_param_that_is_one_settles_it(param: str, name: str) -> None:
    assert named_field("'n' is not right", param, BODY) == name
    assert field_of_body(param) == name


WRONG = [
    "temperature must be between 0 and 1, got 1.7",
    "max_tokens is too large: 40000. This model supports at most 16384 completion tokens, whereas you provided 40000.",
    "temperature must be less than or equal to 1",
    "`top_p` must be in the range (0, 1]",
    "Invalid type for 'seed': expected an integer",
    "n must be at most 4",
    "reasoning_effort must be one of low, medium",
    "Unsupported value: 'reasoning_effort' does not support 'high'. Supported values are: 'low' and 'medium'.",
    "Supported values for reasoning_effort are: 'low', 'medium', 'none'.",
    "temperature should be a valid number",
    "max_tokens exceeds the maximum of 8192",
    "temperature must be >= 0 and <= 1",
    "top_p must be 0.1 to 1",
    "Invalid max_tokens value, the valid range of max_tokens is [1, 8192]",
]


@pytest.mark.parametrize("text", WRONG)
def test_a_wrong_value_is_told_from_a_parameter_that_is_not_taken(text: str) -> None:
    found = find_refusal(text, set(), None, BODY)

    assert found is not None
    assert found.kind == "wrong_value"
    assert found.field in text


ONLY = [
    ("invalid temperature: only 1 is allowed for this model", "temperature", 1),
    ("invalid temperature: only 0.6 is allowed for this model", "temperature", 0.6),
    ("Unsupported value: 'temperature' does not support 0.4 with this model. Only the default (1) value is supported.",
     "temperature", 1),
    ("gpt-5 models don't support temperature=0.84. Only temperature=1 is supported.", "temperature", 1),
    ("This model only supports temperature 1", "temperature", 1),
    ("top_p must be 0.95 for this model", "top_p", 0.95),
    ("n should be 1", "n", 1),
    ("'n' has to be equal to 1.", "n", 1),
    ("logprobs must be set to false", "logprobs", False),
    ("Unsupported value: 'reasoning_effort' does not support 'high' with this model. Supported values are: 'medium'.",
     "reasoning_effort", "medium"),
    ("Unsupported value: 'stream' does not support true with x. Supported values are: false.", "stream", False),
    ("parameter seed: only `0` is permitted", "seed", 0),
    ("temperature 只能为 1", "temperature", 1),
]  # fmt: skip


@pytest.mark.parametrize(("text", "name", "value"), ONLY)
def test_the_only_value_that_is_taken_is_read(text: str, name: str, value: Any) -> None:
    assert find_refusal(text, set(), None, BODY) == ParameterRefusal(name, "only_value", value)


@given(st.text(max_size=80), st.sampled_from([None, *NAMES, "x"]), st.sampled_from(PHRASES))
def test_only_what_was_sent_is_ever_named(text: str, param: str | None, phrase: str) -> None:
    found = find_refusal(phrase.replace("@", text), set(), param, BODY)

    assert found is None or found.field in NAMES or found.field == "chat_template_kwargs"
