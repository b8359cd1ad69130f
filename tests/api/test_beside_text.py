"""What is no text is not dropped in silence: pictures are named, spoken words and detailed reasoning are read."""

from __future__ import annotations

from typing import Any

import pytest

from chatcli.conversation.messages import Cited, Notice
from tests.api.reading import DONE, KEY, events_of, folded, whole_events_of
from tests.support.answers import chunk

DATA = "data:image/png;base64,iVBORw0KGgo="
LINK = "https://x.example/a.png"


def _image(url: str) -> dict[str, Any]:
    return {"type": "image_url", "image_url": {"url": url}}


@pytest.mark.parametrize(
    "said",
    [{"images": [_image(DATA)]}, {"images": [{"type": "image", "url": DATA}]}, {"content": [_image(DATA)]}],
    ids=["images", "plain address", "part of the content"],
)
def test_a_picture_that_comes_as_data_is_named_once(said: dict[str, Any]) -> None:
    whole = {"choices": [{"message": {"content": "x", **said}, "finish_reason": "stop"}]}

    for events in (
        events_of(chunk("x"), chunk(**said), chunk(**said), chunk(finish="stop"), DONE),
        whole_events_of(whole),
    ):
        assert [event.message for event in events if isinstance(event, Notice)] == [
            "a picture came with the answer (image/png); it cannot be shown and is not kept"
        ]


def test_a_picture_that_is_elsewhere_is_shown_as_a_link() -> None:
    events = events_of(chunk("x"), chunk(images=[_image(LINK), _image(LINK)]), chunk(finish="stop"), DONE)

    assert [event for event in events if isinstance(event, Cited)] == [Cited(LINK, "picture")]


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
