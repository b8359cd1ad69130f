"""A schema that cannot be used is answered with the place of its fault, and never with words of the validator."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from chatcli.request.json_schema import InvalidSchemaError, Validator
from chatcli.request.schema_faults import describe_schema_fault

FAULTS: list[tuple[dict[str, Any], str]] = [
    ({"type": "nope"}, "`type`: `nope` is not a type"),
    ({"properties": {"a": {"type": ["string", "any"]}}}, "`properties.a.type`: `any` is not a type"),
    ({"items": [{"pattern": "["}]}, "`items[0].pattern`: `[` is not a regular expression"),
    ({"patternProperties": {"(": {}}}, "`patternProperties`: `(` is not a regular expression"),
    ({"$ref": "#/$defs/a"}, "`$ref`: nothing stands at `#/$defs/a`"),
    ({"$defs": {"a/b": {"type": "x"}}, "$ref": "#/$defs/a~1b"}, "`$defs.a/b.type`: `x` is not a type"),
    ({"minimum": "1"}, "`minimum` must be a number"),
    ({"maxLength": 1.5}, "`maxLength` must be a whole number"),
    ({"minItems": True}, "`minItems` must be a whole number"),
    ({"required": "a"}, "`required` must be a list"),
    ({"properties": []}, "`properties` must be an object"),
    ({"properties": {"type": {"type": "x"}}}, "`properties.type.type`: `x` is not a type"),
    ({"enum": [{"type": "x"}], "minimum": None}, "`minimum` must be a number"),
]


@pytest.mark.parametrize(("schema", "fault"), FAULTS, ids=lambda one: one if isinstance(one, str) else "")
def test_the_first_fault_is_named_with_its_place(schema: dict[str, Any], fault: str) -> None:
    assert describe_schema_fault(schema) == fault


keywords = st.sampled_from(
    ["type", "pattern", "minimum", "maxLength", "required", "properties", "items", "$ref", "enum", "$defs", "not", "a"]
)
values = st.recursive(
    st.none() | st.booleans() | st.integers(-2, 2) | st.sampled_from(["string", "nope", "[", "#/x", "#"]),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(keywords, inner, max_size=2),
    max_leaves=6,
)


@example({"$ref": "string"})
@given(st.dictionaries(keywords, values, max_size=3))
def test_what_the_validator_says_itself_never_comes_out(schema: dict[str, Any]) -> None:
    told = ""
    try:
        Validator(schema)
    except InvalidSchemaError as error:
        told = str(error)

    ours = ("must be", "is not a", "nothing stands", "cannot use it", "deeply", "refers to")
    assert not told or any(words in told for words in ours)
