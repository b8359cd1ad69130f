"""The data of an event is read however servers frame it, and what is lost is told once."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chatcli.api.payloads import Broken, Payload, Words, read_payloads

A, B, C = {"a": 1}, {"b": 'x{]"\\'}, {"c": [{"d": None}]}


def read(data: str) -> list[Any]:
    """Return what *data* holds: objects as they are, the end as "done", the kind of anything else."""
    found: list[Any] = []
    for piece in read_payloads(data):
        match piece:
            case Payload(value):
                found.append(value)
            case Words() | Broken():
                found.append(type(piece))
            case "done":
                found.append("done")
    return found


objects = st.dictionaries(
    st.sampled_from(["a", "b", "choices"]),
    st.recursive(st.none() | st.integers() | st.text(max_size=6), lambda inner: st.lists(inner, max_size=3)),
    max_size=3,
)
joints = st.sampled_from(["", "\n", "\n\n", " ", ",", ",\n", "\ndata: ", "data:", "\ndata:data: ", "\x1e", ";\n"])
shapes = st.sampled_from([None, 2])


@given(st.lists(st.tuples(objects, joints, shapes), max_size=5), st.booleans())
def test_objects_are_found_however_they_are_joined(drawn: list[tuple[Any, str, int | None]], has_end: bool) -> None:
    """The law: any objects, pretty or not, with anything between them, are read in their order and nothing is lost."""
    text = "".join(joint + json.dumps(value, indent=indent) for value, joint, indent in drawn)

    found = read(text + ("\ndata: [DONE]" if has_end else ""))

    assert found == [value for value, _, _ in drawn] + ["done"] * has_end


FORMS: dict[str, tuple[str, list[Any]]] = {
    "an object": ('{"a": 1}', [A]),
    "over many lines": ('{\n  "a": 1\n}', [A]),
    "lines": ('{"a": 1}\n{"a": 1}', [A, A]),
    "one after the other": ('{"a": 1}{"a": 1}', [A, A]),
    "the field twice": ('data: {"a": 1}', [A]),
    "the field three times": ('data:data: data: {"a": 1}', [A]),
    "a list": ('[{"a": 1}, {"a": 1}]', [A, A]),
    "a list with other things": ('[{"a": 1}, null, "x", [1]]', [A]),
    "an empty list": ("[]", []),
    "JSON in a string": (json.dumps('{"a": 1}'), [A]),
    "a control character in a string": ('{"a": "x\ty\nz"}', [{"a": "x\ty\nz"}]),
    "as Python prints it": ("{'a': 1, 'b': None, 'c': True}", [{"a": 1, "b": None, "c": True}]),
    "then the end": ('{"a": 1}\n[DONE]', [A, "done"]),
    "the end in the same line": ('{"a": 1} [DONE]', [A, "done"]),
    "the end": ("[DONE]", ["done"]),
    "the end in quotes": ('"[DONE]"', ["done"]),
    "the end in single quotes": ("'[DONE]'", ["done"]),
    "the end without brackets": ("DONE", ["done"]),
    "the end in small letters": ("[done]", ["done"]),
    "the end with spaces": ("[ DONE ]", ["done"]),
    "the end with the field": ("data: [DONE]", ["done"]),
    "the end with words": ("[DONE] bye", ["done"]),
    "nothing after the end": ('[DONE]\n{"a": 1}', ["done"]),
    "a word": ("ping", [Words]),
    "words about being done": ("done thinking", [Words]),
    "a comment": (": PROCESSING THE REQUEST", [Words]),
    "a time in brackets": ("[10:04] upstream is slow", [Words]),
    "a number": ("7", [Words]),
    "null": ("null", [Words]),
    "a string": ('"hello"', [Words]),
    "words before an object": ('hello\n{"a": 1}', [Words, A]),
    "words after an object": ('{"a": 1} hello', [A, Words]),
    "cut": ('{"a": 1', [Broken]),
    "cut in a string": ('{"a": "x', [Broken]),
    "cut, then a whole one": ('{"a": "x\n{"a": 1}', [Broken, A]),
    "cut over many lines": ('{\n  "a": [\n    {\n      "c": 1\n    },', [Broken]),
    "a whole one, then cut": ('{"a": 1}\n{"a"', [A, Broken]),
    "two that are cut": ('{"a": "x\n{"a": "y\ndata: {"a": 1}\n[DONE]', [Broken, A, "done"]),
    "nested without end": ("[" * 100_000, [Broken]),
    "a number without end": ('{"a": ' + "9" * 5_000 + "}", [Broken]),
    "nothing": ("", []),
}


@pytest.mark.parametrize(("data", "expected"), FORMS.values(), ids=FORMS)
def test_every_form_is_read(data: str, expected: list[Any]) -> None:
    assert read(data) == expected


@given(st.text(st.sampled_from('{}[]":,a1 \ndat\\'), max_size=30))
def test_any_text_is_read_to_its_end(text: str) -> None:
    read(text)


def test_reading_takes_linear_time_however_much_is_broken() -> None:
    """Half a megabyte of objects that are cut, each of which looks as if it went on to the end."""
    assert read('{"a": "\n' * 60_000) == [Broken]
    assert read('{"a": 1}\n{"b": "\n' * 30_000).count(Broken) == 1
