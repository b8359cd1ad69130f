"""The end of a JSON value is found wherever its bytes are cut."""

from __future__ import annotations

import json
from itertools import combinations_with_replacement

from chatcli.api.http.json_scanner import JsonValue

VALUE = json.dumps({'a\\"': ['x\\y"z', {"b": "\n\\\\"}, []], "c": 'é\\"'}, ensure_ascii=False).encode()


def test_every_pair_of_cuts_finds_the_same_end() -> None:
    data = VALUE + b'{"next": 1}'

    for one, two in combinations_with_replacement(range(len(data) + 1), 2):
        value, rest = JsonValue(), b""
        for piece in (data[:one], data[one:two], data[two:]):
            rest += piece if value.is_whole else value.feed(piece)
        assert value.is_whole
        assert rest == b'{"next": 1}', (one, two)


def test_a_torn_string_with_many_escapes_takes_no_time() -> None:
    """Two million escapes in one piece are a second of work if each is looked at by itself."""
    value = JsonValue()

    assert value.feed(b'{"a": "' + b"\\n" * 2_000_000) == b""
    assert not value.is_whole
    assert value.feed(b'"}rest') == b"rest"
