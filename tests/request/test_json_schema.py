"""Judges values as JSON Schema 2020-12 says, fetches nothing, and reports every schema that is none."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import jsonschema
import pytest
from hypothesis import given
from hypothesis import strategies as st

from chatcli.errors import UsageError
from chatcli.request.json_schema import InvalidSchemaError, Validator, without_patterns
from chatcli.request.schemas import SchemaCheck, UnfitAnswerError

VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-3, 3) | st.sampled_from(["", "a", "ab"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from("abc"), inner, max_size=3),
    max_leaves=6,
)
SCHEMAS = st.sampled_from(
    [
        {"prefixItems": [{"type": "integer"}, {"type": "string"}], "items": False},
        {"prefixItems": [{"type": "integer"}], "items": {"type": "string"}, "minItems": 1},
        {"$defs": {"n": {"type": "integer"}}, "properties": {"a": {"$ref": "#/$defs/n"}}},
        {"dependentRequired": {"a": ["b"]}},
        {"$defs": {"n": {"type": "integer"}}, "properties": {"a": {"$ref": "#/$defs/n", "minimum": 2}}},
        {"$defs": {"n": {"$anchor": "small", "maximum": 1}}, "items": {"$ref": "#small"}},
        {"dependentSchemas": {"a": {"required": ["b"]}}},
        {"properties": {"prefixItems": {"type": "array"}, "a": {"const": {"prefixItems": 1}}}},
        {"type": ["object", "null"], "required": ["a"], "additionalProperties": {"type": "integer"}},
        {"anyOf": [{"type": "string", "minLength": 2}, {"type": "integer", "exclusiveMinimum": 0}]},
        {"enum": [1, "a", None]},
        {"type": "array", "uniqueItems": True, "contains": {"type": "string"}},
        {"if": {"type": "string"}, "then": {"maxLength": 1}, "else": {"not": {"type": "null"}}},
    ]
)


@given(VALUES, SCHEMAS)
def test_values_are_judged_as_json_schema_2020_12_says(value: Any, schema: Mapping[str, Any]) -> None:
    schema = {"type": "object", "properties": {"v": schema}, "$defs": schema.get("$defs", {})}
    oracle = jsonschema.Draft202012Validator(schema)

    assert bool(Validator(schema).mismatch({"v": value})) != oracle.is_valid({"v": value})


@pytest.mark.parametrize(
    "schema",
    [
        {"type": 5},
        {"properties": []},
        {"properties": {"a": 5}},
        {"enum": 5},
        {"pattern": "("},
        {"minimum": float("nan")},
        {"allOf": 5},
        {"$ref": "#/nowhere"},
        {"$ref": "http://127.0.0.1:1/x"},
        {"$ref": "file:///etc/hostname"},
        {"$id": "https://example.test/a", "items": {"$ref": "b"}},
    ],
    ids=str,
)
def test_a_schema_that_cannot_be_used_is_named_and_none_is_fetched(schema: Mapping[str, Any]) -> None:
    with pytest.raises(InvalidSchemaError):
        Validator(schema)
    with pytest.raises(UsageError, match=r"answer\.json"):
        SchemaCheck(schema, "answer.json")


@pytest.mark.parametrize(
    ("schema", "value"),
    [({"multipleOf": 0}, 1), ({"multipleOf": 0.1}, 10**400), ({"items": {"$ref": "#"}}, "deep")],
    ids=["division by zero", "beyond floats", "recursion"],
)
def test_what_cannot_be_checked_does_not_fit(schema: Mapping[str, Any], value: Any) -> None:
    if value == "deep":
        for _ in range(5_000):
            value = [value]

    assert Validator(schema).mismatch(value).startswith("it ")


def test_an_answer_is_checked_by_the_keywords_of_2020_12() -> None:
    check = SchemaCheck({"type": "array", "prefixItems": [{"type": "integer"}], "items": False}, "pair.json")

    assert check.fitting_json("[1]") == "[1]"
    with pytest.raises(UnfitAnswerError):
        check.fitting_json('["a"]')


@pytest.mark.parametrize(
    ("schema", "fitting", "wrong"),
    [
        ({"properties": {"x": {"type": "string", "pattern": "(a+)+$"}}}, {"x": "a" * 64 + "!"}, {"x": 1}),
        ({"properties": {"pattern": {"type": "string"}}}, {"pattern": "a"}, {"pattern": 1}),
        ({"patternProperties": {"(a+)+$": {}}, "additionalProperties": False, "required": ["b"]}, {"b": 1}, {}),
        ({"propertyNames": {"pattern": "(a+)+$"}, "minProperties": 1}, {"a" * 64 + "!": 1}, {}),
        ({"allOf": [{"properties": {"x": {"items": {"pattern": "("}, "maxItems": 1}}}]}, {"x": ["b"]}, {"x": [1, 2]}),
        ({"$defs": {"p": {"pattern": "("}}, "enum": [{"pattern": "a"}]}, {"pattern": "a"}, {"pattern": "b"}),
    ],
    ids=["a property", "a property called pattern", "names by pattern", "names", "nested", "a value called pattern"],
)
def test_patterns_of_strangers_are_not_run_and_all_else_still_counts(
    schema: dict[str, Any], fitting: dict[str, Any], wrong: dict[str, Any]
) -> None:
    """With the patterns, some of these would not end before the sun does."""
    validator = Validator(without_patterns({"type": "object", **schema}))

    assert validator.mismatch(fitting) == ""
    assert validator.mismatch(wrong) != ""
