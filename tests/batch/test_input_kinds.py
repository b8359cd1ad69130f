"""An input is what its name says, or its first line; what cannot be rows at all is named, with what converts it."""

from __future__ import annotations

import gzip

import pytest

from chatcli.batch.input_kinds import check_beginning, input_format
from chatcli.errors import UsageError

FORMATS = [
    ("a.jsonl", b"x", "jsonl"),
    ("a.CSV", b"x", "csv"),
    ("a.tsv", b"x", "tsv"),
    ("a.txt", b"{", "text"),
    ("stdin", b'\xef\xbb\xbf {"prompt"', "jsonl"),
    ("stdin", b'[\n  {"prompt"', "jsonl"),
    ("stdin", b"[INST] hello", "text"),
    ("stdin", b"hello", "text"),
    ("stdin", b"id,prompt\n1,hello, you\n", "csv"),
    ("stdin", b'"prompt";"id"\r\n', "csv"),
    ("stdin", b"id\tmessages\n", "tsv"),
    ("stdin", b"Write a prompt, please\n", "text"),
    ("stdin", b"prompt\nhello\n", "text"),
]


@pytest.mark.parametrize(("name", "beginning", "form"), FORMATS)
def test_the_format_is_that_of_the_name_or_of_the_first_line(name: str, beginning: bytes, form: str) -> None:
    assert input_format(name, beginning) == form


UNREADABLE = {
    "utf-16": ("a.txt", "hello\n".encode("utf-16"), "UTF-16"),
    "utf-16 without a mark": ("a.jsonl", '{"prompt": "hello"}\n'.encode("utf-16-le"), "UTF-16"),
    "gzip": ("a.jsonl.gz", gzip.compress(b"{}"), "gzip"),
    "spreadsheet": ("a.xlsx", b"PK\x03\x04" + bytes(9), "spreadsheet"),
    "old line ends": ("a.csv", b"prompt,id\ra,1\r", "carriage return"),
    "list": ("a.json", b'[{"prompt": "a"}]', "jq --compact-output '.[]' a.json"),
    "list over lines": ("a.json", b'\xef\xbb\xbf\n[\n  {"prompt": "a"}\n]\n', "jq --compact-output '.[]' a.json"),
    "object over lines": ("a.jsonl", b'{\r\n  "prompt": "a"\r\n}\n', "jq --compact-output . a.jsonl"),
}


@pytest.mark.parametrize(("name", "beginning", "word"), UNREADABLE.values(), ids=UNREADABLE)
def test_what_cannot_be_rows_is_named_once(name: str, beginning: bytes, word: str) -> None:
    with pytest.raises(UsageError) as caught:
        check_beginning(name, beginning, input_format(name, beginning))

    assert word in caught.value.sentence()


READABLE = [
    ("a.jsonl", b'{"prompt": "a"}\r\n'),
    ("a.jsonl", b'{"prompt": "a"}'),
    ("a.txt", b"a\0b\nand quite a lot of other text\n"),
    ("a.txt", b"[a]\rb\n"),
    ("a.csv", b"prompt"),
]


@pytest.mark.parametrize(("name", "beginning"), READABLE)
def test_rows_are_not_refused(name: str, beginning: bytes) -> None:
    check_beginning(name, beginning, input_format(name, beginning))
