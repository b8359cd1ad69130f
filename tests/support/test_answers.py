from __future__ import annotations

import json

import pytest

from tests.support.answers import answer, chunk, framed, sse
from tests.support.description import CHUNK, faults


def test_pieces_join_to_the_text_however_many() -> None:
    text = "Größe: 日本語, and more"

    for pieces in (None, 1, 3, len(text), 100):
        body = b"".join(answer(text, pieces=pieces)[1:]).decode()
        chunks = [json.loads(event.removeprefix("data: ")) for event in body.split("\n\n")[:-2]]
        assert "".join(c["choices"][0]["delta"].get("content", "") for c in chunks) == text


def test_chunk_fields_go_where_the_protocol_has_them() -> None:
    made = chunk("x", "stop", index=2, reasoning_content="r", usage={"n": 1}, id="7")

    assert (made["usage"], made["id"]) == ({"n": 1}, "7")
    assert made["choices"] == [
        {"index": 2, "delta": {"content": "x", "reasoning_content": "r"}, "finish_reason": "stop"}
    ]


def test_what_is_streamed_to_the_program_is_what_the_protocol_describes() -> None:
    usage = {"prompt_tokens": 1, "completion_tokens": 2, "total_tokens": 3}
    calls = [{"index": 0, "id": "1", "type": "function", "function": {"name": "f", "arguments": "{}"}}]
    written = b"".join(answer("a b", usage=usage)[1:]) + sse(chunk(tool_calls=calls), chunk(None, "tool_calls"))
    chunks = [json.loads(event.removeprefix("data: ")) for event in written.decode().split("\n\n") if "{" in event]

    assert [fault for each in chunks for fault in faults(CHUNK, each)] == []
    assert faults(CHUNK, chunk(finish="because"))


@pytest.mark.parametrize(
    ("events", "written"),
    [
        pytest.param(({"a": "é"},), 'data: {"a": "é"}\n\ndata: [DONE]\n\n', id="object"),
        pytest.param(("plain",), "data: plain\n\ndata: [DONE]\n\n", id="text"),
        pytest.param((b": ping\n\n",), ": ping\n\ndata: [DONE]\n\n", id="bytes"),
    ],
)
def test_events_are_written_by_their_kind(events: tuple[object, ...], written: str) -> None:
    assert sse(*events) == written.encode()  # type: ignore[arg-type]  # the table holds every kind


def test_frames_tell_their_length_in_hexadecimal() -> None:
    assert framed(b"x" * 26, b"y") == b"1a\r\n" + b"x" * 26 + b"\r\n1\r\ny\r\n0\r\n\r\n"
    assert framed(b"z", end=False) == b"1\r\nz\r\n"
