"""Words are never lost to the number of a choice: any numbers over any chunks, and what servers count with them."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.api.reading import DONE, folded, read, whole_events_of
from tests.support.answers import chunk

numbers = st.one_of(st.none(), st.integers(-3, 5), st.sampled_from([10**6, 10**30, "0", "2", "x", 1.0, True, [1]]))


@given(st.lists(numbers, min_size=1, max_size=8))
def test_choices_that_come_one_by_one_are_one_answer_whatever_their_numbers(drawn: list[Any]) -> None:
    """The law: one answer was asked for, so all words are that answer, in their order."""
    texts = [f"{place} " for place in range(len(drawn))]
    stream = [numbered(number, text) for number, text in zip(drawn, texts, strict=True)]

    reply = read(*stream, {"choices": [{"index": drawn[0], "delta": {}, "finish_reason": "stop"}]})

    assert (list(reply.choices), reply.text, reply.is_complete) == ([0], "".join(texts), True)


@given(st.lists(st.dictionaries(st.integers(-2, 3), st.text("ab", max_size=2), max_size=3), max_size=6))
def test_no_word_is_lost_however_many_choices_a_chunk_has(chunks: list[dict[int, str]]) -> None:
    """The law: every letter that came stands in some answer, and the first answer has some where any has."""
    stream = [
        {"choices": [{"index": number, "delta": {"content": text}} for number, text in parts.items()]}
        for parts in chunks
    ]

    reply = read(*stream, DONE)

    letters = sorted("".join(text for parts in chunks for text in parts.values()))
    assert sorted("".join(choice.text for choice in reply.choices.values())) == letters
    assert bool(reply.text) == bool(letters)


@given(st.integers(2, 4), st.data())
def test_answers_that_were_asked_for_keep_their_numbers(answers: int, data: st.DataObject) -> None:
    order = data.draw(st.lists(st.integers(0, answers - 1), max_size=12))

    reply = read(*(chunk(f"{place}{at} ", index=place) for at, place in enumerate(order)), DONE, answers=answers)

    for place in set(order):
        own = "".join(f"{place}{at} " for at, number in enumerate(order) if number == place)
        assert reply.choices[place].text == own


@given(st.integers(2, 4), st.lists(st.integers(-3, 9), min_size=1, max_size=12))
def test_numbers_beyond_those_asked_for_stay_apart(answers: int, order: list[int]) -> None:
    reply = read(*(chunk(f"{number} ", index=number) for number in order), DONE, answers=answers)

    assert sorted(choice.text for choice in reply.choices.values()) == sorted(
        f"{number} " * order.count(number) for number in set(order)
    )


def numbered(number: Any, text: str) -> dict[str, Any]:
    return {"choices": [{"index": number, "delta": {"content": text}}]}


def pair(*choices: dict[str, Any]) -> dict[str, Any]:
    return {"choices": list(choices)}


# Each stream has two answers, of which the first that says anything is "left".
SEVERAL = {
    "two numbers in each chunk": [
        pair({"index": 0, "delta": {"content": "le"}}, {"index": 1, "delta": {"content": "ri"}}),
        pair({"index": 0, "delta": {"content": "ft"}}, {"index": 1, "delta": {"content": "ght"}}),
    ],
    "in the other order": [
        pair({"index": 1, "delta": {"content": "right"}}, {"index": 0, "delta": {"content": "left"}})
    ],
    "numbers from 5": [pair({"index": 5, "delta": {"content": "left"}}, {"index": 7, "delta": {"content": "right"}})],
    "one by one after both were seen": [
        pair({"index": 0, "delta": {"content": "left"}}, {"index": 1, "delta": {"content": "ri"}}),
        pair({"index": 1, "delta": {"content": "ght"}}),
    ],
    "roles first": [
        pair({"index": 0, "delta": {"role": "assistant"}}, {"index": 1, "delta": {"role": "assistant"}}),
        pair({"index": 0, "delta": {"content": "left"}}),
        pair({"index": 1, "delta": {"content": "right"}}),
    ],
    "the first says nothing": [
        pair({"index": 0, "delta": {}, "finish_reason": "stop"}, {"index": 1, "delta": {"content": "left"}}),
        pair({"index": 2, "delta": {"content": "right"}}),
    ],
}


@pytest.mark.parametrize("stream", SEVERAL.values(), ids=SEVERAL)
def test_two_numbers_in_one_chunk_are_two_answers(stream: list[Any]) -> None:
    reply = read(*stream, DONE)

    assert {number: choice.text for number, choice in reply.choices.items()} == {0: "left", 1: "right"}


# Each says "left right" in one answer, though its choices are counted in another way.
ONE = {
    "tokens are counted": [chunk("left", index=1), chunk(" ", index=2), chunk("right", "stop", index=3)],
    "always -1": [chunk("left ", index=-1), chunk("right", "stop", index=-1)],
    "always 1": [chunk("left ", index=1), chunk("right", "stop", index=1)],
    "the last is -1": [chunk("left "), chunk("right"), chunk(finish="stop", index=-1)],
    "a role of its own number": [chunk(role="assistant", index=0), chunk("left right", "stop", index=1)],
    "text and call in two choices": [
        pair({"index": 0, "delta": {"content": "left "}}, {"index": 0, "delta": {"content": "right"}}),
        chunk(finish="stop"),
    ],
    "two choices without numbers": [pair({"delta": {"content": "left "}}, {"delta": {"content": "right"}}), DONE],
    "numbers as text": [numbered("0", "left "), numbered("1", "right"), DONE],
    "numbers that are none": [numbered(True, "left "), numbered({"a": 1}, "right"), DONE],
    "a whole answer of another number": [
        {"choices": [{"index": 10**6, "message": {"content": "left right"}, "finish_reason": "stop"}]}
    ],
}


@pytest.mark.parametrize("stream", ONE.values(), ids=ONE)
def test_one_answer_is_one_however_it_is_counted(stream: list[Any]) -> None:
    reply = read(*stream)

    assert (list(reply.choices), reply.text, reply.is_complete) == ([0], "left right", True)


WHOLE = {
    "numbers": [{"index": 0, "message": {"content": "a"}}, {"index": 1, "message": {"content": "b"}}],
    "no numbers": [{"message": {"content": "a"}}, {"message": {"content": "b"}}],
    "the same number": [{"index": 0, "message": {"content": "a"}}, {"index": 0, "message": {"content": "b"}}],
    "from 1": [{"index": 1, "message": {"content": "b"}}, {"index": 2, "message": {"content": "a"}}],
}


@pytest.mark.parametrize("choices", WHOLE.values(), ids=WHOLE)
def test_whole_answers_are_told_apart_by_number_or_place(choices: list[Any]) -> None:
    reply = folded(whole_events_of({"choices": choices}, answers=2))

    assert {number: choice.text for number, choice in reply.choices.items()} == {0: "a", 1: "b"}
