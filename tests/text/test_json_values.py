"""Readers of foreign JSON are total: whatever stands there, each gives its own kind, and nothing raises."""

from __future__ import annotations

import json
import math
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chatcli.text import json_values
from chatcli.text.json_values import (
    as_int,
    as_number,
    as_objects,
    as_text,
    as_texts,
    first_object,
    format_json,
    parse_json,
)
from chatcli.text.sanitizer import sanitize

ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.binary(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3),
    max_leaves=8,
)
READERS: dict[str, Callable[[Any], bool]] = {
    "as_text": lambda read: isinstance(read, str) and "\0" not in read,
    "as_optional_text": lambda read: read is None or isinstance(read, str),
    "as_bool": lambda read: isinstance(read, bool),
    "as_int": lambda read: read is None or (type(read) is int and -(2**63) <= read < 2**63),
    "as_number": lambda read: read is None or (type(read) is float and math.isfinite(read)),
    "as_list": lambda read: isinstance(read, list),
    "as_object": lambda read: isinstance(read, dict),
    "as_objects": lambda read: all(isinstance(item, dict) for item in read),
    "as_texts": lambda read: all(isinstance(item, str) for item in read),
    "first_object": lambda read: isinstance(read, dict),
}


@pytest.mark.parametrize("name", READERS)
@given(value=ANYTHING)
def test_every_reader_gives_its_own_kind_for_any_value(name: str, value: Any) -> None:
    read = getattr(json_values, name)(value)

    assert READERS[name](read)


@given(st.text(st.characters()) | st.text(st.sampled_from("\ud83d\ude00\0a")))
def test_text_can_be_stored_and_sent(text: str) -> None:
    read = as_text(text)

    read.encode()  # raises where half a character is left
    assert "\0" not in read
    assert as_text(read) == read


@given(st.text() | st.binary())
def test_a_document_that_cannot_be_parsed_is_none(text: str | bytes) -> None:
    try:
        expected = json.loads(text)
    except ValueError:
        expected = None

    assert repr(parse_json(text)) == repr(expected)  # NaN is unequal to itself


def test_a_document_that_is_nested_too_deeply_is_none() -> None:
    assert parse_json("[" * 100_000) is None


@pytest.mark.parametrize(
    ("value", "whole", "number"),
    [(3, 3, 3.0), (2.5, None, 2.5), (True, None, None), ("3", None, None), (2**63, None, None), (10**400, None, None)],
)
def test_numbers_are_those_that_can_be_kept(value: Any, whole: int | None, number: float | None) -> None:
    assert (as_int(value), as_number(value)) == (whole, number)


def test_lists_and_objects_leave_out_what_is_not_of_their_kind() -> None:
    mixed = [{"a": 1}, "b", 3, None, {}]

    assert as_objects(mixed) == [{"a": 1}, {}]
    assert as_texts(mixed) == ["b"]
    assert first_object(None, {}, mixed, {"a": 1}, {"b": 2}) == {"a": 1}


RISKY = "\x1b\x7f\x85\x9b\u061c\u200b\u200d\u202e\u2066\ufe0f\ufeff\U000e0041❤️\ud800"


@given(st.recursive(st.text() | st.text(RISKY), lambda inner: st.lists(inner) | st.dictionaries(st.text(RISKY), inner)))
def test_what_is_written_is_read_again_and_drives_no_terminal(value: Any) -> None:
    for written in (format_json(value), format_json(value, indent=1), format_json(value, is_compact=True)):
        assert sanitize(written) == written
        assert json.loads(written) == json.loads(json.dumps(value))
