"""Every row of the tables in the core and the settings has an example that needs it."""

from __future__ import annotations

import pytest

from chatcli.request import images, parameters, piped_text, schemas
from chatcli.settings import urls
from chatcli.settings.names import WrongValueError
from chatcli.text import encodings
from tests.support.rows import Rows, unused


def complaint(address: str) -> str | None:
    """Return what was probably meant by *address*, None where it is taken as it is."""
    try:
        urls.clean_url(address)
    except WrongValueError as error:
        return error.hint
    return None


TABLES = [
    Rows(
        encodings,
        "_MARKS",
        encodings.decode_text,
        [
            (("\ufeffé".encode("utf-32-le"),), "é"),
            (("\ufeffé".encode("utf-32-be"),), "é"),
            (("\ufeffé".encode(),), "é"),
            (("\ufeffé".encode("utf-16-le"),), "é"),
            (("\ufeffé".encode("utf-16-be"),), "é"),
        ],
    ),
    Rows(
        piped_text,
        "_IMAGES",
        piped_text.binary_kind,
        [
            ((b"\x89PNG\r\n...",), "PNG image"),
            ((b"\xff\xd8\xff...",), "JPEG image"),
            ((b"GIF89a...",), "GIF image"),
        ],
    ),
    Rows(
        piped_text,
        "_OTHERS",
        piped_text.binary_kind,
        [
            ((b"%PDF-1.7",), "PDF document"),
            ((b"PK\x03\x04...",), "ZIP archive"),
            ((b"\x1f\x8b...",), "gzip archive"),
            ((b"\x7fELF...",), "program"),
        ],
    ),
    Rows(
        images,
        "_KINDS",
        lambda data: images.read_header(data) and images.read_header(data).mime,  # type: ignore[union-attr]  # the same again
        [
            ((b"\x89PNG\r\n\x1a\n",), "image/png"),
            ((b"\xff\xd8\xff\xe0",), "image/jpeg"),
            ((b"GIF87a",), "image/gif"),
            ((b"GIF89a",), "image/gif"),
            ((b"RIFF....WEBP",), "image/webp"),
        ],
    ),
    Rows(
        schemas,
        "_TYPES",
        lambda words: schemas.schema_from_words(words)["properties"]["a"]["type"],
        [
            (("a str",), "string"),
            (("a int",), "integer"),
            (("a float",), "number"),
            (("a bool",), "boolean"),
        ],
    ),
    Rows(
        parameters,
        "TEMPERATURES",
        lambda word: parameters.parse_parameter("temperature", word),
        [(("precise",), 0.2), (("balanced",), 0.5), (("creative",), 0.9)],
    ),
    Rows(
        urls,
        "_REPAIRS",
        complaint,
        [
            (("https://a.example/v1?x=1#y",), "Did you mean https://a.example/v1?"),
            (("https://a.example/v1/chat/completions",), "Did you mean https://a.example/v1?"),
            (("https://a.example/v1/v1",), "Did you mean https://a.example/v1?"),
        ],
    ),
]


@pytest.mark.parametrize("rows", TABLES, ids=lambda rows: rows.table)
def test_every_example_comes_out_as_it_must(rows: Rows) -> None:
    given = [example for example, _ in rows.examples]

    assert list(zip(given, [run() for run in rows.runs], strict=True)) == rows.examples


@pytest.mark.parametrize("rows", TABLES, ids=lambda rows: rows.table)
def test_every_row_has_an_example(rows: Rows, monkeypatch: pytest.MonkeyPatch) -> None:
    assert unused(rows, monkeypatch) == []
