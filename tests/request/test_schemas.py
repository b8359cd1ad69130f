"""Schemas come from a few words or from JSON, and are closed as strict providers demand; JSON is found in answers."""

from __future__ import annotations

from typing import Any

import fastjsonschema
import pytest
from hypothesis import given
from hypothesis import strategies as st

from chatcli.errors import UsageError
from chatcli.request.schemas import find_json, make_strict, response_format, schema_from_json, schema_from_words

WORDS = [
    ("name", {"name": {"type": "string"}}),
    ("name str, age int", {"name": {"type": "string"}, "age": {"type": "integer"}}),
    ("x float,ok bool", {"x": {"type": "number"}, "ok": {"type": "boolean"}}),
    ("tags str[], note? str", {
        "tags": {"type": "array", "items": {"type": "string"}}, "note": {"type": ["string", "null"]}
    }),
    ("名前 str", {"名前": {"type": "string"}}),
]  # fmt: skip


@pytest.mark.parametrize(("words", "properties"), WORDS)
def test_a_few_words_are_a_schema(words: str, properties: dict[str, Any]) -> None:
    assert schema_from_words(words) == {
        "type": "object",
        "properties": properties,
        "required": list(properties),
        "additionalProperties": False,
    }


@pytest.mark.parametrize("words", ["", "name string", "1x", "a b c", "a,,b", "a date"])
def test_words_that_are_none_are_named(words: str) -> None:
    with pytest.raises(UsageError, match="as a schema field"):
        schema_from_words(words)


@pytest.mark.parametrize(
    ("text", "what"), [("{", "is not valid JSON"), ("[]", "is not a schema"), ("[" * 10**5, "not valid JSON")]
)
def test_a_file_without_a_schema_is_named(text: str, what: str) -> None:
    with pytest.raises(UsageError, match=what):
        schema_from_json(text, "my.json")


def test_what_is_not_required_may_be_null_and_nothing_else_may_come() -> None:
    schema = {
        "type": "object",
        "properties": {
            "a": {"type": "string"},
            "b": {"type": "string", "enum": ["x", "y"]},
            "c": {"type": "object", "properties": {"d": {"type": "integer"}}},
            "e": {"$ref": "#/$defs/f"},
        },
        "required": ["a", "c"],
        "$defs": {"f": {"type": "object", "properties": {}}},
    }

    closed = make_strict(schema)

    assert closed["required"] == ["a", "b", "c", "e"]
    assert closed["additionalProperties"] is False
    assert closed["properties"]["b"] == {"type": ["string", "null"], "enum": ["x", "y", None]}
    assert closed["properties"]["c"]["properties"]["d"] == {"type": ["integer", "null"]}
    assert closed["properties"]["e"] == {"anyOf": [{"$ref": "#/$defs/f"}, {"type": "null"}]}
    assert closed["$defs"]["f"]["additionalProperties"] is False


SCHEMAS = st.recursive(
    st.sampled_from([{"type": "string"}, {"type": "integer"}, {"type": ["number", "null"]}, {"enum": [1, 2]}]),
    lambda inner: (
        st.builds(
            lambda properties, required: {"type": "object", "properties": properties, "required": required},
            st.dictionaries(st.sampled_from("abc"), inner, max_size=3),
            st.lists(st.sampled_from("abc"), unique=True, max_size=2),
        )
        | inner.map(lambda item: {"type": "array", "items": item})
    ),
    max_leaves=6,
)


@given(SCHEMAS)
def test_a_closed_schema_stays_closed_and_is_a_schema(schema: dict[str, Any]) -> None:
    closed = make_strict(schema)

    assert make_strict(closed) == closed
    fastjsonschema.compile(closed)


@pytest.mark.parametrize(
    ("title", "file", "name"), [(None, "person", "person"), ("A person!", "x", "A_person"), ("人", "x", "answer")]
)
def test_the_name_of_a_schema_is_one_that_providers_take(title: str | None, file: str, name: str) -> None:
    schema: dict[str, Any] = {"type": "object", **({"title": title} if title else {})}

    assert response_format(schema, file)["json_schema"]["name"] == name


FOUND = [
    ('{"a": 1}', '{"a": 1}'),
    ("\n [1, 2]\n", "[1, 2]"),
    ('Here it is:\n```json\n{"a": 1}\n```\nDone.', '{"a": 1}'),
    ('Sure! {"a": {"b": 2}} is it.', '{"a": {"b": 2}}'),
    ("7", "7"),
]


@pytest.mark.parametrize(("answer", "found"), FOUND)
def test_json_is_found_in_an_answer(answer: str, found: str) -> None:
    assert find_json(answer)[0] == found


@pytest.mark.parametrize(
    "answer", ["", "no", '{"a": ', "{ broken }", "[" * 100_000, "a" + '{"a":' * 100_000], ids=lambda answer: answer[:8]
)
def test_where_there_is_none_that_is_said(answer: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        find_json(answer)
