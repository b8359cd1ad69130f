"""Images of results are sent after the results of their round, each once; nothing else about a history changes."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from chatcli.api.encode import encode_messages
from chatcli.conversation.messages import ImagePart, Message, TextPart, ToolCall, text_message
from chatcli.conversation.sendable import sendable
from chatcli.conversation.tool_images import (
    LEFT_OUT,
    result_images,
    with_images_apart,
    with_results_answered,
    without_tool_images,
)
from chatcli.providers.table import PLAIN, PROVIDERS
from tests.support.description import REQUEST, faults
from tests.support.scripted import problems

IDS = st.sampled_from(["a", "b", ""])
IMAGES = st.integers(0, 5).map(lambda number: ImagePart(f"data:image/png;base64,{number}"))
RESULTS = st.builds(
    lambda id, text, images: Message("tool", (*[TextPart(text)] * bool(text), *images), tool_call_id=id),
    IDS,
    st.sampled_from(["", "r"]),
    st.lists(IMAGES, max_size=2),
)
ANSWERS = st.builds(
    lambda text, ids: text_message("assistant", text, tool_calls=tuple(ToolCall(id, "look", "{}") for id in ids)),
    st.sampled_from(["", "answer"]),
    st.lists(IDS, max_size=2),
)
QUESTIONS = st.lists(IMAGES, max_size=1).map(lambda images: Message("user", (TextPart("q"), *images), name="Ann"))
HISTORIES = st.lists(st.one_of(RESULTS, RESULTS, ANSWERS, QUESTIONS), max_size=8)


def sent_images(messages: Sequence[Message]) -> list[str]:
    return [part.url for message in messages for part in message.parts if isinstance(part, ImagePart)]


@given(HISTORIES)
def test_any_history_is_sent_in_the_form_that_servers_describe(history: list[Message]) -> None:
    messages = sendable(history)

    sent = [*with_images_apart(messages)]

    assert problems(messages) == []
    assert sent_images(sent) == sent_images(messages)
    assert not any(map(result_images, sent))
    assert [message.role for message in sent if message.role != "user"] == [
        message.role for message in messages if message.role != "user"
    ]
    if messages:
        assert faults(REQUEST, {"model": "m", "messages": encode_messages(messages, PLAIN)}) == []


@given(HISTORIES)
def test_where_no_question_may_follow_results_an_answer_stands_between(history: list[Message]) -> None:
    messages = sendable(history)

    roles = [entry["role"] for entry in encode_messages(messages, PROVIDERS["mistral"])]

    usual = [entry["role"] for entry in encode_messages(messages, PLAIN)]
    between = [pair == ("tool", "user") for pair in pairwise(usual)]
    assert ("tool", "user") not in pairwise(roles)
    assert len(roles) == len(usual) + sum(between)
    assert problems([*with_results_answered(with_images_apart(messages))]) == []


@given(HISTORIES)
def test_a_model_without_sight_is_sent_the_same_with_a_sentence_for_the_images(history: list[Message]) -> None:
    messages = sendable(history)

    blind = without_tool_images(messages)

    assert [message.role for message in blind] == [message.role for message in messages]
    for message, seen in zip(blind, messages, strict=True):
        assert message.text == seen.text + (LEFT_OUT if not seen.text else f"\n{LEFT_OUT}") * bool(result_images(seen))
        assert message.parts == seen.parts or not result_images(message)


def test_each_image_is_named_after_its_tool_and_comes_before_the_next_question() -> None:
    look = ImagePart("data:image/png;base64,0")
    history = [
        text_message("user", "q"),
        Message("assistant", tool_calls=(ToolCall("1", "map", "{}"), ToolCall("2", "photo", "{}"))),
        Message("tool", (TextPart("m"), look), tool_call_id="1"),
        Message("tool", (TextPart("p"), look, look), tool_call_id="2"),
        text_message("user", "next", name="Ann"),
    ]

    *_, first, second, question = with_images_apart(history)

    assert [first.role, first.text, second.text] == ["tool", "m", "p"]
    assert [question.role, question.name] == ["user", "Ann"]
    assert question.text.split("\n") == [
        "[image 1 in the result of the tool map]",
        "[image 1 in the result of the tool photo]",
        "[image 2 in the result of the tool photo]",
        *("", "", "next"),
    ]
