"""What is wrong with a JSON text is said in words of ours, with its place."""

from __future__ import annotations

import json
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chatcli.text.json_errors import describe_json_error

WRONG = [
    ("", "line 1, column 1: expected a value, found the end of the text"),
    ("{'a': 1}", "line 1, column 2: expected a name in double quotes, found `'`"),
    ('{"a" 1}', "line 1, column 6: expected a colon after the name, found `1`"),
    ('{"a": 1\n "b": 2}', 'line 2, column 2: expected a comma, or the end of the list or object, found `"`'),
    ("[1, 2", "line 1, column 6: expected a comma, or the end of the list or object, found the end of the text"),
    ('{"a": }', "line 1, column 7: expected a value, found `}`"),
    ("{} {}", "line 1, column 4: expected nothing after the value, found `{`"),
    ('{"a": "b', "line 1, column 7: the string that begins here is not closed"),
    ('{"a": "b\nc"}', "line 1, column 9: a line break or control character in a string must be escaped"),
    ('"\\x"', "line 1, column 2: invalid escape in a string"),
    ("\ufeff{}", "line 1, column 1: a byte order mark stands before the value"),
    ("None", "line 1, column 1: expected a value, found `N`"),
    ("1" * 5000, "a number has too many digits"),
    ("[" * 100_000, "it is nested too deeply"),
]


@pytest.mark.parametrize(("text", "words"), WRONG, ids=[text[:12] for text, _ in WRONG])
def test_the_fault_is_named_with_its_place(text: str, words: str) -> None:
    told = ""
    try:
        json.loads(text)
    except (ValueError, RecursionError) as error:
        told = describe_json_error(error)

    assert told == words


@given(st.text('{}[]",:\\ \n\ta1-.e\x1b\ufeff', max_size=12))
def test_no_words_of_the_parser_are_left(text: str) -> None:
    with suppress(RecursionError):
        try:
            json.loads(text)
        except ValueError as error:
            told = describe_json_error(error)
            assert "\x1b" not in told
            assert "Expecting" not in told
            assert "char " not in told
