"""Every line is a row, or comes back with its number, column and reason."""

from __future__ import annotations

import csv
import io
import json
from contextlib import suppress
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from chatcli.app.templates import TemplateFiller
from chatcli.batch.input_file import parse_rows
from chatcli.batch.requests import RowRequests
from chatcli.batch.rows import BadLine, BadRowError, Row
from chatcli.errors import UsageError
from chatcli.text.json_values import storable_text

USER = {"role": "user", "content": "hi"}
TEXTS = st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=20)


def read(text: str | bytes, form: Any = "jsonl") -> list[Row | BadLine]:
    data = text.encode() if isinstance(text, str) else text
    return list(parse_rows(io.BytesIO(data), form))


def test_a_row_may_be_a_text_a_prompt_messages_variables_or_a_request_of_the_batch_api() -> None:
    body = {"model": "m", "messages": [USER], "temperature": 0}
    lines = [
        '"hi"',
        json.dumps({"prompt": "hi", "id": 7}),
        json.dumps({"messages": [USER], "expect": "ho"}),
        json.dumps({"name": "Ada", "age": 36}),
        json.dumps({"custom_id": "r-1", "method": "POST", "url": "/v1/chat/completions", "body": body}),
    ]

    rows = [row for row in read("\n".join(lines)) if isinstance(row, Row)]

    assert [row.id for row in rows] == ["1", "7", "3", "4", "r-1"]
    assert [row.prompt for row in rows] == ["hi", "hi", None, None, None]
    assert rows[2].own_messages == rows[4].own_messages == [USER]
    assert rows[3].fields == {"name": "Ada", "age": "36"}
    assert rows[4].body == body
    assert rows[2].expect is not None


# What is wrong with a line, its column, and a word of the reason.
BAD_LINES: list[tuple[str, int, str]] = [
    ('{"prompt": "a" "b"}', 16, "comma"),
    ('{"prompt": "a"', 15, "comma"),
    ("nonsense", 1, "JSON"),
    ('{"prompt": NaN}', 12, "NaN"),
    ("[1, 2]", 1, "object"),
    ("17", 1, "object"),
    ('{"prompt": 5}', 2, "text"),
    ('{"prompt": "a", "messages": []}', 17, "both"),
    ('{"messages": []}', 2, "list of messages"),
    ('{"messages": [{"role": "user", "content": "a"}, {"content": "b"}]}', 2, "message 2"),
    ('{"messages": [{"role": "usr", "content": "a"}]}', 2, "`usr`"),
    ('{"messages": [{"role": "user", "content": 5}]}', 2, "message 1"),
    ('{"prompt": "a", "id": [1]}', 17, "id"),
    ('{"prompt": "a", "id": true}', 17, "id"),
    ('{"custom_id": "x", "body": []}', 20, "body"),
    ('{"body": {}}', 2, "messages"),
    ('{"url": "/v1/embeddings", "body": {"messages": [{"role": "user"}]}}', 2, "/v1/embeddings"),
    ('{"method": "GET", "body": {"messages": [{"role": "user"}]}}', 2, "GET"),
    ('{"body": {"stream": true, "messages": [{"role": "user"}]}}', 11, "stream"),
    ('{"prompt": "a", "expect": {"equal": "b"}}', 17, "equals"),
    ('{"prompt": "a", "expect": {"matches": "("}}', 17, "regular expression"),
    ('{"prompt": "a", "expect": {"schema": {"type": 5}}}', 17, "schema"),
    ("[" * 100_000, 1, "deep"),
]


@pytest.mark.parametrize(("line", "column", "reason"), BAD_LINES, ids=[reason for _, _, reason in BAD_LINES])
def test_a_bad_line_has_its_number_column_and_reason(line: str, column: int, reason: str) -> None:
    good = '{"prompt": "a"}'

    found = read(f"{good}\n\n{line}\n{good}")

    assert [type(one) for one in found] == [Row, BadLine, Row]
    assert isinstance(bad := found[1], BadLine)
    assert (bad.line, bad.column) == (3, column)
    assert reason in bad.reason


@pytest.mark.parametrize("form", ["jsonl", "text"])
def test_bytes_that_are_not_text_are_found_in_their_column(form: str) -> None:
    assert read(b'\xef\xbb\xbf"\xc3\xa9"\n\xc3\xa9\xff"\n', form)[1] == BadLine(2, 2, "not UTF-8 text")


def test_lines_of_text_are_prompts_without_the_space_around_them() -> None:
    found = read("one\r\n\n  two  \nthree", "text")

    assert [(row.line, row.id, row.prompt) for row in found if isinstance(row, Row)] == [
        (1, "1", "one"),
        (3, "3", "two"),
        (4, "4", "three"),
    ]


def test_a_table_names_its_columns() -> None:
    found = read('id,prompt,lang,expect\nx,"a\nb",de,ho\ny,c,,"{""contains"": ""d""}"\n', "csv")

    assert [(row.line, row.id, row.prompt, row.fields) for row in found if isinstance(row, Row)] == [
        (2, "x", "a\nb", {"lang": "de"}),
        (4, "y", "c", {"lang": ""}),
    ]
    assert [row.expect and row.expect.comparison for row in found if isinstance(row, Row)] == ["equals", "contains"]


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
def test_spreadsheets_use_several_delimiters(delimiter: str) -> None:
    found = read(f"prompt{delimiter}tone\nhi{delimiter}kind\n", "csv")

    assert found == [Row(2, "2", "hi", fields={"tone": "kind"})]


BAD_TABLES: list[tuple[str, tuple[int, int], str]] = [
    ("prompt,a\nx\n", (2, 1), "1 cell"),
    ("prompt,a\nx,y,z\n", (2, 1), "3 cells"),
    ('prompt,a\nx,"y\n', (2, 1), "unexpected end"),
    ('prompt,a\n"x"y,z\n', (2, 1), "expected"),
    ("id,messages\nx,[5\n", (2, 3), "messages"),
    ("prompt,expect\nx,{\n", (2, 3), "expect"),
]


@pytest.mark.parametrize(("table", "place", "reason"), BAD_TABLES, ids=[reason for _, _, reason in BAD_TABLES])
def test_a_bad_row_of_a_table_has_its_place(table: str, place: tuple[int, int], reason: str) -> None:
    (bad,) = read(table, "csv")

    assert isinstance(bad, BadLine)
    assert (bad.line, bad.column) == place
    assert reason in bad.reason


@pytest.mark.parametrize("table", ["", "\n\n", "a,a\n1,2\n", '"a\n'])
def test_a_table_without_a_header_is_an_error(table: str) -> None:
    with pytest.raises(UsageError):
        read(table, "csv")


@given(st.lists(TEXTS.filter(str.strip), min_size=1))
def test_prompts_are_the_same_in_json_lines_and_in_a_table(prompts: list[str]) -> None:
    """What is written is what is read, whatever is in it: quotes, delimiters, line ends, separators of Unicode."""
    table = io.StringIO(newline="")
    csv.writer(table).writerows([("prompt", "id"), *((prompt, f"r{number}") for number, prompt in enumerate(prompts))])
    lines = "".join(
        json.dumps({"prompt": prompt, "id": f"r{number}"}, ensure_ascii=number % 2 == 0) + "\n"
        for number, prompt in enumerate(prompts)
    )

    written, listed = read(table.getvalue(), "csv"), read(lines)

    assert [row.prompt for row in listed if isinstance(row, Row)] == [storable_text(prompt) for prompt in prompts]
    assert [(row.id, row.prompt) for row in written if isinstance(row, Row)] == [
        (row.id, row.prompt) for row in listed if isinstance(row, Row)
    ]


FIELDS = st.sampled_from(["prompt", "messages", "body", "id", "custom_id", "expect", "method", "url", "name"])
INNER = st.sampled_from(["role", "content", "messages", "stream", "equals", "contains", "matches", "schema", "type"])
VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.sampled_from(["user", "(", "POST", "object", "\ud800"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(INNER, inner, max_size=3),
    max_leaves=8,
)


@example({"messages": [{"role": []}]})
@given(st.dictionaries(FIELDS, VALUES, max_size=4))
def test_any_values_are_a_row_or_a_bad_line(values: dict[str, Any]) -> None:
    """Whatever stands in the place of a text, a list or an object is found before anything is sent."""
    (found,) = read(json.dumps(values))

    if isinstance(found, Row):
        request = RowRequests(lambda _filler: "", TemplateFiller((), str))
        with suppress(BadRowError):
            request.request(found, "m", {})
        if found.expect:
            assert found.expect.is_met("x") in (True, False)
    else:
        assert found.reason


@given(st.binary(max_size=200), st.sampled_from(["jsonl", "csv", "text"]))
def test_any_bytes_are_rows_or_bad_lines(data: bytes, form: str) -> None:
    try:
        found = read(data, form)
    except UsageError:
        assert form == "csv"
        return

    assert all(1 <= one.line <= data.count(b"\n") + 1 for one in found)
    assert all(one.column >= 1 and one.reason for one in found if isinstance(one, BadLine))
