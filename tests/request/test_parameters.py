"""Parameters as they are written: what each takes, and what is said where it does not."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chatcli.errors import UsageError
from chatcli.request.parameters import EFFORTS, PARAMETERS, check_parameter, parse_parameter, split_pair
from chatcli.text.phrases import join_words
from tests.support.hints import hint_of

GOOD = [
    ("temperature", "0.7", 0.7),
    ("temperature", "1", 1),
    ("temperature", "1.0", 1),
    ("temperature", "precise", 0.2),
    ("temperature", "0", 0),
    ("temperature", "2", 2),
    ("top_p", "1e-1", 0.1),
    ("max_tokens", "500", 500),
    ("seed", "-3", -3),
    ("seed", "1" + "0" * 400, 10**400),
    ("stop", r"\n\n", "\n\n"),
    ("stop", '["a", "b"]', ["a", "b"]),
    ("stop", '"[x"', "[x"),
    ("logprobs", "on", True),
    ("logprobs", "FALSE", False),
    ("reasoning_effort", "minimal", "minimal"),
    ("service_tier", "flex", "flex"),
    ("metadata", '{"a": "b"}', {"a": "b"}),
    ("extra.top_k", "40", 40),
    ("extra.route", "fallback", "fallback"),
    ("extra.a.b", '{"c": []}', {"c": []}),
]
BAD = [
    ("temperature", "2.1", "0 to 2"),
    ("temperature", "-0.1", "0 to 2"),
    ("temperature", "nan", "0 to 2"),
    ("temperature", "inf", "0 to 2"),
    ("temperature", "warm", "0 to 2"),
    ("max_tokens", "0", "1 or more"),
    ("max_tokens", "1.5", "1 or more"),
    ("max_tokens", "9" * 5000, "1 or more"),
    ("top_p", "precise", "0 to 1"),
    ("temperature", "warm", "0 to 2, precise, balanced or creative"),
    ("temperature", "", "0 to 2, precise, balanced or creative"),
    ("logprobs", "maybe", "true or false"),
    ("reasoning_effort", "extreme", "none, minimal"),
    ("verbosity", "", "low, medium or high"),
    ("stop", "", "text, or a JSON list"),
    ("stop", "[1]", "text, or a JSON list"),
    ("stop", "[]", "text, or a JSON list"),
    ("stop", "[", "text, or a JSON list"),
    ("metadata", "[]", "a JSON object"),
    ("metadata", "{", "a JSON object"),
    ("logit_bias", '{"1": NaN}', "a JSON object"),
    ("metadata", "[" * 100_000, "a JSON object"),
    ("seed", "", "any integer"),
]


@pytest.mark.parametrize(("name", "text", "value"), GOOD, ids=[f"{name}={text[:12]}" for name, text, _ in GOOD])
def test_text_becomes_the_value_it_means(name: str, text: str, value: Any) -> None:
    parsed = parse_parameter(name, text)

    assert parsed == value
    assert type(parsed) is type(value)


@pytest.mark.parametrize(("name", "text", "allowed"), BAD, ids=[f"{name}={text[:12]}" for name, text, _ in BAD])
def test_what_is_refused_is_named_with_what_would_do(name: str, text: str, allowed: str) -> None:
    with pytest.raises(UsageError) as caught:
        parse_parameter(name, text)

    assert caught.value.what.endswith(f"` for `{name}`" if text else f"`{name}` needs a value")
    assert len(caught.value.what) < 100
    assert allowed in hint_of(caught.value)


def test_an_endpoint_may_allow_less() -> None:
    with pytest.raises(UsageError, match=r"invalid value `1\.8`") as caught:
        parse_parameter("temperature", "1.8", ranges={"temperature": (0, 1.5)})

    assert caught.value.hint == "use 0 to 1.5 at this endpoint"


def test_an_endpoint_that_allows_less_of_one_leaves_the_others_alone() -> None:
    assert parse_parameter("top_p", "0.5", ranges={"temperature": (0, 1.5)}) == 0.5


@pytest.mark.parametrize(
    ("name", "hint"),
    [
        ("temprature", "did you mean `temperature`?"),
        ("top_k", "did you mean `top_p`?"),
        ("zzz", "`extra.zzz` sends"),
    ],
    ids=["misspelt", "near", "unknown"],
)
def test_an_unknown_name_is_refused_with_a_way_on(name: str, hint: str) -> None:
    with pytest.raises(UsageError, match=f"unknown parameter `{name}`") as caught:
        parse_parameter(name, "1")

    assert hint in hint_of(caught.value)


def test_extra_needs_a_name() -> None:
    with pytest.raises(UsageError, match=r"unknown parameter `extra\.`"):
        parse_parameter("extra.", "1")


@pytest.mark.parametrize(
    ("name", "value"),
    [("temperature", 0.5), ("n", 2), ("logprobs", True), ("stop", ["a"]), ("metadata", {"a": "b"}), ("user", "me")],
    ids=str,
)
def test_values_of_their_own_type_pass(name: str, value: Any) -> None:
    assert check_parameter(name, value) == value


@pytest.mark.parametrize(
    ("name", "value"),
    [("temperature", True), ("temperature", float("nan")), ("n", [1]), ("logprobs", 1), ("metadata", ["a"])],
    ids=str,
)
def test_values_of_another_type_do_not(name: str, value: Any) -> None:
    with pytest.raises(UsageError, match=f"invalid value .* for `{name}`"):
        check_parameter(name, value)


@given(st.sampled_from(sorted([*PARAMETERS, "extra.x"])), st.text())
def test_any_text_gives_a_value_that_can_be_sent_or_is_refused(name: str, text: str) -> None:
    try:
        value = parse_parameter(name, text)
    except UsageError:
        return

    assert json.loads(json.dumps(value, allow_nan=False)) == value


@pytest.mark.parametrize(
    ("text", "expected"),
    [("a=b", ("a", "b")), (" a =b=c", ("a", "b=c")), ("a=", ("a", "")), ("a= b ", ("a", " b "))],
    ids=["plain", "an equals sign in the value", "empty", "spaces"],
)
def test_a_pair_is_split_at_the_first_equals_sign(text: str, expected: tuple[str, str]) -> None:
    assert split_pair(text) == expected


@pytest.mark.parametrize("text", ["temperature", "=1", " =1", ""], ids=repr)
def test_what_is_no_pair_is_refused(text: str) -> None:
    with pytest.raises(UsageError, match="is not KEY=VALUE"):
        split_pair(text)


@pytest.mark.parametrize("name", sorted(PARAMETERS))
def test_every_parameter_says_what_it_is_and_what_it_takes(name: str) -> None:
    parameter = PARAMETERS[name]

    assert parameter.name == name
    assert re.fullmatch(r"[A-Z].*[^.]", parameter.help)
    assert parameter.range


def test_efforts_are_those_of_the_parameter() -> None:
    assert PARAMETERS["reasoning_effort"].range == join_words(EFFORTS)
