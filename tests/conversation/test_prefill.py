"""An answer has its beginning once, however it is cut, and whether or not the server repeats it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chatcli.conversation.messages import Ended, Event, Finished, Reasoning, Sent, Text
from chatcli.conversation.prefill import Prefill

texts = st.text("ab", max_size=6)


def shown(opening: str, *events: Event) -> list[Event]:
    seen: list[Event] = []
    hear = Prefill(opening, seen.append)
    for event in events:
        hear(event)
    return seen


def text_of(events: list[Event], choice: int = 0) -> str:
    return "".join(event.text for event in events if isinstance(event, Text) and event.choice == choice)


@given(texts.filter(bool), st.lists(texts.filter(bool)), st.booleans())
def test_the_beginning_is_shown_once(opening: str, rest: list[str], repeats: bool) -> None:
    pieces = [*(opening if repeats else ""), *rest]
    came = "".join(pieces)

    text = text_of(shown(opening, *map(Text, pieces), Ended(done=True)))

    # A server that repeats the beginning is known by its doing so.
    expected = came if came.startswith(opening) else opening + came
    assert text == (expected if came else "")


def test_answers_are_begun_each() -> None:
    events = shown("ab", Text("a", 0), Text("x", 1), Text("b", 0), Text("c", 0), Finished("stop", "stop", 0))

    assert (text_of(events, 0), text_of(events, 1)) == ("abc", "abx")


@pytest.mark.parametrize(
    "event", [Finished("stop", "stop"), Ended(done=False)], ids=["a finished answer", "the end of the response"]
)
def test_what_is_held_back_comes_before(event: Event) -> None:
    assert shown("abc", Text("a"), event) == [Text("abc"), Text("a"), event]


def test_all_else_passes_and_a_new_attempt_begins_anew() -> None:
    events: list[Event] = [Sent(1), Text("a"), Sent(2), Reasoning("hm"), Text("c")]

    assert shown("ab", *events) == [Sent(1), Sent(2), Reasoning("hm"), Text("ab"), Text("c")]
