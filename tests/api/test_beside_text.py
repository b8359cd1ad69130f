"""What is not written as text is read: spoken words and detailed reasoning."""

from __future__ import annotations

from typing import Any

import pytest

from tests.api.reading import DONE, KEY, events_of, folded
from tests.support.answers import chunk


def test_the_transcript_of_a_spoken_answer_is_its_text() -> None:
    spoken = [chunk(audio={"id": "a", "transcript": "Hello "}), chunk(audio={"transcript": "by ear"}), chunk(audio={})]

    reply = folded(events_of(*spoken, chunk(finish="stop"), DONE))

    assert (reply.text, reply.is_complete) == ("Hello by ear", True)


def test_what_is_written_is_not_said_twice() -> None:
    reply = folded(events_of(chunk("Hi", audio={"transcript": "Hi"}), chunk(finish="stop"), DONE))

    assert reply.text == "Hi"


@pytest.mark.parametrize(
    ("detail", "reasoning"),
    [
        ({"type": "reasoning.text", "text": "13"}, "13"),
        ({"type": "reasoning.summary", "summary": "in short"}, "in short"),
        ({"type": "reasoning.encrypted", "data": "AAAA"}, ""),
        ({"type": "reasoning.text", "text": None}, ""),
        ({"type": "reasoning.text", "text": f"key {KEY}"}, "key ***"),
    ],
    ids=["text", "summary", "encrypted", "null", "a key"],
)
def test_reasoning_in_details_is_reasoning(detail: dict[str, Any], reasoning: str) -> None:
    reply = folded(events_of(chunk(reasoning_details=[detail]), chunk("x", "stop"), DONE))

    assert reply.choice.reasoning == reasoning


def test_reasoning_that_is_sent_twice_is_read_once() -> None:
    both = chunk(reasoning="13", reasoning_details=[{"type": "reasoning.text", "text": "13"}])

    assert folded(events_of(both, chunk("x", "stop"), DONE)).choice.reasoning == "13"
