"""What does not fit a JSON schema, told in the user's language."""

from __future__ import annotations

import re
from typing import Any

import pytest

from chatcli.request.json_schema import Validator
from chatcli.request.schema_complaints import _WORDS

BREAKING: dict[str, tuple[Any, Any]] = {
    "type": (["string", "null"], 1),
    "enum": (["a", "b"], "c"),
    "const": ("a", "b"),
    "pattern": ("^x+$", "y"),
    "format": ("date", "today"),
    "minLength": (3, "a"),
    "maxLength": (1, "abc"),
    "minimum": (3, 1),
    "maximum": (3, 5),
    "exclusiveMinimum": (3, 3),
    "exclusiveMaximum": (3, 3),
    "multipleOf": (3, 4),
    "minItems": (2, []),
    "maxItems": (1, [1, 2]),
    "uniqueItems": (True, [1, 1]),
    "minProperties": (1, {}),
    "maxProperties": (0, {"a": 1}),
    "required": (["a", "b"], {"a": 1}),
    "additionalProperties": (False, {"c": 1}),
    "anyOf": ([{"type": "string"}], 1),
    "oneOf": ([{"type": "string"}], 1),
    "not": ({"type": "string"}, "a"),
}


def test_each_rule_with_words_is_broken_here() -> None:
    assert BREAKING.keys() == _WORDS.keys()


@pytest.mark.usefixtures("chinese")
@pytest.mark.parametrize("rule", BREAKING)
def test_a_broken_rule_is_told_in_chinese_with_what_it_expects(rule: str) -> None:
    expected, value = BREAKING[rule]
    validator = Validator({"properties": {"age": {rule: expected}}})

    told = validator.mismatch({"age": value})

    assert told.startswith("age ")
    assert not re.search("[a-z]{2,} [a-z]{2,}", told.removeprefix("age "))
    if isinstance(expected, int | str) and not isinstance(expected, bool):
        assert f"`{expected}`" in told


@pytest.mark.usefixtures("chinese")
def test_members_are_named_and_the_whole_value_has_a_name() -> None:
    assert Validator({"required": ["a", "b"]}).mismatch({"a": 1}) == "它缺少 `b`"
    assert (
        Validator({"properties": {"a": {}}, "additionalProperties": False}).mismatch({"c": 1}, "参数")
        == "参数不能有 `c`"
    )


def test_english_is_that_of_the_validator() -> None:
    assert Validator({"properties": {"age": {"type": "integer"}}}).mismatch({"age": "x"}) == "age must be integer"
