"""Files become parts by what they are; text stays as it is, in a label that it cannot end."""

from __future__ import annotations

import base64
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chatcli.conversation.messages import AudioPart, FilePart, ImagePart, Message, TextPart
from chatcli.errors import Remedy, UsageError
from chatcli.request.attachments import (
    MAX_BYTES,
    block,
    message_parts,
    of_bytes,
    of_link,
    of_message,
    of_text,
    without_invisible,
)
from tests.request.test_images import gif, jpeg, png

KINDS = [
    (png(640, 480), ImagePart, "PNG image, 640 x 480, 33 B"),
    (jpeg(3, 2), ImagePart, "JPEG image, 3 x 2, 33 B"),
    (gif(3, 2), ImagePart, "GIF image, 3 x 2, 13 B"),
    (b"%PDF-1.7", FilePart, "PDF document, 8 B"),
    (b"RIFF\0\0\0\0WAVEfmt ", AudioPart, "wav audio, 16 B"),
    (b"ID3\4\0", AudioPart, "mp3 audio, 5 B"),
    (b"\xff\xfb\x90\0", AudioPart, "mp3 audio, 4 B"),
    (b"one\ntwo\n", TextPart, "2 lines, 8 B"),
    ("\ufeff漢字".encode("utf-16"), TextPart, "1 line, 9 B"),
    (b"", TextPart, "empty"),
]


@pytest.mark.parametrize(("data", "part", "kind"), KINDS)
def test_a_file_becomes_what_its_first_bytes_say(data: bytes, part: type, kind: str) -> None:
    attachment = of_bytes(data, "x")

    assert [type(one) for one in attachment.parts] == [part]
    assert attachment.kind == kind


def test_what_is_sent_is_the_file_byte_for_byte() -> None:
    part = of_bytes(png(3, 2), "x.png", detail="low").parts[0]

    assert isinstance(part, ImagePart)
    assert base64.b64decode(part.url.removeprefix("data:image/png;base64,")) == png(3, 2)
    assert part.detail == "low"


@pytest.mark.parametrize(
    ("data", "what"),
    [
        (b"PK\x03\x04", "ZIP archive"),
        (b"a\0b", "NUL bytes"),
        (png(10_000, 10_000), "10000 x 10000 pixels"),
        (png(10, 10) + bytes(MAX_BYTES), "more than 21.0 MB"),
        (b"%PDF-" + bytes(MAX_BYTES), "more than"),
    ],
)
def test_what_no_model_can_be_sent_is_refused_by_name(data: bytes, what: str) -> None:
    with pytest.raises(UsageError, match=what) as caught:
        of_bytes(data, "the file")

    assert "the file" in caught.value.what


def test_a_large_picture_is_warned_of() -> None:
    (large,) = of_bytes(png(9, 9) + bytes(5_000_000), "x").warnings
    assert large.message == "x is 5.0 MB, which some providers reject"


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16-le", "utf-16-be", "utf-32-le", "utf-32-be"])
def test_a_byte_order_mark_names_the_encoding_of_a_text(encoding: str) -> None:
    attachment = of_bytes("\ufeffline of text\n漢字".encode(encoding), "n.txt", encoding="gbk")

    assert attachment.parts == of_text("line of text\n漢字", "n.txt").parts
    assert attachment.warnings == ()


@pytest.mark.parametrize("encoding", ["gbk", "shift-jis", "big5", "cp949", "latin-1", "utf-16-le"])
def test_text_in_another_encoding_is_never_mangled_in_silence(encoding: str) -> None:
    text = "naïve 123\n" if encoding == "latin-1" else "第一行\n" * 3 if encoding != "cp949" else "한국어\n"
    data = text.encode(encoding)

    attachment = of_bytes(data, "n.txt", encoding=encoding)
    assert attachment.parts == of_text(text, "n.txt").parts
    assert attachment.warnings == ()

    (warning,) = of_bytes(data.replace(b"\0", b""), "n.txt").warnings
    assert "n.txt is not UTF-8" in warning.message
    assert warning.remedy == Remedy("name_encoding")


@given(st.text(st.characters(exclude_characters="\0\ufeff", exclude_categories=["Cs"])))
def test_the_encoding_that_was_named_does_not_touch_utf_8(text: str) -> None:
    assert of_bytes(text.encode(), "n", encoding="gbk").parts == (TextPart(block(text, "n"), "n"),)


@given(st.text(), st.text())
def test_text_stands_whole_in_a_label_that_it_does_not_end(text: str, name: str) -> None:
    part = of_text(text, name).parts[0]
    assert isinstance(part, TextPart)

    label = re.match(r"<(file(?:-\d+)?) name=\"[^\"\n]*\">\n", part.text)

    assert label
    inner = part.text[label.end() :]
    assert inner.startswith(text)
    assert inner.count(f"</{label[1]}>") == 1
    assert inner.endswith(f"</{label[1]}>")


def test_what_was_typed_comes_first_and_attachments_stand_apart() -> None:
    parts = message_parts("Compare.", [of_text("a", "1"), of_link("https://x/y.png"), of_text("b", "2")])

    text = "".join(part.text for part in parts if isinstance(part, TextPart))
    assert text == 'Compare.\n\n<file name="1">\na\n</file>\n\n<file name="2">\nb\n</file>'
    assert [type(part) for part in parts] == [TextPart, TextPart, ImagePart, TextPart]
    assert message_parts("", [of_text("a", "1")]) == of_text("a", "1").parts


def test_what_was_attached_is_found_again_and_can_be_sent_again() -> None:
    attached = [of_text("a", "n.md"), of_link("https://x"), of_bytes(b"%PDF-", "p.pdf"), of_bytes(b"ID3", "s.mp3")]
    message = Message("user", message_parts("q", attached))

    again = of_message(message)

    assert message_parts("q", again) == message.parts
    assert [one.name for one in again] == ["n.md", "https://x", "p.pdf", "audio"]


WALES = "\U0001f3f4\U000e0067\U000e0062\U000e0077\U000e006c\U000e0073\U000e007f"
HIDDEN = [
    ("plain 漢字 é", "plain 漢字 é", 0),
    ("a\u202eb\u2066c", "abc", 2),
    ("hi\U000e0068\U000e0069", "hi", 2),
    (f"flag {WALES}\U000e0041", f"flag {WALES}", 1),
    ("مرحبا\u200f", "مرحبا", 1),
]


@pytest.mark.parametrize(("text", "visible", "count"), HIDDEN)
def test_characters_that_only_machines_see_are_counted_and_flags_stay(text: str, visible: str, count: int) -> None:
    assert without_invisible(text) == (visible, count)


def test_hidden_characters_are_warned_of_and_taken_out_when_that_is_wanted() -> None:
    told, stripped = of_text("a\u202eb", "f"), of_text("a\u202eb", "f", strips_invisible=True)

    (warning,) = told.warnings
    assert warning.message == "f contains 1 invisible character, which may hide instructions"
    assert warning.remedy == Remedy("strip_invisible")
    assert stripped.parts == (TextPart('<file name="f">\nab\n</file>', "f"),)
