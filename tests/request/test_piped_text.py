"""What is piped in becomes text, exactly, or is refused with a reason."""

from contextlib import suppress
from encodings.aliases import aliases

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chatcli.errors import UsageError
from chatcli.request.piped_text import decode, labelled


@pytest.mark.parametrize(
    ("data", "text", "replaced"),
    [
        (b"a\r\n\tb  \n", "a\r\n\tb  \n", 0),
        ("漢字\n".encode(), "漢字\n", 0),
        ("\ufeffmarked".encode(), "marked", 0),
        ("漢字".encode("utf-16"), "漢字", 0),
        ("a".encode("utf-16"), "a", 0),
        ("a".encode("utf-32"), "a", 0),
        (b"caf\xe9", "caf\ufffd", 1),
        ("a\ufffdb".encode(), "a\ufffdb", 0),
        (b"", "", 0),
    ],
    ids=[
        "white space",
        "utf-8",
        "bom",
        "utf-16",
        "utf-16 with NUL",
        "utf-32",
        "latin-1 as utf-8",
        "replacement character",
        "empty",
    ],
)
def test_bytes_become_text(data: bytes, text: str, replaced: int) -> None:
    incoming = decode(data)

    assert (incoming.text, incoming.replaced) == (text, replaced)


def test_a_named_encoding_is_used() -> None:
    assert decode(b"caf\xe9", encoding="latin-1").text == "café"


@pytest.mark.parametrize("data", [b"", b"x", b"\xc4\xe3"])
@pytest.mark.parametrize("name", ["klingon", "rot13", "base64", "idna", "punycode", "undefined", "../x", "a\0b"])
def test_an_encoding_that_no_text_has_is_named(name: str, data: bytes) -> None:
    with pytest.raises(UsageError, match=f"unknown encoding `{name}`"):
        decode(data, encoding=name)


def test_any_bytes_can_be_read_in_every_encoding_that_is_known() -> None:
    for name in {*aliases.values()}:
        with suppress(UsageError):
            assert decode(bytes(range(32, 256)).replace(b"\\", b""), encoding=name).replaced >= 0


@pytest.mark.parametrize(
    ("data", "kind"),
    [
        (b"\x89PNG\r\n\x1a\nrest", "PNG image"),
        (b"\xff\xd8\xff\xe0", "JPEG image"),
        (b"RIFF\0\0\0\0WEBP", "WebP image"),
        (b"%PDF-1.7", "PDF document"),
        (b"\x7fELF\x02", "program"),
        (b"text\0text", "NUL bytes"),
    ],
    ids=["png", "jpeg", "webp", "pdf", "elf", "nul"],
)
def test_binary_data_is_refused_and_named(data: bytes, kind: str) -> None:
    with pytest.raises(UsageError) as caught:
        decode(data)

    assert f"stdin looks binary ({kind})" in caught.value.sentence()


def test_the_text_stands_in_a_labelled_block() -> None:
    assert labelled("x = 1\n", "stdin") == "<stdin>\nx = 1\n</stdin>"


def test_a_newline_is_added_only_where_the_text_lacks_one() -> None:
    assert labelled("b", "stdin") == "<stdin>\nb\n</stdin>"


def test_a_text_that_holds_the_label_gets_another() -> None:
    assert labelled("</stdin></stdin-2>\n", "stdin") == "<stdin-3>\n</stdin></stdin-2>\n</stdin-3>"


@given(st.text())
def test_the_piped_text_stands_in_the_block_unchanged(piped: str) -> None:
    block = labelled(piped, "stdin")
    label, _, rest = block.partition("\n")

    assert rest.removesuffix(f"</{label[1:]}") in (piped, f"{piped}\n")
